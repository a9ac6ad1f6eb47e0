"""Evaluate a dictionary on activations: reconstruction and sparsity, in one pass after one for the mean."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float64, Int64, Integer
from torch import Tensor

from interp.dictionaries.dictionary import Dictionary, reconstruct
from interp.dictionaries.metrics.mean import RunningMean, require_finite
from interp.dictionaries.metrics.reconstruction import Reconstruction
from interp.dictionaries.metrics.sparsity import DensityHistogram, Firing, density_histogram
from interp.errors import FileError, ShapeError
from interp.stats import Interval, bootstrap


@runtime_checkable
class Table(Protocol):
    """Activation rows that can be cut: a tensor, or the rows of a site in a store."""

    @property
    def shape(self) -> Any:
        """Rows first, then the shape of a row."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: Any, /) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a dictionary does to rows of activations. `interp.dictionaries.metrics` defines each number."""

    rows: int
    """Rows evaluated. A dead share means nothing without it."""
    explained_variance: float
    """1 - residual / variance about the mean, all dimensions together; exactly 0 for the mean of the rows."""
    explained_variance_interval: Interval | None
    """Bootstrap over documents with the mean held fixed; None where no documents were named."""
    mean_squared_error: float
    """Mean over rows of the squared distance between row and reconstruction."""
    cosine: float
    """Mean over rows of the cosine between row and reconstruction; 0 where one of them is zero."""
    norm_ratio: float
    """Sum of the norms of reconstructions over sum of the norms of rows."""
    shrinkage: float | None
    """Rajamanoharan et al. 2024's gamma, E|r|^2 / E[r.x]: 1 unbiased, below 1 too small; None for r orthogonal to x."""
    l0: float
    """Mean number of latents that are not zero in a row."""
    l0_interval: Interval | None
    """Bootstrap over documents; None where no documents were named."""
    dead_share: float
    """Share of latents that fired in none of the rows."""
    fired: Int64[Tensor, " latent"]
    """Rows in which each latent was not zero."""

    @property
    def density(self) -> Float64[Tensor, " latent"]:
        """Share of the rows in which each latent fired."""
        return self.fired.double() / self.rows

    @property
    def live(self) -> Int64[Tensor, " live"]:
        """The latents that fired at least once. Raises `ShapeError` when there are none."""
        found = self.fired.nonzero().squeeze(1)
        if not len(found):
            raise ShapeError(
                f"none of the {len(self.fired)} latents fired in {self.rows} rows: the dictionary is dead here. Was "
                "it trained on this site, and are the activations processed as they were then?"
            )
        return found

    def histogram(self, per_decade: int = 4) -> DensityHistogram:
        """Latents by the logarithm of their density, dead ones apart."""
        return density_histogram(self.fired, self.rows, per_decade)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists, for `interp.files.write_json`; `from_json` gives the same evaluation back."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Evaluation":
        """The evaluation that `to_json` wrote. Raises `FileError` for missing or unknown keys."""
        names = {one.name for one in fields(cls)}
        if content.keys() != names:
            raise FileError(
                f"no evaluation: missing {sorted(names - content.keys())}, unknown {sorted(content.keys() - names)}"
            )
        intervals = {
            name: None if content[name] is None else Interval(*content[name])
            for name in ("explained_variance_interval", "l0_interval")
        }
        return cls(**{**content, **intervals, "fired": torch.tensor(content["fired"], dtype=torch.int64)})


