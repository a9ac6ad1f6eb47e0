import json
import os
import shutil
import subprocess
import sys
import textwrap
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from interp import records
from interp.errors import FileError, InterpError
from interp.files import read_json
from interp.records import Record, read_record, run, write_record


@dataclass(frozen=True)
class Settings:
    games: int = 3


def make(folder: Path, metrics: Any, settings: Settings = Settings(), **changes: Any) -> Record:
    facts = {"preset": "tiny", "command": "interp run toy/count --preset tiny --seed 0", **changes}
    seed = facts.pop("seed", 0)
    with run(folder, facts.pop("experiment", "toy/count"), settings, seed, **facts) as this:
        (this.folder / "figures").mkdir(exist_ok=True)
        (this.folder / "figures" / "a.png").write_bytes(json.dumps(metrics).encode())
        this.note(model_hash="abc")
        this.keep(metrics)
    return read_record(folder)


def fail(folder: Path) -> None:
    with run(folder, "toy/count", Settings(), 0, preset="tiny", command="c") as this:
        (this.folder / "figures").mkdir()
        (this.folder / "figures" / "a.png").write_bytes(b"half")
        raise ZeroDivisionError("no games")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_finished_run_says_all_that_its_numbers_may_depend_on(tmp_path: Path) -> None:
    record = make(tmp_path / "run", {"legal": 0.5})
    assert record.metrics == {"legal": 0.5}
    facts = record.run
    assert (facts["experiment"], facts["preset"]) == ("toy/count", "tiny")
    assert facts["status"] == "finished"
    assert facts["settings"] == {"games": 3}
    assert len(facts["identity"]) == 64
    assert facts["seed"] == 0
    assert {"python", "torch", "transformers", "numpy", "interp"} <= facts["versions"].keys()
    assert facts["threads"] >= 1
    assert facts["facts"] == {"model_hash": "abc"}
    assert facts["wall_seconds"] >= 0
    assert facts["started"].endswith("+00:00")
    assert set(everything(tmp_path / "run")) == {"run.json", "metrics.json", "figures/a.png"}


def test_the_record_names_no_absolute_path(tmp_path: Path) -> None:
    make(tmp_path / "run", {})
    text = (tmp_path / "run" / "run.json").read_text()
    assert str(tmp_path) not in text
    assert str(Path(records.__file__).parents[1]) not in text
    assert os.path.expanduser("~") + "/" not in text


def test_while_it_goes_on_the_attempt_is_marked_running(tmp_path: Path) -> None:
    with run(tmp_path / "run", "toy/count", Settings(), 0, preset="tiny", command="c") as this:
        assert read_json(this.folder / "run.json")["status"] == "running"
        assert this.work == tmp_path / "run" / "work"
        this.keep({})


