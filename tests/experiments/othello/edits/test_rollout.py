import numpy as np
import torch
from torch import Tensor

import interp
from experiments.othello.edits.playing_on import illegal
from experiments.othello.edits.reading import Reader
from experiments.othello.edits.rollout import ILLEGAL, LEGAL, NOT_ASKED, Push, roll_out
from experiments.othello.edits.search import Setting
from experiments.othello.labels import relative
from experiments.othello.sample import held_out
from experiments.othello.tokens import decode
from interp import Model
from interp.activations.edits import Edit, edited
from interp.models.sites import resid
from tests.experiments.othello.edits.own_cases import RULES, WIDTH, some_cases, some_model
from tests.experiments.othello.oracle import BLACK, EMPTY, WHITE, Game

CASES = some_cases(12)
TINY = interp.load("othello-tiny")


@torch.no_grad()
def _slow(model: Model, case: int, board: Tensor, steps: int, vector: Tensor | None) -> list[int]:
    """The whole history is read for every move, with the edit at its position, and the slow engine keeps the board."""
    cells = [{0: EMPTY, 1: BLACK, 2: WHITE}[owner] for owner in board.tolist()]
    game = Game(RULES.size, [cells[row * RULES.size : (row + 1) * RULES.size] for row in range(RULES.size)])
    tokens, at = CASES.tokens[case, : CASES.length[case]].tolist(), int(CASES.length[case]) - 1
    found: list[int] = []

    def moved(tensor: Tensor) -> Tensor:
        tensor[:, at] += 0.0 if vector is None else vector
        return tensor

    for _ in range(steps):
        if not game.legal() or len(tokens) > model.context:
            break
        with edited(model, Edit(resid(1), moved)):
            token = int(model(torch.tensor([tokens]))[0, -1].argmax())
        square = int(decode(RULES, np.array([[token]]))[0, 0])
        found.append(LEGAL if square in game.legal() else ILLEGAL)
        if found[-1] == ILLEGAL:
            break
        game.play(square)
        tokens.append(token)
    return found + [NOT_ASKED] * (steps - len(found))


def test_a_rollout_equals_one_that_reads_everything_again() -> None:
    reader = Reader(TINY, CASES.tokens, CASES.length, 5)
    found = roll_out(reader, RULES, CASES.board, 30)
    assert found.tolist() == [_slow(TINY, case, CASES.board[case], 30, None) for case in range(12)]
    assert (found == LEGAL).sum() > 50  # the model knows the rules well enough that games go on


def test_the_edit_stays_at_its_position_while_the_model_plays_on() -> None:
    steps = 3 * torch.randn(12, TINY.width, generator=torch.Generator().manual_seed(0))
    push = Push(lambda _depth, _rows, where: steps[where], Setting(1, 1, 2.0))
    found = roll_out(Reader(TINY, CASES.tokens, CASES.length, 5), RULES, CASES.edited, 6, push)
    assert found.tolist() == [_slow(TINY, case, CASES.edited[case], 6, 2 * steps[case]) for case in range(12)]


def test_a_rollout_stops_after_its_first_illegal_move() -> None:
    model = some_model()  # random weights soon break the rules
    found = roll_out(Reader(model, CASES.tokens, CASES.length, 100), RULES, CASES.board, 8)
    assert (found == ILLEGAL).any()
    for row in found.tolist():
        if ILLEGAL in row:
            assert set(row[row.index(ILLEGAL) + 1 :]) <= {NOT_ASKED}


def test_nobody_is_asked_past_the_end_of_a_game_or_of_the_context() -> None:
    sample = held_out(RULES, 6, 0, "long games")
    last = torch.full((6,), 30)
    board = torch.from_numpy(relative(sample.trace))[:, 29]
    found = roll_out(Reader(TINY, sample.tokens[:, :30], last, 10), RULES, board, 5)
    assert TINY.context == 31
    assert TINY.width != WIDTH
    assert (found[:, 2:] == NOT_ASKED).all()
    assert (found != NOT_ASKED).any()


def test_shares_of_illegal_moves_by_hand() -> None:
    answers = np.array([[1, 0, -1], [1, 1, -1], [0, -1, -1], [1, 1, -1]], dtype=np.int8)
    found = illegal(answers, np.random.default_rng(0))
    assert found["by_step"][0].value == 1 / 4
    assert found["by_step"][1].value == 1 / 3
    assert found["by_step"][2] is None
    assert found["all"].value == 2 / 7
    assert found["asked"] == [4, 3, 0]
    assert found["legal so far"] == [0.75, 0.5, 0.5]
