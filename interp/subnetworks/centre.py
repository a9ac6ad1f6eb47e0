"""A wanted size, held while the gates harden."""

import torch
from jaxtyping import Float
from torch import Tensor

from interp.subnetworks.gates import DECIDED
from interp.subnetworks.masked import Masked

HALVINGS = 40
"""Of the range in which the threshold lies."""


@torch.no_grad()
def centre(masked: Masked, size: int) -> None:
    """Shift all variables by one number, so that those over 0 hold `size` weights beside those that are always kept.

    What is close to being kept then goes on competing with what is close to being dropped, and the gates that harden
    are those of a mask of this size. A size that is only cut to at the end has weights that were trained to be off.
    What is decided stays so. Halvings in place of a sort: they take no memory of the variables' size, and nobody waits
    for the device.
    """
    variables = list(masked.variables)
    largest = torch.stack([_undecided(variable).abs().amax().double() for variable in variables]).amax()
    low, high = -largest, largest
    wanted = size if masked.whole else size + masked.always
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        held = torch.stack([_held(masked, variable, middle) for variable in variables]).sum()
        low, high = torch.where(held > wanted, middle, low), torch.where(held > wanted, high, middle)
    for variable in variables:
        variable.sub_(torch.where(variable.abs() < DECIDED / 2, high.to(variable.dtype), 0))


def _held(masked: Masked, variable: Tensor, threshold: Float[Tensor, ""]) -> Float[Tensor, ""]:
    """Weights of what lies over the threshold."""
    over = variable > threshold
    return (over.double() @ masked.free) if masked.whole else over.sum().double()


def _undecided(variable: Tensor) -> Tensor:
    return torch.where(variable.abs() < DECIDED / 2, variable, 0)
