"""From the variables of a search to the mask that it found."""

import torch
from torch import Tensor

from interp.subnetworks.mask import Mask
from interp.subnetworks.masked import Masked


@torch.no_grad()
def kept(masked: Masked) -> Mask:
    """What the search keeps, that of the plan's `keep` included.

    With a penalty that is m > 0. With a wanted size it is the largest m: exactly so many weights, of equal ones the
    first in the model's order. Units of more than one weight are gone through from the largest m on, and each that
    still fits into the size is kept.
    """
    size = masked.plan.size
    if masked.whole:
        (variable,) = masked.variables
        mask = Mask.of_units(masked.units, variable > 0 if size is None else _fitting(variable, masked.free, size))
        return mask | Mask(masked.keep, mask.model) if masked.keep else mask
    if size is None:
        found = [variable > 0 for variable in masked.variables]
    else:
        found = _largest(list(masked.variables), size + masked.always)
    return Mask(dict(zip(masked.weights, found, strict=True)), masked.units.model)


def _largest(variables: list[Tensor], count: int) -> list[Tensor]:
    """The `count` largest of all."""
    together = torch.cat([variable.flatten() for variable in variables])
    least = together.kthvalue(len(together) - count + 1).values
    found = together > least
    equal = (together == least).nonzero()[: count - int(found.sum())]
    found[equal] = True
    parts = torch.split(found, [variable.numel() for variable in variables])
    return [part.view(variable.shape) for part, variable in zip(parts, variables, strict=True)]


def _fitting(variable: Tensor, free: Tensor, size: int) -> Tensor:
    """Units in descending order, each that adds no more than what is left of `size`."""
    found = torch.zeros_like(variable, dtype=torch.bool)
    left, weights = size, free.tolist()
    for unit in variable.argsort(descending=True, stable=True).tolist():
        if weights[unit] <= left:
            found[unit] = True
            left -= weights[unit]
    return found
