from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.othello.probes import EXPERIMENT, Settings
from experiments.othello.probes.pipeline import run
from experiments.othello.probes.report import panels
from experiments.registry import judged
from interp import records
from interp.errors import ModelError


@pytest.fixture(scope="module")
def record(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    settings = Settings(
        model=str(folder), dropout_model=str(folder), train_games=40, test_games=8, mlp_hidden=8, mlp_epochs=1, batch=10
    )
    out = tmp_path_factory.mktemp("runs") / "run"
    with records.run(out, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(run(settings, this))


def test_a_run_measures_every_finding_and_each_gets_a_verdict(record: records.Record) -> None:
    assert record.metrics["findings"].keys() == {finding.id for finding in EXPERIMENT.findings}
    assert all(row.measurement is not None for row in judged(EXPERIMENT, record))


def test_every_figure_is_drawn(record: records.Record) -> None:
    assert [panel.name for panel in panels(record.metrics)] == [
        "by_depth", "controls", "published", "four_curves", "by_square", "by_ply", "by_age", "empties", "played",
        "heads", "flipped", "first", "across_depths",
    ]  # fmt: skip
    assert all(len(panel.caption) > 40 for panel in panels(record.metrics))


def test_the_board_is_counted_the_same_way_by_depth_by_square_and_by_ply(record: records.Record) -> None:
    board: dict[str, Any] = record.metrics["board"]
    best, mine = board["best_depth"], "mine/theirs"
    accuracy = board["accuracy"]["linear"][mine]["per_label"][best][0]
    assert np.mean(board["by_square"][mine][best]) == pytest.approx(accuracy)
    assert accuracy == max(interval[0] for interval in board["accuracy"]["linear"][mine]["per_label"])
    floors = [board["accuracy"]["linear"][mine]["majority"][0][0], board["floor"][mine][0]]
    assert floors[0] == pytest.approx(floors[1])


def test_the_four_curves_of_the_model_agree_with_its_closed_form_probes(record: records.Record) -> None:
    curves = next(iter(record.metrics["causes"].values()))["curves"]
    screened = record.metrics["board"]["du"]["trained"]
    assert [i[0] for i in curves["after the move"]] == pytest.approx([i[0] for i in screened["mine/theirs"]])
    before = [i[0] for i in screened["mine/theirs before the move"]]
    assert [i[0] for i in curves["before it"]] == pytest.approx(before)


def test_a_dropout_model_of_another_board_is_refused(folder: Path, tmp_path: Path) -> None:
    settings = Settings(
        model=str(folder), dropout_model="othello-tiny", train_games=20, test_games=4, mlp_hidden=4, mlp_epochs=1
    )
    with (
        pytest.raises(ModelError, match="plays on another board"),
        records.run(tmp_path, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this,
    ):
        run(settings, this)
