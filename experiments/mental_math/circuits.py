"""Circuits that are planted by training: which attention edges are there while a model learns, in plain PyTorch.

A model that is trained on half of its batches under such masks, and on the others as usual, learns to do the task with
those edges alone. Nothing here comes from the instruments that are later proved on the result.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor, nn

from interp.errors import unknown

Masks = Bool[Tensor, "layer query key"]
"""True where a query may attend to a key."""


def alone(positions: int) -> Bool[Tensor, "query key"]:
    """Everybody sees the beginning token and itself."""
    mask = torch.eye(positions, dtype=torch.bool)
    mask[:, 0] = True
    return mask


def all_for_one(
    depth: int, positions: int, wait: int, transfer: int, parts: Sequence[Sequence[int]] | None = None
) -> Masks:
    """AF1(wait, transfer): nobody sees others but the last token, and it only in `transfer` blocks after `wait`.

    `parts` names the positions that the last token sees in each transfer block; None shows it all of them in each.
    """
    masks = alone(positions).repeat(depth, 1, 1)
    for number in range(transfer):
        masks[wait + number, -1, list(range(positions) if parts is None else parts[number])] = True
    return masks


def in_turn(first: int, positions: int) -> list[list[int]]:
    """Two transfer blocks, neither of which can do without the other: the first operand, then everything else."""
    return [[first], [place for place in range(positions) if place != first]]


def chain(depth: int, positions: int) -> Masks:
    """Everybody sees the beginning token, itself and the token before it, in every block: sums run along the prompt."""
    mask = alone(positions)
    mask |= torch.eye(positions, dtype=torch.bool).roll(-1, dims=1).tril()
    return mask.repeat(depth, 1, 1)


def planted(wait: int, transfer: int, step: int, depth: int, positions: int, first: int) -> Masks:
    """The masks of AF1(wait, transfer) in this step: by turns with all the edges it may have, and with as few as do.

    With as few as do, each of two transfer blocks carries what the other does not. The first operand stands at `first`.
    """
    parts = in_turn(first, positions) if transfer == 2 and step % 2 else None
    return all_for_one(depth, positions, wait, transfer, parts)


@contextmanager
def masked(blocks: Sequence[nn.Module], masks: Masks | None) -> Iterator[None]:
    """Run GPT-2 blocks under `masks` inside the block of code; None leaves them as they are.

    Plain hooks put the mask of its layer in the place of the mask that each block is handed.
    """
    if masks is None:
        yield
        return
    handles = [
        block.register_forward_pre_hook(_mask_in_place(mask), with_kwargs=True)
        for block, mask in zip(blocks, masks, strict=True)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _mask_in_place(mask: Bool[Tensor, "query key"]) -> Callable[..., Any]:
    def before(_: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        hidden, past, _, *rest = arguments
        return (hidden, past, mask.to(hidden.device)[None, None], *rest), keywords

    return before


CIRCUITS = ("none", "all for one", "chain")
"""Kinds of circuits that a training can plant."""


def require_known(circuit: str) -> None:
    """Raise `UnknownNameError` for a circuit that is none of `CIRCUITS`."""
    if circuit not in CIRCUITS:
        raise unknown("circuit", circuit, CIRCUITS)


__all__ = ["CIRCUITS", "Masks", "all_for_one", "alone", "chain", "in_turn", "masked", "planted", "require_known"]
