"""Cases that come from a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.othello.edits.collecting import describe
from experiments.othello.edits.given import read
from experiments.othello.labels import Owner
from experiments.othello.rules import Rules
from experiments.othello.tokens import square
from interp.errors import FileError, ShapeError

PUBLISHED = Path(__file__).parents[5] / "shared/data/othello/intervention_benchmark.json"


def case(history: str = "d3 c3", at: str = "c3", colour: Any = 0.0) -> dict[str, Any]:
    rules = Rules(8)
    return {"history": [square(rules, m) for m in history.split()], "pos_int": square(rules, at), "ori_color": colour}


def write(folder: Path, content: Any) -> Path:
    path = folder / "cases.json"
    path.write_text(json.dumps(content))
    return path


def test_a_flip_changes_the_owner_in_the_eyes_of_the_player_to_move(tmp_path: Path) -> None:
    # After d3 white moves next and black has d3; after d3 c3 black moves next and white has c3.
    cases = read(write(tmp_path, [case("d3", "d3", 2.0), case()]), Rules(8))
    assert cases.length.tolist() == [1, 2]
    assert cases.square.tolist() == [19, 18]
    assert cases.current.tolist() == [Owner.THEIRS, Owner.THEIRS]
    assert cases.target.tolist() == [Owner.MINE, Owner.MINE]
    assert cases.tokens[0].tolist() == [20, 0]
    assert cases.witness is None


def test_a_disc_of_the_player_to_move_goes_to_the_opponent(tmp_path: Path) -> None:
    cases = read(write(tmp_path, [case("d3 c3", "d3", 2.0)]), Rules(8))
    assert cases.current.tolist() == [Owner.MINE]
    assert cases.target.tolist() == [Owner.THEIRS]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "a list of cases"),
        ({"history": []}, "a list of cases"),
        ([case(), {"history": [19]}], "case 1: needs history, pos_int, ori_color and nothing else, it has history"),
        ([case(), 7], "case 1: needs .* it has 7"),
        ([case() | {"history": "d3"}], "case 0: history must be a list"),
        ([case() | {"pos_int": 19.5}], "case 0: history must be a list of squares and pos_int a square"),
        ([case(colour=1.0)], "case 0: ori_color is 0.0 .white. or 2.0 .black., not 1.0"),
        ([case(colour=[])], r"case 0: ori_color is .* not \[\]"),
    ],
)
def test_files_that_hold_something_else_are_refused(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(FileError, match=message):
        read(write(tmp_path, content), Rules(8))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([case(), case("d3 d4", "d3", 2.0)], "game 1, ply 1"),
        ([case(), case("d3 h8", "d3", 2.0)], "game 1, ply 1: h8 .* not a legal move for white"),
        ([case(), case("d3 c3", "a1")], "case 1: a1 is empty after this history, not white"),
        ([case(colour=2.0)], "case 0: c3 is white after this history, not black"),
        ([case() | {"history": []}], "case 0: a history has 1 to 59 moves, not 0"),
        ([case() | {"pos_int": 64}], "case 0: square 64 is off a board of size 8"),
    ],
)
def test_cases_that_cannot_be_played_are_refused_by_number(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        read(write(tmp_path, content), Rules(8))


def test_another_board_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="case 0: square 19 is off a board of size 4"):
        read(write(tmp_path, [case()]), Rules(4))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nowhere"):
        read(tmp_path / "nowhere.json", Rules(8))


@pytest.mark.shared
def test_the_published_cases_are_read_as_they_were_published() -> None:
    if not PUBLISHED.exists():
        pytest.skip("the published cases are not on this machine")
    cases = read(PUBLISHED, Rules(8))
    numbers = describe(cases)
    assert numbers["count"] == 1001
    assert numbers["history"] == pytest.approx(17.4, abs=0.05)
    assert (int(cases.length.min()), int(cases.length.max())) == (5, 30)
    # The mean difference that the paper gives; every case was chosen for having one.
    assert numbers["difference"] == pytest.approx(2.12, abs=0.005)
    assert numbers["without_effect"] == 0
    # No game passes before ply 30 here, so that black moves next after an even number of moves.
    black = (cases.current == Owner.MINE) == (cases.length % 2 == 0)
    assert (int(black.sum()), int((~black).sum())) == (518, 483)
