"""Moments of the residual stream at every depth, in one pass: all that maps between depths and covariances need."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from jaxtyping import Float, Float64, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.errors import ModelError, ShapeError
from interp.models.model import Model
from interp.models.sites import resid
from interp.progress import Reporter


@dataclass(frozen=True, eq=False)
class Moments:
    """Means and centred sums of products over rows (tokens), of every depth from 0 to the last.

    Products are sums over rows, of what is left after the means are taken away: a covariance times the rows. Merging
    (`merged`) centres anew, so that a mean far from 0 costs no digits (Chan, Golub and LeVeque 1979).
    """

    rows: int
    """How many."""
    means: Float64[Tensor, "depth width"]
    """Of the residual stream, before the final norm."""
    input_mean: Float64[Tensor, " width"]
    """Of the token embeddings as they stand in their matrix: without position, scale or norm."""
    products: Float64[Tensor, "depth width width"]
    """X'X of each depth."""
    to_input: Float64[Tensor, "depth width width"]
    """X'E of each depth with the token embeddings."""
    to_output: Float64[Tensor, "depth width width"]
    """X'Y of each depth with the last."""

    @classmethod
    def of(cls, streams: Sequence[Float[Tensor, "row width"]], inputs: Float[Tensor, "row width"]) -> "Moments":
        """The moments of stored activations: a matrix for each depth, and the token embeddings of the same rows.

        Raises `ShapeError` for no rows, different shapes, NaN and infinity.
        """
        if not streams or not inputs.numel() or {stream.shape for stream in streams} != {inputs.shape}:
            shapes = [list(stream.shape) for stream in streams]
            raise ShapeError(f"need streams [row, width] like the inputs {list(inputs.shape)}, not {shapes}")
        embedded, output = _centred(inputs), _centred(streams[-1])
        found = []
        for stream in streams:
            own = _centred(stream)
            found.append((own[0], own[1].T @ own[1], own[1].T @ embedded[1], own[1].T @ output[1]))
        means, products, to_input, to_output = map(torch.stack, zip(*found, strict=True))
        if not (products.isfinite().all() and embedded[0].isfinite().all()):
            raise ShapeError("activations must be finite: there are NaN or infinity among them")
        return cls(len(inputs), means, embedded[0], products, to_input, to_output)

    @classmethod
    def merged(cls, parts: Iterable["Moments"]) -> "Moments":
        """The moments of all rows of `parts` together. Raises `ShapeError` for none, and for different shapes."""
        given = list(parts)
        if len({part.means.shape for part in given}) != 1:
            raise ShapeError(f"need moments of one shape, not {[list(part.means.shape) for part in given]}")
        return reduce(cls._with, given)

    @property
    def depth(self) -> int:
        """Number of blocks: the last depth."""
        return len(self.means) - 1

    @property
    def width(self) -> int:
        """Size of the residual stream."""
        return self.means.shape[1]

    def _with(self, other: "Moments") -> "Moments":
        rows = self.rows + other.rows
        share, weight = other.rows / rows, self.rows * other.rows / rows
        step, input_step = other.means - self.means, other.input_mean - self.input_mean
        return Moments(
            rows,
            self.means + share * step,
            self.input_mean + share * input_step,
            self.products + other.products + weight * step[:, :, None] * step[:, None],
            self.to_input + other.to_input + weight * step[:, :, None] * input_step,
            self.to_output + other.to_output + weight * step[:, :, None] * step[-1],
        )


def moments(
    model: Model, tokens: Integer[Tensor, "sequence position"], *, batch: int = 16, quiet: bool = True
) -> Moments:
    """The moments of `model` while it reads `tokens`, `batch` sequences at a time; every position counts.

    Nothing is kept but the sums, in float64: memory is 24 bytes x depths x width x width, beside one batch. Edits,
    and weights changed for the length of a block, act. `quiet=False` prints rate and time left.

    Raises `ShapeError` for tokens the model cannot read, `ModelError` for activations that are not finite.
    """
    if batch < 1:
        raise ShapeError(f"batch must be 1 or more, not {batch}")
    checked = model.checked(tokens)
    report, found = Reporter(len(checked), unit="sequence", quiet=quiet), None
    for begin in range(0, len(checked), batch):
        part = _moments(model, checked[begin : begin + batch])
        found = part if found is None else Moments.merged([found, part])
        report(min(begin + batch, len(checked)))
    assert found is not None
    return found


def _moments(model: Model, tokens: Integer[Tensor, "batch position"]) -> Moments:
    depths = [resid(depth) for depth in range(model.depth + 1)]
    found = capture(model, tokens, depths)
    embedding: Tensor = model.hf.get_input_embeddings().weight.detach()
    try:
        return Moments.of([found[site].flatten(0, 1) for site in depths], embedding[tokens].flatten(0, 1))
    except ShapeError as error:
        raise ModelError(f"the residual stream of {model.name} has no moments: {error}") from error


def _centred(rows: Float[Tensor, "row width"]) -> tuple[Float64[Tensor, " width"], Float64[Tensor, "row width"]]:
    values = rows.double()
    mean = values.mean(0)
    return mean, values - mean


__all__ = ["Moments", "moments"]
