"""Where latents are active: one pass over rows, which keeps for each latent the rows it fires in and nothing else."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from interp.dictionaries.dictionary import Dictionary, require_inference
from interp.dictionaries.evaluation import Table
from interp.dictionaries.metrics.mean import require_finite
from interp.errors import ShapeError
from interp.progress import Reporter


class Active(NamedTuple):
    """The rows in which one latent is above 0; in all others it is silent."""

    rows: Int64[Tensor, " active"]
    """Their numbers, ascending."""
    values: Float[Tensor, " active"]
    """The latent in each of them."""

    def at(self, row: int) -> float:
        """The latent in any row: 0 where it is silent."""
        place = int(torch.searchsorted(self.rows, row))
        found = place < len(self.rows) and int(self.rows[place]) == row
        return float(self.values[place]) if found else 0.0


def active(
    dictionary: Dictionary, rows: Table, latents: Iterable[int], *, batch: int = 2048, quiet: bool = False
) -> list[Active]:
    """The activity of each of the `latents` in all `rows`: a tensor [row, ...] or the rows of a site in a store.

    Memory: about 20 bytes for each row in which an asked latent fires, 40 while they are sorted at the end.

    Raises `ShapeError` for a latent that does not exist or is asked for twice, rows of another width than the
    dictionary's, no rows, NaN and infinity, transcoders and training modules.
    """
    chosen = _checked(dictionary, latents)
    if not len(rows) or batch < 1:
        raise ShapeError(f"need at least one row, and batches of at least one: {len(rows)} and {batch}")
    report = Reporter(len(rows), unit="row", quiet=quiet)
    which, where, values = [], [], []
    for begin in range(0, len(rows), batch):
        part = encoded(dictionary, rows[begin : begin + batch], begin)[:, chosen].cpu().T
        found = (part > 0).nonzero(as_tuple=True)
        which.append(found[0])
        where.append(found[1] + begin)
        values.append(part[found])
        report(min(begin + batch, len(rows)))
    latent, order = torch.cat(which).sort(stable=True)
    sizes = torch.bincount(latent, minlength=len(chosen)).tolist()
    numbers, strengths = (torch.split(torch.cat(parts)[order], sizes) for parts in (where, values))
    return [Active(*pair) for pair in zip(numbers, strengths, strict=True)]


def encoded(dictionary: Dictionary, rows: Shaped[Tensor, "row ..."], begin: int = 0) -> Float[Tensor, "row latent"]:
    """Latents of rows as they come from a store, without gradients; `begin` is the number of the first of them.

    Rows of several axes (heads) are flattened, unless the dictionary is configured to do so itself. Raises as
    `active` does.
    """
    decoder = dictionary.W_dec
    if not rows.is_floating_point() or rows.ndim < 2 or rows[0].numel() != decoder.shape[1]:
        raise ShapeError(
            f"the dictionary reads rows of width {decoder.shape[1]}, not {rows.dtype} {list(rows.shape[1:])}: it was "
            "trained on another site or model"
        )
    reshapes = getattr(getattr(dictionary, "cfg", None), "reshape_activations", "none") == "hook_z"
    wanted = rows if reshapes else rows.flatten(1)
    require_finite(wanted, "activation", begin)
    with torch.no_grad():
        latents = dictionary.encode(wanted.to(decoder.device, decoder.dtype))
    latents = latents.to_dense() if latents.is_sparse else latents
    if latents.shape != (len(rows), len(decoder)):
        raise ShapeError(f"of rows {list(rows.shape)} the dictionary made latents {list(latents.shape)}")
    require_finite(latents, "latent", begin)
    return latents


def _checked(dictionary: Dictionary, latents: Iterable[int]) -> Int64[Tensor, " latent"]:
    """The numbers of latents that are there, each once."""
    require_inference(dictionary)
    numbers, count = list(latents), len(dictionary.W_dec)
    wrong = [number for number in numbers if not 0 <= number < count]
    if wrong:
        raise ShapeError(f"there is no latent {wrong[0]}: the dictionary has 0 to {count - 1}")
    if not numbers or len(set(numbers)) < len(numbers):
        raise ShapeError(f"need one latent or more, each once, not {numbers}")
    return torch.tensor(numbers)


__all__ = ["Active", "active", "encoded"]
