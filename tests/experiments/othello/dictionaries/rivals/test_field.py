import torch

from experiments.othello.dictionaries.rivals.field import CLASSES, SELECT, field, spread
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.labels import Owner
from interp.models.sites import resid


def test_classes_stand_in_the_order_of_owners() -> None:
    assert [name.lower() for name in Owner.__members__] == list(CLASSES)


def test_rows_are_spread_evenly_and_small_halves_are_taken_whole(who: Subjects) -> None:
    rows = spread(who.select, 100)
    assert len(rows) == 100
    steps = rows.diff()
    assert int(steps.max() - steps.min()) <= 1
    assert rows[-1] >= len(who.select) - int(steps.max())
    assert torch.equal(spread(who.select, SELECT), torch.arange(len(who.select)))


def test_labels_are_those_of_the_positions_and_never_constant(who: Subjects) -> None:
    found = field(who)
    split = found.split
    assert len(found.labels) == len(who.select) + len(who.report)
    for rows, half, own in ((found.select, who.select, split.selecting), (found.report, who.report, split.reporting)):
        for column, label in enumerate(found.defined.tolist()):
            assert torch.equal(found.labels[own, column], half.owner[rows, label // 3] == label % 3)
        assert found.labels[own].any(0).all()
        assert not found.labels[own].all(0).any()
    middle = [14, 15, 20, 21]  # of a board of 6: never empty
    assert not {3 * square for square in middle} & set(found.defined.tolist())


def test_activations_are_of_the_same_rows_as_labels(who: Subjects) -> None:
    found = field(who)._replace(select=torch.tensor([3, 5]), report=torch.tensor([2]))
    site = resid(1)
    whole = [who.activations(who.model, site, half) for half in (who.select, who.report)]
    assert torch.equal(found.residual(who, who.model, 1), torch.stack([whole[0][3], whole[0][5], whole[1][2]]))
