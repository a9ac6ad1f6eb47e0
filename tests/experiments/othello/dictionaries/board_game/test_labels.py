import torch

from experiments.othello.dictionaries.board_game.labels import BOARD, LEGAL, questions
from experiments.othello.positions import Positions
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out


def test_labels_are_mine_then_theirs_on_every_square_and_legal_moves() -> None:
    rules = Rules(6)
    positions = Positions.of(held_out(rules, 4, 0))
    found = questions(positions, rules)
    assert found[BOARD].shape == (len(positions), 72)
    assert found[LEGAL].shape == (len(positions), 32)
    for row in (0, 17):
        assert found[BOARD][row].tolist() == [
            bool(positions.owner[row, square] == owner) for owner in (1, 2) for square in range(36)
        ]
        assert found[LEGAL][row].tolist() == [bool(positions.legal[row, square]) for square in rules.playable]
    discs = found[BOARD].sum(1)
    assert torch.equal(discs, (positions.owner != 0).sum(1))
