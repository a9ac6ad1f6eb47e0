"""Slots: what stands where in the prompts of one template, and by which keys their means are taken."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from jaxtyping import Int
from torch import Tensor

from experiments.mental_math.reading import Reader
from interp.ablation.keys import Keys, by_token, called, with_first
from interp.errors import ShapeError
from interp.models.model import Model


@dataclass(frozen=True)
class Layout:
    """What the prompts of one template have in common."""

    slots: tuple[str, ...]
    """A name for each position: "bos", the letter of an operand, or the word that always stands there."""
    has_bos: bool
    """Whether the prompts begin with the model's beginning token."""
    sink: str
    """What everybody may attend to: "bos", "first token" (there is no beginning token), or "none"."""
    keys: Keys
    """What must be the same for two prompts to share a mean."""

    @property
    def condition(self) -> str:
        """The name of the keys, for records."""
        return called(self.keys)


def layout(
    model: Model,
    tokens: Int[Tensor, "prompt position"],
    operands: Sequence[str] = ascii_uppercase,
    keep_first: bool = False,
) -> Layout:
    """Read the layout off the prompts; `operands` are the letters in the order in which the template has them.

    Where prompts begin with the beginning token, or with a word that is the same in all of them, that token is the
    sink and means are by token. Where they begin with an operand there is no sink, because whoever attends to the
    first token knows that operand; with `keep_first` it is the sink all the same, and means are by token and first
    token, so that nothing of it is averaged away (with two operands, nothing of anything).

    Raises `ShapeError` where a position holds different words: the prompts are of several templates.
    """
    reader = Reader(model)
    has_bos = reader.bos is not None and bool((tokens[:, 0] == reader.bos).all())
    raw = list(_names(reader, tokens, iter(operands), has_bos))
    seen: Counter[str] = Counter()
    slots = []
    for name in raw:
        seen[name] += 1
        slots.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    # A first operand is the only first token that differs from prompt to prompt.
    varies = reader.piece(int(tokens[0, 0])).isdigit()
    sink = "bos" if has_bos else "first token" if keep_first or not varies else "none"
    return Layout(tuple(slots), has_bos, sink, with_first if varies and keep_first else by_token)


def _names(
    reader: Reader, tokens: Int[Tensor, "prompt position"], operands: Iterator[str], has_bos: bool
) -> Iterator[str]:
    """The name of each position, before words that occur twice are told apart."""
    for position, column in enumerate(tokens.T):
        pieces = {reader.piece(token) for token in column.unique().tolist()}
        if position == 0 and has_bos:
            yield "bos"
        elif all(piece.isdigit() for piece in pieces):
            yield next(operands)
        elif len(pieces) == 1:
            yield pieces.pop() or "space"
        else:
            few = " and ".join(map(repr, sorted(pieces)[:2]))
            raise ShapeError(f"position {position} holds {few}: the means of a position are of one template only")


__all__ = ["Layout", "layout"]
