"""What a latent does for the next token: its effect when it is removed, and what it says to the logits directly."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Float64, Int64, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.activations.edits import add, edited
from interp.dictionaries.dictionary import Dictionary, require_inference
from interp.errors import ModelError, ShapeError
from interp.latents.outputs import require_path
from interp.models.model import Model
from interp.models.sites import Site, resid
from interp.sequences import Sequences
from interp.token_graph.encoding import fired, require_width
from interp.token_graph.fits import require_fits


class Effects(NamedTuple):
    """One entry for each latent that is active at each place, place by place."""

    sequences: Int64[Tensor, " entry"]
    """The sequence of the place."""
    positions: Int64[Tensor, " entry"]
    """Its position, whose next token is meant."""
    latents: Int64[Tensor, " entry"]
    """The latent."""
    activations: Float64[Tensor, " entry"]
    """How active it is there."""
    removal: Float64[Tensor, " entry"]
    """ln P(next token) less what it is without the latent, nats: above 0 where the latent speaks for that token."""
    direct: Float64[Tensor, " entry"]
    """The next token's logit less the mean of all tokens, less what that is without the latent in the final stream."""
    earlier: Bool[Tensor, " entry"]
    """Whether the latent was active at an earlier position of the document in this sequence: a reactivation."""

    @property
    def place(self) -> Int64[Tensor, " entry"]:
        """The number of each entry's place, ascending from 0."""
        new = (self.sequences.diff() != 0) | (self.positions.diff() != 0)
        return torch.cat([new.new_zeros(min(1, len(self.latents))), new]).long().cumsum(0)


class _Group(NamedTuple):
    """Places at one position, and what is active there."""

    sequences: Int64[Tensor, " sequence"]
    tokens: Int64[Tensor, "sequence position"]
    final: Float[Tensor, "sequence width"]
    rows: Int64[Tensor, " entry"]
    latents: Int64[Tensor, " entry"]
    values: Float[Tensor, " entry"]
    parts: Float[Tensor, "entry width"]
    earlier: Bool[Tensor, " entry"]


@torch.no_grad()
def effects(
    model: Model,
    dictionary: Dictionary,
    site: Site | str,
    sequences: Sequences | Integer[Tensor, "sequence position"],
    places: Integer[Tensor, "place 2"],
    *,
    batch: int = 256,
    trust: bool = False,
) -> Effects:
    """The effects of all latents active at some `places`, each (sequence, position); entries are sorted by these.

    A latent is removed by taking what it writes, activation * W_dec, off the site's tensor at that one position; what
    the dictionary does not explain stays. The blocks behind it then run for that position alone, on the keys and
    values of the positions before it, which it cannot change: that is exact. The direct effect takes the same off the
    final stream: no block sees it, the final norm does. `batch` latents are removed at a time.

    Raises `ShapeError` for places that are not there, that come twice or have no next token, a site outside the
    residual stream, and a dictionary of another model, site or width, or one whose reconstruction is not the sum of
    what its latents write.
    """
    (found,) = model.find(site)
    require_inference(dictionary)
    require_fits(model, dictionary, found, trust)
    require_path(found, dictionary.W_dec.shape[-1], model)
    data = sequences if isinstance(sequences, Sequences) else Sequences.of(sequences)
    _require_places(places, data.tokens.shape)
    if batch < 1:
        raise ShapeError(f"batch must be 1 or more, not {batch}")
    parts = [
        _effects(model, found, group, int(position), batch)
        for position, group in _groups(model, dictionary, found, data, places.long().cpu(), batch)
    ]
    columns = [torch.cat(column) for column in zip(*parts, strict=True)]
    # Stable sorts, the last key first: by sequence, then by position; latents ascend already.
    order = columns[1].argsort(stable=True)
    order = order[columns[0][order].argsort(stable=True)]
    return Effects(*(column[order] for column in columns))


