from typing import Any, NamedTuple

import pytest
import torch

from experiments.bigrams.lists import Lists
from experiments.bigrams.overlap.searches import prunings, require_comparable
from experiments.bigrams.settings import Plan
from interp.errors import InterpError
from interp.subnetworks.mask import Mask


def named(name: str) -> Mask:
    """A mask that can be told from others."""
    return Mask({"weight": torch.ones(1, dtype=torch.bool)}, name)


class Named(NamedTuple):
    mask: Mask


class Asked(Lists):
    """Its masks are what was asked for."""

    def __init__(self) -> None:
        pass

    def optimal(self, share: float, seeds: int | None = None) -> list[Any]:
        return [Named(named(f"{share:g} {number}")) for number in range(3 if seeds is None else seeds)]


def test_of_the_densest_the_sparsest_and_the_compared_there_are_all_seeds() -> None:
    found = prunings(Asked(), Plan(core=0.05, optimal=(0.02, 0.4, 0.1, 0.2, 0.06, 0.04)))
    assert {share: len(masks) for share, masks in found.items()} == {0.4: 3, 0.2: 1, 0.1: 1, 0.06: 3, 0.04: 1, 0.02: 3}
    assert list(found) == sorted(found, reverse=True)
    assert [mask.model for mask in found[0.06]] == ["0.06 0", "0.06 1", "0.06 2"]


def test_the_size_of_the_bigram_subnetwork_itself_can_be_compared() -> None:
    assert len(prunings(Asked(), Plan(core=0.05, optimal=(0.2, 0.05, 0.02)))[0.05]) == 3


@pytest.mark.parametrize("shares", [(), (0.05,), (0.05, 0.05), (0.04, 0.02)])
def test_too_few_sizes_or_all_too_small_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(InterpError, match="change --optimal"):
        require_comparable(Plan(core=0.05, optimal=shares))
