from dataclasses import replace

import numpy as np
import pytest
import torch

from experiments.othello.edits.reading import Reader
from experiments.othello.edits.reference import Reference
from experiments.othello.edits.resampling import of_witness, planes, resampled
from experiments.othello.positions import Positions
from experiments.othello.sample import held_out
from interp.errors import ShapeError
from probes import LogisticProbe
from tests.experiments.othello.edits.own_cases import RULES, WIDTH, some_cases, some_model, some_probe

POSITIONS = Positions.of(held_out(RULES, 40, 0, "edits reference"), slice(3, 14))
ROWS = torch.randn(len(POSITIONS), WIDTH, generator=torch.Generator().manual_seed(0))


def test_a_plane_holds_every_difference_of_weights_and_no_more() -> None:
    probe = some_probe()
    axes = planes(probe)
    torch.testing.assert_close(axes @ axes.transpose(1, 2), torch.eye(2).expand(RULES.squares, 2, 2))
    for a, b in ((0, 1), (1, 2), (0, 2)):
        difference = probe.weight[:, a] - probe.weight[:, b]
        inside = torch.einsum("spw,sw,spv->sv", axes, difference, axes)
        torch.testing.assert_close(inside, difference, atol=1e-5, rtol=1e-3)


@pytest.mark.filterwarnings("ignore::probes.ProbeWarning")
def test_a_square_with_two_owners_has_a_line() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(1, 3, (300, 1), generator=generator)
    probe = LogisticProbe(1e-2).fit(torch.randn(300, WIDTH, generator=generator), labels, 3)
    (axes,) = planes(probe)
    unit = probe.direction(0, 1, against=2)
    assert axes.norm(dim=1).tolist() == pytest.approx([1, 0], abs=1e-6)
    assert abs(float(axes[0] @ unit)) == pytest.approx(1, abs=1e-4)


def test_inside_the_plane_stands_the_donor_and_outside_nothing_changes() -> None:
    cases, probe = some_cases(6), some_probe()
    reference = Reference(POSITIONS, [ROWS])
    donors = reference.donors(cases, np.random.default_rng(3))
    change = resampled([probe], reference, cases, np.random.default_rng(3))
    rows = torch.randn(6, WIDTH, generator=torch.Generator().manual_seed(5))
    after = rows + change(0, rows, slice(0, 6))
    for case in range(6):
        plane = planes(probe)[cases.square[case]]
        torch.testing.assert_close(plane @ after[case], plane @ ROWS[donors[case]], atol=1e-5, rtol=1e-4)
        rest = torch.eye(WIDTH) - plane.T @ plane
        torch.testing.assert_close(rest @ after[case], rest @ rows[case], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_a_witness_at_the_last_depth_answers_for_itself() -> None:
    model, cases = some_model(), some_cases(6)
    other = some_cases(6, seed=4, plies=(14, 14))
    witness = torch.where(torch.arange(14) < cases.length[:, None], other.tokens, 0)
    change = of_witness(model, replace(cases, witness=witness), 4)
    found = Reader(model, cases.tokens, cases.length, 4).answer(change, [model.depth]).logits
    own = model(witness)[torch.arange(6), cases.length - 1]
    torch.testing.assert_close(found, own, atol=1e-4, rtol=1e-4)
    with pytest.raises(ShapeError, match="no witnesses"):
        of_witness(model, cases, 4)
