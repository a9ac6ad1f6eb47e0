import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from experiments import cli, registry, zoo
from experiments.cli import main
from interp.records import read_record

TINY = ["run", "experiments/toy", "--preset", "tiny"]
FOLDER = Path("runs/experiments/toy-tiny-seed0")


def test_a_run_leaves_record_metrics_figures_and_report_and_ends_with_its_path(toy: Path, capsys: Any) -> None:
    assert main(TINY) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "tossing 3 times"
    assert told[-1] == str(FOLDER / "report.html")
    names = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    assert names == {"run.json", "metrics.json", "report.html", "figures/share.png"}
    record = read_record(FOLDER)
    assert record.run["command"] == "interp run experiments/toy --preset tiny --seed 0"
    assert record.run["facts"] == {"data_hash": "none"}
    assert "Is the coin loaded?" in (FOLDER / "report.html").read_text()


def test_the_recorded_command_makes_the_same_metrics_again(toy: Path) -> None:
    assert main([*TINY, "--seed", "3", "--coin.chance", "0.75", "--loud", "--out", str(toy / "one")]) == 0
    command = read_record(toy / "one").run["command"]
    assert command == "interp run experiments/toy --preset tiny --seed 3 --coin.chance 0.75 --loud"
    assert main([*command.split()[1:], "--out", "two"]) == 0
    assert (toy / "one" / "metrics.json").read_bytes() == (toy / "two" / "metrics.json").read_bytes()


def test_a_dry_run_prints_the_plan_and_writes_nothing(toy: Path, capsys: Any) -> None:
    assert main([*TINY, "--dry-run", "--games", "9"]) == 0
    told = capsys.readouterr().out
    for words in ("--games 9", str(FOLDER), "toss", '"games": 9'):
        assert words in told
    assert list(toy.iterdir()) == []


def test_other_settings_do_not_overwrite_a_run(toy: Path, capsys: Any) -> None:
    assert main(TINY) == 0
    before = (FOLDER / "metrics.json").read_bytes()
    assert main([*TINY, "--games", "9"]) == 1
    assert "--out" in capsys.readouterr().err
    assert (FOLDER / "metrics.json").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rnu"], "Did you mean 'run'"),
        (["run", "experiments/tyo"], "Did you mean 'experiments/toy'"),
        (["run"], "name the experiment, one of: experiments/toy"),
        (["run", "experiments/toy", "--preset", "tyni"], "Did you mean 'tiny'"),
        (["train", "toy-modle"], "Did you mean 'toy-model'"),
    ],
)
def test_unknown_names_end_with_2_and_the_nearest_names(toy: Path, capsys: Any, words: list[str], says: str) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""
    assert list(toy.iterdir()) == []


@pytest.mark.parametrize("words", [[*TINY, "--gmaes", "3"], ["list", "--all"], ["train", "toy-model", "--seed", "1"]])
def test_unknown_flags_end_with_2(toy: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert list(toy.iterdir()) == []


def test_a_folder_that_cannot_be_written_ends_with_1_and_advice(toy: Path, capsys: Any) -> None:
    (toy / "file").write_text("")
    assert main([*TINY, "--out", "file/run"]) == 1
    assert "--out" in capsys.readouterr().err


def test_a_stopped_run_ends_with_130_and_says_so(toy: Path, capsys: Any) -> None:
    assert main([*TINY, "--fail"]) == 130
    assert "unharmed" in capsys.readouterr().err
    assert json.loads((FOLDER / "attempt" / "run.json").read_text())["status"] == "failed"


def test_record_keeps_the_run_for_the_ledger_and_seeds_are_pooled(toy: Path, capsys: Any) -> None:
    assert main([*TINY, "--record"]) == 0
    assert main([*TINY, "--record", "--seed", "1"]) == 0
    kept = registry.records_folder("experiments")
    assert [path.name for path in sorted(kept.iterdir())] == ["toy-tiny-seed0.json", "toy-tiny-seed1.json"]
    assert read_record(kept / "toy-tiny-seed0.json") == read_record(FOLDER)
    capsys.readouterr()
    assert main(["findings", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    shares = [read_record(path).metrics["share"][0] for path in kept.iterdir()]
    assert (row["id"], row["seeds"], row["value"]["n"]) == ("toy-heads", 2, 2)
    assert row["value"]["value"] == pytest.approx(sum(shares) / 2)
    assert row["verdict"] != "not run"


def test_record_refuses_changed_settings_before_any_work(toy: Path, capsys: Any) -> None:
    assert main([*TINY, "--record", "--games", "4"]) == 1
    assert "--record" in capsys.readouterr().err
    assert list(toy.iterdir()) == []


def test_findings_without_records_are_not_run(toy: Path, capsys: Any) -> None:
    assert main(["findings"]) == 0
    assert "not run  toy-heads [S] The coin shows heads." in capsys.readouterr().out


def test_findings_write_makes_the_file_at_the_root(toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(cli, "ROOT", toy)
    assert main(["findings", "--write"]) == 1
    assert "clone" in capsys.readouterr().err
    (toy / "pyproject.toml").write_text("")
    assert main(["findings", "--write"]) == 0
    assert "| toy-heads |" in (toy / "FINDINGS.md").read_text()


def test_list_shows_questions_and_presets(toy: Path, capsys: Any) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr().out == "experiments/toy  (tiny, small; 1 findings)\n    Is the coin loaded?\n"


def test_train_runs_the_trainer_with_its_settings_and_a_dry_run_does_not(toy: Path, capsys: Any) -> None:
    assert main(["train", "toy-model", "--dry-run", "--games", "5"]) == 0
    assert "interp train toy-model --games 5" in capsys.readouterr().out
    assert list(toy.iterdir()) == []
    assert main(["train", "toy-model", "--games", "5", "--device", "cpu"]) == 0
    assert (toy / "runs" / "train" / "toy-model" / "told.txt").read_text() == "5 cpu"


def test_a_published_model_goes_to_the_zoo_and_changed_settings_do_not(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    sent: list[tuple[object, ...]] = []

    def publish(*words: object) -> Path:
        sent.append(words)
        return Path("place")

    monkeypatch.setattr(zoo, "publish", publish)
    assert main(["train", "toy-model", "--publish", "--games", "5"]) == 1
    assert "leave out --publish" in capsys.readouterr().err
    assert main(["train", "toy-model", "--publish"]) == 0
    assert sent == [(Path("runs/train/toy-model"), "toy", "toy-model")]


def test_zoo_lists_models_with_what_is_known_of_them(toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    facts = {"megabytes": 1.5, "games": 1_000_000, "held_out_loss": 2.0512345, "command": "interp train m"}
    monkeypatch.setattr("experiments.zoo.folders", lambda: {"m": toy, "bare": toy / "bare"})
    monkeypatch.setattr("experiments.zoo.describe", lambda f: dict(facts) if f == toy else {"megabytes": 0.5})
    assert main(["zoo"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "m  (interp train m)",
        "    megabytes 1.5, games 1,000,000, held out loss 2.051",
        "bare  (no training record)",
        "    megabytes 0.5",
    ]


def test_no_words_print_the_usage_and_help_is_no_error(capsys: Any) -> None:
    assert main([]) == 2
    assert main(["--help"]) == 0
    assert capsys.readouterr().out.count("usage: interp") == 2


def test_python_m_experiments_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "experiments", "lits"], cwd=cli.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Did you mean 'list'" in done.stderr
    assert "Traceback" not in done.stderr
