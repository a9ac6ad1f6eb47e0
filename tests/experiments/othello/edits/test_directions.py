import pytest
import torch

from experiments.othello.edits.directions import between, towards
from experiments.othello.edits.reference import Reference
from experiments.othello.positions import Positions
from experiments.othello.sample import held_out
from interp.errors import ShapeError
from tests.experiments.othello.edits.own_cases import RULES, WIDTH, some_cases, some_probe

POSITIONS = Positions.of(held_out(RULES, 40, 0, "edits reference"), slice(3, 14))
ROWS = [torch.randn(len(POSITIONS), WIDTH, generator=torch.Generator().manual_seed(depth)) for depth in range(2)]
REFERENCE = Reference(POSITIONS, ROWS)
PROBES = [some_probe(0), some_probe(1)]


@pytest.mark.parametrize(("change", "against"), [(between, True), (towards, False)])
@pytest.mark.parametrize("erase", [False, True])
def test_a_step_goes_along_the_probe_as_far_as_the_class_means_lie_apart(change, against, erase) -> None:  # type: ignore[no-untyped-def]
    cases = some_cases(7, erase=erase)
    found = change(PROBES, REFERENCE, cases)
    for case in range(7):
        square, target, current = (int(part[case]) for part in (cases.square, cases.target, cases.current))
        for depth in range(2):
            unit = PROBES[depth].direction(square, target, current if against else None)
            here = [ROWS[depth][POSITIONS.owner[:, square] == owner].mean(0) for owner in (target, current)]
            step = unit * abs(float((here[0] - here[1]) @ unit))
            got = found(depth, torch.zeros(1, WIDTH), slice(case, case + 1))[0]
            torch.testing.assert_close(got, step, atol=1e-5, rtol=1e-4)


def test_donors_hold_the_target_at_about_the_same_ply() -> None:
    import numpy as np

    cases = some_cases(7)
    donors = REFERENCE.donors(cases, np.random.default_rng(0))
    for case, donor in enumerate(donors.tolist()):
        assert POSITIONS.owner[donor, cases.square[case]] == cases.target[case]
    # Discs of the centre are held by both players at every ply, so that none has to come from far.
    centre = torch.isin(cases.square, torch.tensor(RULES.centre))
    away = (POSITIONS.ply[donors] - (cases.length - 1)).abs()
    assert centre.any()
    assert (away[centre] <= 2).all()


def test_a_square_that_no_reference_shows_is_refused() -> None:
    few = POSITIONS.part(torch.arange(2))
    reference = Reference(few, [rows[:2] for rows in ROWS])
    with pytest.raises(ShapeError, match="no reference position"):
        between(PROBES, reference, some_cases(7))