def evaluate(
    dictionary: Dictionary,
    activations: Table | Iterable[Tensor],
    *,
    rows: Integer[Tensor, " row"] | None = None,
    documents: Integer[Tensor, " row"] | None = None,
    generator: np.random.Generator | None = None,
    batch: int = 2048,
) -> Evaluation:
    """Reconstruct `activations` and measure what became of them, in float64 sums that no batching changes.

    `activations` is a tensor [row, width], the rows of a site in a store, or batches of rows: a list, or anything
    that can be read twice (the mean comes first). `rows` chooses rows of a tensor or store. `documents` names the
    document of every row evaluated, in their order, and then `generator` draws the intervals.

    Raises `ShapeError` for no rows, rows without variance (constant, or a single one), NaN or infinity (naming the
    row), batches that cannot be read twice, another width than the dictionary's, transcoders and training modules.
    """
    if (documents is None) != (generator is None):
        raise ShapeError("documents and a generator belong together: intervals are drawn over documents")
    batches = _reader(activations, rows, batch)
    mean = RunningMean()
    for part in batches():
        mean.add(part)
    _require_variance(mean)
    if documents is not None and len(documents) != mean.rows:
        raise ShapeError(f"{len(documents)} documents were named for {mean.rows} rows")
    quality, firing, by_row = Reconstruction(mean.value), Firing(len(dictionary.W_dec)), []
    for part in batches():
        latents, back = reconstruct(dictionary, part)
        require_finite(back, "reconstructed", quality.rows)
        require_finite(latents, "latent", quality.rows)
        errors, active = quality.add(part, back), firing.add(latents)
        if documents is not None:
            by_row.append(torch.stack([errors.residual.cpu(), errors.variance.cpu(), active.double().cpu()], 1))
    if quality.rows != mean.rows:
        raise ShapeError(f"the batches held {mean.rows} rows when first read and {quality.rows} the second time")
    explained, sparse = None, None
    if documents is not None and generator is not None:
        explained, sparse = _intervals(torch.cat(by_row), documents, generator)
    return Evaluation(
        rows=quality.rows,
        explained_variance=quality.explained_variance,
        explained_variance_interval=explained,
        mean_squared_error=quality.mean_squared_error,
        cosine=quality.cosine,
        norm_ratio=quality.norm_ratio,
        shrinkage=quality.shrinkage,
        l0=firing.l0,
        l0_interval=sparse,
        dead_share=firing.dead_share,
        fired=firing.fired,
    )


def _reader(
    activations: Table | Iterable[Tensor], rows: Integer[Tensor, " row"] | None, batch: int
) -> Callable[[], Iterator[Tensor]]:
    """A function that starts reading the batches afresh."""
    if batch < 1:
        raise ShapeError(f"batch must be 1 or more, not {batch}")
    if not isinstance(activations, Table):
        if rows is not None:
            raise ShapeError("rows can be chosen from a tensor or a store, not from batches")
        if isinstance(activations, Iterator):
            raise ShapeError(
                "the batches can be read only once, and evaluation reads them twice (the mean comes first): hand in "
                "a list, a tensor or the rows of a store instead of a generator"
            )
        return lambda: map(_checked, activations)
    table = activations
    if rows is not None and len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(table):
        raise ShapeError(f"chosen rows must be 0 to {len(table) - 1}")
    starts = range(0, len(table) if rows is None else len(rows), batch)
    if rows is None:
        return lambda: (_checked(table[at : at + batch]) for at in starts)
    return lambda: (_checked(table[rows[at : at + batch]]) for at in starts)


def _checked(part: Any) -> Tensor:
    if not isinstance(part, Tensor):
        raise ShapeError(f"activations must be tensors [row, width], not {type(part).__name__}")
    if part.ndim < 2 or not part.is_floating_point():
        raise ShapeError(f"activations must be floating-point rows [row, width], not {part.dtype} {list(part.shape)}")
    return part


def _require_variance(mean: RunningMean) -> None:
    width = mean.value.numel()  # raises where there are no rows
    if mean.constant:
        raise ShapeError(
            f"all {mean.rows} activation rows of width {width} are the same: there is no variance to explain. One row "
            "has none, and a constant position (BOS) must not be the only one kept."
        )


def _intervals(
    by_row: Float64[Tensor, "row 3"], documents: Integer[Tensor, " row"], generator: np.random.Generator
) -> tuple[Interval, Interval]:
    """Explained variance and L0 with the range over resampled documents. Columns: residual, variance, active."""
    _, inverse, rows = torch.unique(documents.cpu(), return_inverse=True, return_counts=True)
    sums = torch.zeros(len(rows), 3, dtype=torch.float64).index_add_(0, inverse, by_row).numpy()
    missed = bootstrap(sums[:, 0], sums[:, 1], generator)
    explained = Interval(1 - missed.value, 1 - missed.high, 1 - missed.low, missed.n)
    return explained, bootstrap(sums[:, 2], rows.numpy(), generator)


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.tolist()
    return list(value) if isinstance(value, Interval) else value


__all__ = ["Evaluation", "Table", "evaluate"]
