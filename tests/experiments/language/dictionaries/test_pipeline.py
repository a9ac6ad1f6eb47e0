import json
from pathlib import Path

import pytest

from experiments.language.dictionaries import EXPERIMENT, Settings
from experiments.language.dictionaries.opening import reopened
from experiments.language.dictionaries.pipeline import run
from experiments.language.dictionaries.report import panels
from interp import records


@pytest.fixture(scope="module")
def record(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    out = tmp_path_factory.mktemp("runs") / "run"
    with records.run(out, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(run(settings, this))


def test_every_depth_is_measured_for_the_model_and_for_random_weights(record: records.Record) -> None:
    for name in ("trained", "random"):
        found = record.metrics[name]
        assert [len(found[key]) for key in ("explained", "l0", "dead", "untrained", "fired")] == [3] * 5
        assert all(low <= value <= high for value, low, high, *_ in found["explained"])


def test_dictionaries_beat_random_directions_at_every_depth(record: records.Record) -> None:
    found = record.metrics["trained"]
    assert all(one[0] > other for one, other in zip(found["explained"], found["untrained"], strict=True))


def test_the_loss_and_the_twin_stand_beside_their_controls(record: records.Record) -> None:
    found = record.metrics["trained"]
    assert all(one["ablation"] == "mean" and one["clean"] > 0 for one in found["loss"])
    assert len(found["twin"]["control"]) >= len(found["twin"]["cosine"]) == 32
    assert len(found["labels"]["f1"]) == len(found["labels"]["random"]) == len(found["labels"]["names"])


def test_every_figure_is_drawn(record: records.Record) -> None:
    drawn = panels(record.metrics)
    assert [panel.name for panel in drawn] == ["explained", "recovered", "density", "labels", "twin"]
    assert all(len(panel.caption) > 40 for panel in drawn)


def test_latents_drawn_at_random_are_opened_and_survive_the_record(record: records.Record) -> None:
    pages = reopened(record.metrics)
    assert len(pages) == 2
    fired = record.metrics["trained"]["fired"][1]
    assert all(fired[page.latent] > 0 for page in pages)
    assert json.loads(json.dumps([page.to_json() for page in pages])) == record.metrics["pages"]


def test_gigabytes_of_activations_are_not_left_behind(record: records.Record, tmp_path: Path) -> None:
    settings = Settings(**record.run["settings"])
    with records.run(tmp_path / "run", EXPERIMENT.path, settings, 0, preset="tiny", command="...") as this:
        this.keep(run(settings, this))
        assert not list(this.work.rglob("manifest.json"))
        assert list(this.work.rglob("cfg.json"))
