"""Metrics of an experiment that never ran, as it would leave them."""

from typing import Any

from experiments.bigrams.core_plus_circuit.measure import BESIDE

BROUGHT = {"circuit": 0.8, "offered": 0.6, "alone": 0.1, "without": 0.7, "random": 0.05, "largest": 0.1}
"""The share of what the core lacks (2 nats) that each of these brings."""


def made(r: float = 0.95, **brought: float) -> dict[str, Any]:
    """Two seeds and two sizes, the second judged; `brought` changes what some bring."""
    shares = {**BROUGHT, **brought}
    assert tuple(shares) == BESIDE
    judged = {kind: [told(5 - 2 * share, r), told(5 - 2 * share + 0.01, r)] for kind, share in shares.items()}
    return {
        "positions": {"right": 40, "wrong": 100, "all": 600},
        "core share": 0.05,
        "judged": 0.02,
        "full": told(3.0, 0.8),
        "empty": told(7.0, 0.5),
        "core": [told(5.0, 0.96), told(5.01, 0.96)],
        "added": [
            {"share": 0.01, **{kind: [told(5 - share, r)] for kind, share in shares.items()}},
            {"share": 0.02, **judged},
        ],
        "location": {"core": [place()], "circuit": [place()]},
    }


def told(right: float, r: float) -> dict[str, float]:
    """What is told of one mask."""
    return {"size": 100.0, "right": right, "wrong": 5.5, "rest": 4.0, "r": r}


def place() -> dict[str, Any]:
    """Half of the weights in each of two blocks."""
    even = {"mlp": [0.3, 0.3], "attention": [0.2, 0.2], "kinds": {"q": 0.4, "mlp_in": 0.6}}
    return {**even, "uniform": even, "heads": {}}
