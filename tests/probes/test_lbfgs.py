import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from probes.lbfgs import Places, Points, minimise


def quadratics(count: int, size: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Matrices with condition numbers from 1 to 10,000, and the minima of (x - m) A (x - m) / 2 + 1."""
    g = torch.Generator().manual_seed(seed)
    axes = torch.linalg.qr(torch.randn(count, size, size, generator=g, dtype=torch.float64))[0]
    powers = torch.linspace(0, 1, size)[None] * torch.linspace(0, 4, count)[:, None]
    return axes @ torch.diag_embed(0.1 ** powers.double()) @ axes.mT, torch.randn(count, size, generator=g).double()


def plain(gradients: Points, at: Places) -> Points:
    """No preconditioner at all."""
    return gradients


class Quadratic:
    """The objective, and a record of who was evaluated."""

    def __init__(self, matrices: Tensor, minima: Tensor) -> None:
        self.matrices, self.minima, self.seen = matrices, minima, list[list[int]]()

    def __call__(self, points: Points, at: Places) -> tuple[Tensor, Points]:
        self.seen.append(at.tolist())
        away = points - self.minima[at]
        gradient = (self.matrices[at] @ away[..., None])[..., 0]
        return 1 + (away * gradient).sum(1) / 2, gradient


@settings(max_examples=10, deadline=None)
@given(count=st.integers(1, 6), size=st.integers(1, 8), seed=st.integers(0, 100))
def test_quadratics_of_every_conditioning_reach_their_minima_together(count: int, size: int, seed: int) -> None:
    matrices, minima = quadratics(count, size, seed)
    found = minimise(Quadratic(matrices, minima), torch.zeros(count, size).double(), plain, 1e-12, 2000)
    assert (found.converged | found.stuck).all()
    torch.testing.assert_close(found.values, torch.ones(count).double(), rtol=1e-6, atol=0)
    torch.testing.assert_close(found.points, minima, rtol=0, atol=1e-2)


def test_the_inverse_as_preconditioner_needs_one_step() -> None:
    matrices, minima = quadratics(5, 6)
    inverse = torch.linalg.inv(matrices)
    found = minimise(
        Quadratic(matrices, minima), torch.zeros(5, 6).double(),
        lambda g, at: (inverse[at] @ g[..., None])[..., 0], 1e-12, 50,
    )  # fmt: skip
    assert found.passes == 2
    assert found.converged.all()
    torch.testing.assert_close(found.points, minima)


@pytest.mark.parametrize("scale", [1e-2, 1e2])
def test_a_preconditioner_that_is_far_off_still_leads_there(scale: float) -> None:
    matrices, minima = quadratics(3, 5)
    found = minimise(
        Quadratic(matrices[:2], minima[:2]),
        torch.zeros(2, 5).double(),
        lambda gradients, _: scale * gradients,
        1e-10,
        500,
    )
    torch.testing.assert_close(found.values, torch.ones(2).double(), rtol=1e-5, atol=0)


def test_a_problem_that_is_finished_is_not_evaluated_any_more() -> None:
    matrices, minima = quadratics(3, 6)
    start = torch.zeros(3, 6).double()
    start[1] = minima[1]
    objective = Quadratic(matrices, minima)
    found = minimise(objective, start, plain, 1e-9, 500)
    assert found.passes == len(objective.seen)
    assert objective.seen[0] == [0, 1, 2]
    assert all(1 not in places for places in objective.seen[1:])
    assert objective.seen[-1] == [2]  # the worst conditioned comes last
    assert all(set(b) <= set(a) for a, b in zip(objective.seen, objective.seen[1:], strict=False))


def test_alone_or_in_company_a_problem_takes_the_same_way() -> None:
    matrices, minima = quadratics(3, 6)
    start = torch.zeros(3, 6).double()
    together = minimise(Quadratic(matrices, minima), start, plain, 1e-9, 60)
    for i in range(2):
        alone = minimise(Quadratic(matrices[i : i + 1], minima[i : i + 1]), start[:1], plain, 1e-9, 60)
        torch.testing.assert_close(alone.values[0], together.values[i], rtol=1e-6, atol=0)


@pytest.mark.parametrize("passes", [1, 2, 7])
def test_the_limit_on_passes_is_kept_and_unfinished_problems_say_so(passes: int) -> None:
    matrices, minima = quadratics(4, 8)
    objective = Quadratic(matrices, minima)
    found = minimise(objective, torch.zeros(4, 8).double(), plain, 1e-12, passes)
    assert found.passes == passes == len(objective.seen)
    assert not found.converged[-1]
    assert found.left[-1] > 0


def test_what_never_comes_down_is_given_up() -> None:
    def rising(points: Points, at: Places) -> tuple[Tensor, Points]:
        """A gradient of the wrong sign: every step that it promises goes up."""
        return 1 + points.square().sum(1), -points

    found = minimise(rising, torch.ones(2, 3).double(), plain, 1e-9, 100)
    assert found.stuck.all()
    assert not found.converged.any()
    assert torch.equal(found.points, torch.ones(2, 3).double())


def test_logistic_losses_end_where_scipy_ends() -> None:
    from scipy.optimize import minimize

    g = torch.Generator().manual_seed(0)
    x = torch.randn(60, 4, generator=g).double()
    signs = (torch.rand(3, 60, generator=g) < 0.5).double() * 2 - 1

    def losses(points: Points, at: Places) -> tuple[Tensor, Points]:
        margin = signs[at] * (points @ x.T)
        gradient = -(signs[at] * torch.sigmoid(-margin)) @ x / 60 + 0.01 * points
        return torch.nn.functional.softplus(-margin).mean(1) + 0.005 * points.square().sum(1), gradient

    found = minimise(losses, torch.zeros(3, 4).double(), plain, 1e-12, 200)
    for i in range(3):
        place = torch.tensor([i])

        def one(w: np.ndarray, place: Tensor = place) -> tuple[float, np.ndarray]:
            value, gradient = losses(torch.from_numpy(w)[None], place)
            return float(value), gradient[0].numpy()

        theirs = minimize(one, np.zeros(4), jac=True, tol=1e-12)
        assert abs(theirs.fun - float(found.values[i])) < 1e-9
        np.testing.assert_allclose(found.points[i], theirs.x, atol=1e-4)
