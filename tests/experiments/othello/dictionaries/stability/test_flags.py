import numpy as np
import torch

from experiments.othello.dictionaries.stability.flags import NAMES, Flags
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.stability import DEFINITIONS


def test_every_definition_has_its_columns_and_every_row_its_position(who: Subjects) -> None:
    flags = Flags.of(who.report, np.random.default_rng(0))
    trace = who.report.sample.trace
    assert flags.ply.min() == 4
    assert int(flags.rows.sum()) == len(flags.ply) == int((who.report.ply >= 4).sum())
    assert flags.squares == 36
    for name in NAMES:
        columns = flags.labels[:, flags.columns(name)]
        for row in (0, 17, len(flags.ply) - 1):
            expected = DEFINITIONS[name](trace)[int(flags.game[row]), int(flags.ply[row])]
            assert columns[row].tolist() == expected.tolist()


def test_what_is_stable_is_taken(who: Subjects) -> None:
    flags = Flags.of(who.report, np.random.default_rng(0))
    assert not (flags.labels & ~flags.occupied.repeat(1, len(NAMES))).any()


def test_shuffled_flags_stay_in_their_ply(who: Subjects) -> None:
    flags = Flags.of(who.report, np.random.default_rng(0))
    assert not torch.equal(flags.labels, flags.shuffled)
    for ply in flags.ply.unique():
        here = flags.ply == ply
        assert torch.equal(flags.labels[here].sum(0), flags.shuffled[here].sum(0))