def _groups(
    model: Model, dictionary: Dictionary, site: Site, data: Sequences, places: Int64[Tensor, "place 2"], batch: int
) -> Iterator[tuple[int, _Group]]:
    """Places by position, as many sequences at a time as `batch` positions, one at least."""
    for position in torch.unique(places[:, 1]).tolist():
        chosen = places[places[:, 1] == position, 0].sort().values
        for some in torch.split(chosen, max(1, batch // (position + 1))):
            tokens = data.tokens[some, : position + 2].long()
            final = resid(model.depth)
            states = capture(model, tokens[:, :-1], [site, final])
            require_width(dictionary, states[site])
            here = states[site][:, position].to(dictionary.W_dec.device, dictionary.W_dec.dtype)
            latents = dictionary.encode(here)
            latents = latents.to_dense() if latents.is_sparse else latents
            _require_sum(dictionary, latents)
            rows, numbers = latents.nonzero(as_tuple=True)
            values = latents[rows, numbers]
            written = (values[:, None] * dictionary.W_dec[numbers]).to(model.device, model.dtype)
            before = _before(dictionary, states[site], data, some, position, rows, numbers)
            yield position, _Group(
                some, tokens, states[final][:, position], rows.cpu(), numbers.cpu(), values.double().cpu(), written,
                before,
            )  # fmt: skip


def _before(
    dictionary: Dictionary,
    states: Float[Tensor, "sequence position width"],
    data: Sequences,
    some: Int64[Tensor, " sequence"],
    position: int,
    rows: Int64[Tensor, " entry"],
    latents: Int64[Tensor, " entry"],
) -> Bool[Tensor, " entry"]:
    """Whether latents are active before the position, in its document, where it counts and is not the first."""
    documents = data.documents[some, : position + 1]
    counted = data.kept[some, : position + 1] & (documents == documents[:, -1:])
    counted[:, [0, -1]] = False
    width, keys = len(dictionary.W_dec), [torch.zeros(0, dtype=torch.int64)]
    for places, active in fired(dictionary, states, counted):
        keys.append(places // (position + 1) * width + active)
    return torch.isin((rows * width + latents).cpu(), torch.cat(keys))


def _effects(model: Model, site: Site, group: _Group, position: int, batch: int) -> tuple[Tensor, ...]:
    """The columns of `Effects` for some places at one position."""
    following = group.tokens[:, -1].to(model.device)
    cache = _prefix(model, group.tokens[:, :-2])
    rows = group.rows.to(model.device)
    # The model itself comes first, in the same kind of pass: what is left of the difference is the latent alone.
    everyone = torch.arange(len(group.sequences), device=model.device)
    nothing = group.parts.new_zeros(len(everyone), model.width)
    whole = _log_probability(model, site, group.tokens, cache, everyone, nothing, following)
    removal, direct = [], []
    for begin in range(0, len(rows), batch):
        some, part = rows[begin : begin + batch], group.parts[begin : begin + batch]
        without = _log_probability(model, site, group.tokens, cache, some, part, following)
        removal.append(whole[some] - without)
        ends = [_centred(model, stream, following[some]) for stream in (group.final[some], group.final[some] - part)]
        direct.append(ends[0] - ends[1])
    none = torch.zeros(0, dtype=torch.float64)
    return (
        group.sequences[group.rows], torch.full_like(group.rows, position), group.latents, group.values,
        torch.cat([none, *(one.cpu() for one in removal)]), torch.cat([none, *(one.cpu() for one in direct)]),
        group.earlier,
    )  # fmt: skip


def _prefix(model: Model, tokens: Int64[Tensor, "sequence position"]) -> Any:
    """Keys and values of all blocks at the positions before; None where there are none."""
    if not tokens.shape[1]:
        return None
    cache = model.hf(input_ids=model.checked(tokens), use_cache=True, return_dict=True).past_key_values
    if not hasattr(cache, "batch_select_indices"):
        raise ModelError(f"{model.name} keeps no keys and values that a run could go on from")
    return cache


def _log_probability(
    model: Model,
    site: Site,
    tokens: Int64[Tensor, "sequence position"],
    cache: Any,
    rows: Int64[Tensor, " entry"],
    parts: Float[Tensor, "entry width"],
    following: Int64[Tensor, " sequence"],
) -> Float64[Tensor, " entry"]:
    """ln P(next token) of some sequences, each with a part of its own taken off at the last position."""
    own = deepcopy(cache)  # a pass adds to it
    if own is not None:
        own.batch_select_indices(rows)
    with edited(model, add(site, parts[:, None], scale=-1.0)):
        read = tokens.to(model.device)[rows, -2:-1]
        logits = model.hf(input_ids=read, past_key_values=own, use_cache=own is not None, return_dict=True).logits
    found: Tensor = logits[:, -1].double().log_softmax(1).gather(1, following[rows, None])[:, 0]
    return found


def _centred(
    model: Model, stream: Float[Tensor, "entry width"], following: Int64[Tensor, " entry"]
) -> Float64[Tensor, " entry"]:
    logits = model.unembed(stream).double()
    return logits.gather(1, following[:, None])[:, 0] - logits.mean(1)


def _require_sum(dictionary: Dictionary, latents: Float[Tensor, "row latent"]) -> None:
    """Some dictionaries scale what they give back by the row that they read: then latents write no fixed direction."""
    some = latents[:4]
    ours = some @ dictionary.W_dec
    theirs = dictionary.decode(some) - dictionary.decode(torch.zeros_like(some))
    slack = 1e3 * torch.finfo(ours.dtype).eps * float(ours.abs().max().clamp_min(1))
    if not torch.allclose(ours, theirs.view_as(ours), rtol=0, atol=slack):
        raise ShapeError(
            "what the dictionary gives back is not the sum of what its latents write: fold its scale into its weights "
            "first (interp.dictionaries.load does)"
        )


def _require_places(places: Integer[Tensor, "place 2"], shape: torch.Size) -> None:
    if places.ndim != 2 or places.shape[1] != 2 or not len(places):
        raise ShapeError(f"places are (sequence, position), one at least, not {list(places.shape)}")
    low, high = places.amin(0).tolist(), places.amax(0).tolist()
    if min(low) < 0 or high[0] >= shape[0] or high[1] >= shape[1] - 1:
        raise ShapeError(
            f"places go from (0, 0) to ({shape[0] - 1}, {shape[1] - 2}), where there is a next token; these from "
            f"{tuple(low)} to {tuple(high)}"
        )
    if len(torch.unique(places, dim=0)) < len(places):
        raise ShapeError("a place is asked for twice")


__all__ = ["Effects", "effects"]
