from typing import Any

import numpy as np
import pytest
import torch

from interp.errors import ShapeError
from interp.matching import chance, cosines, nearest, paired, random_directions
from interp.matching.directions import rotation


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def some(count: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed)) * 3


def test_cosines_by_hand() -> None:
    found = cosines(torch.tensor([[2.0, 0.0], [3.0, 4.0]]), torch.tensor([[0.0, 5.0], [-1.0, 0.0]]))
    assert torch.allclose(found, torch.tensor([[0.0, -1.0], [0.8, -0.6]], dtype=torch.float64))


def test_cosines_are_those_of_torch_and_change_nothing() -> None:
    a, b = some(5, 7), some(4, 7, 1).requires_grad_()
    before = a.clone()
    theirs = torch.nn.functional.cosine_similarity(a[:, None], b[None], dim=2)
    assert torch.allclose(cosines(a, b).float(), theirs, atol=1e-6)
    assert torch.equal(a, before)
    assert not cosines(a, b).requires_grad


def test_the_nearest_of_a_permuted_set_is_the_permutation() -> None:
    a = some(20, 16)
    order = torch.from_numpy(rng().permutation(20))
    found = nearest(a, a[order] * 7, rng())
    assert torch.equal(order[found.partner], torch.arange(20))
    assert found.mean == pytest.approx(1.0)
    assert found.control.high < 0.8
    assert found.rotated.shape == (5, 20)


def test_opposite_directions_are_near_only_without_signs() -> None:
    a = some(6, 30)
    assert nearest(a, -a, rng()).mean < 0.6
    assert nearest(a, -a, rng(), signed=False).mean == pytest.approx(1.0)


def test_a_rotation_keeps_lengths_and_angles_and_has_no_preference() -> None:
    like = torch.zeros(1, 3, dtype=torch.float64)
    draw = rng()
    turned = torch.stack([rotation(like, draw) for _ in range(2000)])
    assert torch.allclose(turned @ turned.mT, torch.eye(3, dtype=torch.float64).expand(2000, 3, 3))
    assert turned.mean(0).abs().max() < 0.06
    assert abs(torch.linalg.det(turned).mean()) < 0.1


def test_random_sets_come_to_what_rotations_and_the_closed_form_say() -> None:
    a, b = random_directions(400, 32, rng(1)), random_directions(50, 32, rng(2))
    found = nearest(a, b, rng(3))
    assert found.mean == pytest.approx(found.control.value, abs=0.02)
    assert found.mean == pytest.approx(found.chance.value, abs=0.02)


def test_rotations_keep_what_the_others_are_to_one_another() -> None:
    """Fifty copies of one direction are one direction: the closed form, which takes them for fifty, is too high."""
    a, b = random_directions(200, 32, rng(1)), random_directions(1, 32, rng(2)).expand(50, 32)
    found = nearest(a, b, rng(3), draws=20)
    assert found.control.value < 0.1 < 0.35 < found.chance.value


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize(("width", "count"), [(2, 1), (3, 5), (16, 100), (512, 1024)])
def test_chance_agrees_with_random_directions(width: int, count: int, signed: bool) -> None:
    draw = rng(width)
    highest = []
    for _ in range(40):
        found = random_directions(25, width, draw) @ random_directions(count, width, draw).T
        highest.append((found if signed else found.abs()).amax(1))
    sampled = torch.cat(highest)
    closed = chance(width, count, signed=signed)
    assert closed.value == pytest.approx(sampled.mean().item(), abs=4 * sampled.std().item() / 30)
    inside = ((sampled >= closed.low) & (sampled <= closed.high)).double().mean().item()
    assert 0.92 <= inside <= 0.98
    assert closed.n == count


def test_chance_in_two_and_three_dimensions_is_known() -> None:
    """One angle is uniform in the plane; one cosine is uniform in space, and the highest of n has mean (n-1)/(n+1)."""
    assert chance(2, 1).value == pytest.approx(0.0, abs=1e-9)
    assert chance(2, 1, signed=False).value == pytest.approx(2 / np.pi, abs=1e-6)
    assert chance(3, 9).value == pytest.approx(0.8, abs=1e-6)
    assert chance(3, 1, level=0.5)[:3] == pytest.approx((0.0, -0.5, 0.5), abs=1e-6)


def test_chance_agrees_with_the_beta_distribution_for_many_wide_directions() -> None:
    from scipy.stats import beta

    found = chance(4096, 100_000)
    ends = [2 * beta.ppf(q ** (1 / 100_000), 4095 / 2, 4095 / 2) - 1 for q in (0.025, 0.975)]
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-5)


@pytest.mark.parametrize(("first", "second"), [(6, 6), (4, 7), (7, 4)])
def test_pairs_are_the_best_of_all_assignments(first: int, second: int) -> None:
    from itertools import permutations

    a, b = some(first, 3), some(second, 3, 1)
    gain = cosines(a, b).numpy()
    small, large = sorted((first, second))
    wide = gain if first == small else gain.T
    best = max(sum(wide[i, j] for i, j in enumerate(order)) for order in permutations(range(large), small))
    found = paired(a, b, rng())
    assert found.cosine.sum().item() == pytest.approx(best)
    assert len(set(found.second.tolist())) == len(set(found.first.tolist())) == small
    assert found.rotated.shape == (5, small)


def test_a_shared_partner_is_given_to_one_only() -> None:
    a = torch.tensor([[1.0, 0.0], [1.0, 0.1]])
    b = torch.tensor([[1.0, 0.05], [0.0, 1.0]])
    assert nearest(a, b, rng()).partner.tolist() == [0, 0]
    assert paired(a, b, rng()).second.tolist() == [0, 1]


def test_pairs_of_a_permuted_dictionary_beat_their_control() -> None:
    a = some(20, 16)
    found = paired(a, -a.flip(0), rng(), signed=False)
    assert found.second.tolist() == list(range(19, -1, -1))
    assert found.mean == pytest.approx(1.0)
    assert found.control.high < 0.8


@pytest.mark.parametrize("function", [cosines, lambda a, b: nearest(a, b, rng()), lambda a, b: paired(a, b, rng())])
@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        (some(3, 4), some(3, 5), "one width"),
        (some(3, 4), some(0, 4), "one width"),
        (torch.eye(3)[:, :2], torch.ones(1, 2), "direction 2 has no direction"),
        (torch.ones(1, 2), torch.tensor([[1.0, torch.nan]]), "direction 0 has no direction"),
    ],
)
def test_what_has_no_direction_is_refused(
    unchecked: None, function: Any, a: torch.Tensor, b: torch.Tensor, says: str
) -> None:
    with pytest.raises(ShapeError, match=says):
        function(a, b)


def test_a_match_without_control_and_a_chance_of_nothing_are_refused() -> None:
    with pytest.raises(ShapeError, match="without its control"):
        nearest(some(2, 3), some(2, 3), rng(), draws=0)
    for width, count in ((1, 3), (3, 0)):
        with pytest.raises(ShapeError, match="width of 2"):
            chance(width, count)
