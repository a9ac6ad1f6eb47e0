import pytest

from experiments.function_tokens.consolidation.saturation import fullest, saturated


def test_the_fullest_count_of_any_checkpoint_is_held_against_the_width() -> None:
    assert fullest([{"once": 40, "often": 10}, {"once": 60, "often": 50}], 100) == 0.6
    assert fullest([{"once": 0, "often": 0}], 100) == 0


@pytest.mark.parametrize(("once", "often", "expected"), [(899, 300, False), (900, 300, True), (0, 900, True)])
def test_one_count_that_nears_the_width_is_enough(once: int, often: int, expected: bool) -> None:
    assert saturated([{"once": 10, "often": 5}, {"once": once, "often": often}], 1000) is expected
