import json
from pathlib import Path

import pytest

from experiments.mental_math.all_for_one.known import asked, known
from experiments.mental_math.sampling import DEMO, Sampling
from interp.errors import InterpError, UnknownNameError
from interp.last_token.setting import AllForOne


def folder(path: Path, circuit: str) -> str:
    spans = [{"task": "A-B", "high": 9}, {"task": "A+B+C", "high": 5}]
    settings = {"spans": spans, "largest": 40, "circuit": circuit, "wait": 1, "transfer": 2}
    (path / "training.json").write_text(json.dumps({"settings": settings}))
    return str(path)


def test_a_training_record_says_what_can_be_asked_and_what_was_planted(tmp_path: Path) -> None:
    record = known(folder(tmp_path, "all for one"))
    assert record is not None
    assert record.tasks == {"A-B": Sampling(0, 9, (0, 40)), "A+B+C": Sampling(0, 5, (0, 40))}
    assert record.planted == AllForOne(1, 2)


@pytest.mark.parametrize("circuit", ["none", "chain"])
def test_another_circuit_is_no_planted_setting(tmp_path: Path, circuit: str) -> None:
    record = known(folder(tmp_path, circuit))
    assert record is not None
    assert record.planted is None


@pytest.mark.parametrize("name", ["othello-tiny", "meta-llama/Meta-Llama-3-8B"])
def test_models_that_are_no_calculators_of_the_zoo_have_no_such_record(name: str) -> None:
    assert known(name) is None


def test_without_names_everything_in_the_record_is_asked(tmp_path: Path) -> None:
    name = folder(tmp_path, "none")
    assert list(asked(name, (), DEMO)) == ["A-B", "A+B+C"]
    assert asked(name, ("A+B+C",), DEMO) == {"A+B+C": Sampling(0, 5, (0, 40))}


def test_a_task_that_the_record_lacks_is_refused_or_left_out(tmp_path: Path) -> None:
    name = folder(tmp_path, "none")
    with pytest.raises(UnknownNameError, match="AxB"):
        asked(name, ("A-B", "AxB"), DEMO)
    assert list(asked(name, ("A-B", "AxB"), DEMO, every=False)) == ["A-B"]
    with pytest.raises(InterpError, match="none of which"):
        asked(name, ("AxB",), DEMO, every=False)
    with pytest.raises(UnknownNameError, match="A\\*B"):
        asked(name, ("A*B",), DEMO, every=False)


def test_a_model_without_a_record_is_asked_what_is_named_and_only_that() -> None:
    assert asked("gpt2", ("A+B",), DEMO) == {"A+B": DEMO}
    with pytest.raises(InterpError, match="--tasks"):
        asked("gpt2", (), DEMO)
