import json
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from experiments.zoo import LIMIT, describe, folders, publish
from interp.errors import FileError, InterpError


def model(root: Path, paper: str, name: str) -> Path:
    folder = root / paper / "models" / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(1_500_000))
    return folder


def test_models_are_found_by_their_config_and_named_by_their_folder(tmp_path: Path) -> None:
    big, small = model(tmp_path, "othello", "big"), model(tmp_path, "bigrams", "small")
    (tmp_path / "othello" / "models" / "half-made").mkdir()
    assert folders(tmp_path) == {"small": small, "big": big}


def test_an_empty_zoo_is_empty(tmp_path: Path) -> None:
    assert folders(tmp_path) == {}


def test_two_models_of_one_name_are_an_error_that_names_both_papers(tmp_path: Path) -> None:
    model(tmp_path, "bigrams", "small")
    model(tmp_path, "othello", "small")
    with pytest.raises(InterpError, match="'small', in bigrams and othello"):
        folders(tmp_path)


def test_a_model_without_a_training_record_still_has_a_size(tmp_path: Path) -> None:
    assert describe(model(tmp_path, "othello", "big")) == {"megabytes": 1.5}


def test_the_training_record_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    folder = model(tmp_path, "othello", "big")
    record = {"games": 1000, "log": [{"legal": 0.5, "step": 1}, {"legal": 0.9, "step": 2}], "settings": {}}
    (folder / "training.json").write_text(json.dumps(record))
    assert describe(folder) == {"megabytes": 1.5, "games": 1000, "legal": 0.9, "command": "interp train big"}
    (folder / "training.json").write_text('{"command": "make it", "log": []}')
    assert describe(folder) == {"megabytes": 1.5, "command": "make it"}


def test_a_damaged_training_record_is_a_clear_error(tmp_path: Path) -> None:
    folder = model(tmp_path, "othello", "big")
    (folder / "training.json").write_text("{")
    with pytest.raises(FileError, match=r"training\.json"):
        describe(folder)


def test_the_entry_point_by_which_models_are_loaded_by_name_is_the_scan() -> None:
    (found,) = entry_points(group="interp.zoo", name="experiments")
    assert found.load() is folders


def test_a_published_model_is_found_with_all_its_files(tmp_path: Path) -> None:
    made = model(tmp_path / "made", "x", "fresh")
    place = publish(made, "othello", "fresh", tmp_path / "zoo")
    assert folders(tmp_path / "zoo") == {"fresh": place}
    assert {p.name: p.read_bytes() for p in place.iterdir()} == {p.name: p.read_bytes() for p in made.iterdir()}


def test_a_model_that_is_too_large_is_not_published(tmp_path: Path) -> None:
    made = model(tmp_path, "x", "fresh")
    (made / "more.safetensors").write_bytes(bytes(LIMIT))
    with pytest.raises(InterpError, match=r"13\.5 MB"):
        publish(made, "othello", "fresh", tmp_path / "zoo")
    assert not (tmp_path / "zoo").exists()