def test_a_failed_run_is_marked_and_harms_no_finished_one(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    make(folder, {"legal": 0.5})
    before = everything(folder)
    with pytest.raises(ZeroDivisionError):
        fail(folder)
    after = everything(folder)
    assert {name: after[name] for name in before} == before
    failed = read_json(folder / "attempt" / "run.json")
    assert (failed["status"], failed["error"]) == ("failed", "ZeroDivisionError: no games")
    assert read_record(folder).metrics == {"legal": 0.5}


def test_a_new_record_takes_the_place_of_the_old_one_and_leaves_work_alone(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    make(folder, {"legal": 0.5})
    (folder / "work").mkdir()
    (folder / "work" / "checkpoint").write_text("state")
    assert make(folder, {"legal": 0.75}).metrics == {"legal": 0.75}
    assert (folder / "figures" / "a.png").read_bytes() == b'{"legal": 0.75}'
    assert (folder / "work" / "checkpoint").read_text() == "state"
    assert not (folder / "attempt").exists()


class Killed(BaseException):
    """Stands for the end of the process: nothing after it may run."""


@pytest.mark.parametrize("step", range(10))
def test_killed_at_any_rename_or_removal_the_folder_holds_one_whole_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    folder = tmp_path / "run"
    make(folder, {"legal": 0.5})
    left = [step]

    def bomb(real: Any) -> Any:
        def wrapped(*words: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] == -1:
                raise Killed
            if left[0] < -1:
                return None  # the process is dead: no later write happens
            return real(*words, **options)

        return wrapped

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", bomb(os.replace))
        patch.setattr(shutil, "rmtree", bomb(shutil.rmtree))
        with suppress(Killed):
            make(folder, {"legal": 0.75})
    record = read_record(folder)
    legal = record.metrics["legal"]
    assert legal in (0.5, 0.75)
    assert record.run["status"] == "finished"
    assert (folder / "figures" / "a.png").read_bytes() == json.dumps({"legal": legal}).encode()
    assert make(folder, {"legal": 1.0}).metrics == {"legal": 1.0}


def test_a_killed_process_leaves_the_record_before_it_whole(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    make(folder, {"legal": 0.5})
    code = f"""
        import os, signal
        from pathlib import Path
        from tests.interp.test_records import Settings, run
        with run(Path({str(folder)!r}), "toy/count", Settings(), 0, preset="tiny", command="c") as this:
            this.keep({{"legal": 0.75}})
            os.kill(os.getpid(), signal.SIGKILL)
    """
    root = Path(records.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=root)
    assert done.returncode == -9
    assert read_record(folder).metrics == {"legal": 0.5}
    assert read_json(folder / "attempt" / "run.json")["status"] == "running"
    assert make(folder, {"legal": 1.0}).metrics == {"legal": 1.0}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seed": 1}, "seed 0, not 1"),
        ({"experiment": "toy/other"}, "experiment toy/count, not toy/other"),
        ({"settings": Settings(4)}, "other settings"),
        ({"dtype": "float64"}, "dtype float32, not float64"),
    ],
)
def test_a_folder_of_another_run_is_refused_before_any_work(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    folder = tmp_path / "run"
    make(folder, {})
    before = everything(folder)
    with pytest.raises(FileError, match=f"{says}.*--out"):
        make(folder, {"new": 1}, **changes)
    assert everything(folder) == before


def test_a_failed_attempt_of_another_run_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(InterpError), run(tmp_path, "toy/count", Settings(), 0, preset="tiny", command="c"):
        pass
    with pytest.raises(FileError, match="seed 0, not 1"):
        make(tmp_path, {}, seed=1)
    assert make(tmp_path, {"a": 1}).metrics == {"a": 1}


def test_a_folder_with_other_peoples_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(FileError, match=r"thesis\.tex"):
        make(tmp_path, {})
    assert everything(tmp_path) == {"thesis.tex": b"years of work"}


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FileError, match="--out"), run(folder, "t/c", Settings(), 0, preset="tiny", command="c"):
            raise AssertionError("work began")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FileError, match="--out"):
        make(tmp_path / "run", {})


def test_a_run_that_keeps_no_metrics_is_a_failure(tmp_path: Path) -> None:
    with (
        pytest.raises(InterpError, match="without keep"),
        run(tmp_path / "run", "toy/count", Settings(), 0, preset="tiny", command="c"),
    ):
        pass
    with pytest.raises(FileError, match="no finished run"):
        read_record(tmp_path / "run")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_metrics_that_json_cannot_hold_are_refused_by_name(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InterpError, match=r"metrics\.by_depth\[1\]"):
        make_odd(tmp_path / "run", {"by_depth": [0.5, value]})


def make_odd(folder: Path, metrics: Any) -> None:
    with run(folder, "toy/count", Settings(), 0, preset="tiny", command="c") as this:
        this.keep(metrics)


def test_intervals_become_lists(tmp_path: Path) -> None:
    make_odd(tmp_path / "run", {"value": (1.0, 0.5, 1.5, 3)})
    assert read_record(tmp_path / "run").metrics == {"value": [1.0, 0.5, 1.5, 3]}


def test_a_record_in_one_file_reads_like_its_folder(tmp_path: Path) -> None:
    record = make(tmp_path / "run", {"legal": 0.5})
    write_record(tmp_path / "kept" / "count-tiny-seed0.json", record)
    assert read_record(tmp_path / "kept" / "count-tiny-seed0.json") == record


@pytest.mark.parametrize("content", ["", "{", "[]", '{"run": {}}'])
def test_a_damaged_record_is_a_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(FileError, match=r"r\.json"):
        read_record(tmp_path / "r.json")


def test_progress_lines_reach_whoever_asked_for_them(tmp_path: Path) -> None:
    lines: list[str] = []
    with run(tmp_path, "t/c", Settings(), 0, preset="tiny", command="c", say=lines.append) as this:
        this.say("1 of 2")
        this.keep({})
    assert lines == ["1 of 2"]
