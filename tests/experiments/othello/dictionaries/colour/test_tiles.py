import numpy as np
import torch

from experiments.othello.dictionaries.colour.tiles import counted, one_hot, shuffled, tiles
from experiments.othello.dictionaries.subjects import Subjects


def test_classes_of_a_square_stand_side_by_side() -> None:
    owner = torch.tensor([[0, 2], [1, 1]], dtype=torch.int8)
    assert one_hot(owner).int().tolist() == [[1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 1, 0]]


def test_the_first_four_moves_do_not_count(who: Subjects) -> None:
    plies = who.select.ply[counted(who.select)]
    assert int(plies.min()) == 4
    assert int(plies.max()) == int(who.select.ply.max())


def test_every_label_is_its_square_and_class_and_occurs_in_both_halves(who: Subjects) -> None:
    found = tiles(who)
    for half, labels in ((who.select, found.select), (who.report, found.report)):
        owner = half.owner[counted(half)]
        for label, (square, wanted) in enumerate(zip(found.square.tolist(), found.owner.tolist(), strict=True)):
            assert torch.equal(labels[:, label], owner[:, square] == wanted)
            assert 0 < int(labels[:, label].sum()) < len(labels)


def test_only_the_empty_centre_is_left_out(who: Subjects) -> None:
    left = set(range(3 * 36)) - set(tiles(who).pair.tolist())
    assert left == {3 * square for square in who.rules.centre}


def test_shuffled_boards_are_whole_boards_of_the_same_ply(who: Subjects) -> None:
    real = tiles(who)
    mixed = shuffled(real, who, np.random.default_rng(0))
    ply = who.select.ply[counted(who.select)]
    for one in ply.unique().tolist():
        before, after = (sorted(labels[ply == one].int().tolist()) for labels in (real.select, mixed.select))
        assert before == after
    assert not torch.equal(real.select, mixed.select)
    assert not torch.equal(real.report, mixed.report)
