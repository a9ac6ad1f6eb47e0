import pytest

from interp.last_token.cost import engine_cost, reference_cost, sweep_cost
from interp.last_token.setting import AllForOne, triangle


def test_a_hand_counted_case() -> None:
    """Two of four blocks wait, one transfers: 100 last tokens and a sink in two blocks, 20 others in one."""
    assert engine_cost(AllForOne(2, 1), 4, last=100, others=20, sinks=1) == 100 * 2 + 20 + 2
    assert reference_cost(4, prompts=100, positions=5) == 2000


def test_with_everything_waiting_nothing_is_run() -> None:
    assert engine_cost(AllForOne(4, 0), 4, last=100, others=20, sinks=1) == 0


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_the_triangle_shares_all_but_what_follows_a_branch(depth: int) -> None:
    """A last token alone: peeking paths of length 1 to depth, and the tails of all settings that peek."""
    paths = sum(range(depth + 1))
    tails = sum(depth - one.wait - one.transfer for one in triangle(depth) if one.transfer)
    assert sweep_cost(depth, last=1, others=0, sinks=0, last_alone=0) == paths + tails
    assert sweep_cost(depth, last=0, others=1, sinks=1, last_alone=1) == 3 * paths


def test_as_published_for_the_triangle_of_a_deep_model() -> None:
    """About a sixth of the cube of the depth for each prompt, against depth times tokens for each of 561 settings."""
    assert sweep_cost(32, last=1, others=0, sinks=0, last_alone=0) == 32 * 33 * 34 // 6
    assert len(list(triangle(32))) * reference_cost(32, 1, 5) == 561 * 160
