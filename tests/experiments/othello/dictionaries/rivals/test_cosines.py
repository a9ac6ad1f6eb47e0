import torch

from experiments.othello.dictionaries.kinds import FIRST
from experiments.othello.dictionaries.rivals.cosines import cosines, directions, mine_against_theirs
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.labels import Owner


def test_the_nearest_decoder_row_by_hand(who: Subjects) -> None:
    found = cosines(who)
    probe, decoder = who.probes[3], who.dictionaries[FIRST][3].W_dec.detach().double()
    highest = []
    for square in range(who.rules.size**2):
        one = (probe.weight[square, Owner.MINE] - probe.weight[square, Owner.THEIRS]).double()
        highest.append(max(abs(float(one @ row) / float(one.norm() * row.norm())) for row in decoder))
    assert abs(found[FIRST]["mean"][3].value - sum(highest) / len(highest)) < 1e-6
    for curve in found[FIRST].values():
        assert len(curve) == len(who.depths)


def test_a_class_that_never_was_has_no_direction(who: Subjects) -> None:
    found = directions(who.probes[1], Owner.EMPTY)
    assert [square for square, one in enumerate(found) if one is None] == [14, 15, 20, 21]
    lengths = mine_against_theirs(who.probes[1]).norm(dim=1)
    torch.testing.assert_close(lengths, torch.ones_like(lengths))
