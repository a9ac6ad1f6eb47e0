"""Cross-entropy recovered: what a model still predicts when it reads a dictionary's reconstruction of itself."""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.activations.edits import Edit, edited
from interp.dictionaries.dictionary import Dictionary, reconstruct, require_inference
from interp.dictionaries.metrics.mean import RunningMean, require_finite
from interp.errors import ShapeError, unknown
from interp.models.model import Model
from interp.models.sites import KINDS, Site
from interp.sequences import Sequences

ABLATIONS = ("mean", "zero")
"""What may stand in the place of the activations as the worst that a dictionary could do."""

SMALLEST_GAP = 1e-4
"""Nats that the ablation must cost: dividing by less shows rounding, not the dictionary."""


class Recovered(NamedTuple):
    """How much of what an ablation destroys a dictionary keeps. Losses are nats per predicted token."""

    recovered: float
    """(ablated - spliced) / (ablated - clean): 1 loses nothing, 0 is as bad as the ablation, negative is worse."""
    ablation: str
    """What 0 is: "mean" (the mean activation at every position) or "zero"."""
    clean: float
    """Cross-entropy of the model as it is."""
    spliced: float
    """Cross-entropy with the reconstruction in the place of the activations."""
    ablated: float
    """Cross-entropy with the ablation in their place."""
    kl_spliced: float
    """Kullback-Leibler divergence from the clean prediction to the spliced one, nats per predicted token."""
    kl_ablated: float
    """The same for the ablation."""
    predictions: int
    """Tokens predicted."""
    site: str
    """Where, by its TransformerLens name."""

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return self._asdict()


def recovered(
    model: Model,
    data: Sequences | Integer[Tensor, "sequence position"],
    where: Site | str,
    dictionary: Dictionary,
    *,
    ablation: str = "mean",
    mean: Float[Tensor, "*width"] | None = None,
    batch: int = 32,
) -> Recovered:
    """Cross-entropy of the next token with the clean, the reconstructed and the ablated activations at a site.

    Activations are exchanged at the positions of `data` that count, and nowhere else. A prediction counts when its
    position and the token it predicts both count, so nothing is predicted across the edge of a sequence, nor to or
    from a separator. `ablation="mean"` puts `mean` there, by default the mean over the positions of `data` that
    count; "zero" puts zeros. `batch` is in sequences.

    Raises `UnknownNameError` for an unknown site or ablation, `ShapeError` for a site without token positions,
    data without a next token, activations, reconstructions or losses that are not finite, and an ablation that
    costs less than `SMALLEST_GAP`: then nothing can be recovered, and the share would be noise.
    """
    place = model.find(where)[0]
    if ablation not in ABLATIONS:
        raise unknown("ablation", ablation, ABLATIONS)
    if mean is not None and ablation != "mean":
        raise ShapeError(f"a mean was handed in, but the ablation is {ablation!r}")
    if not KINDS[place.kind].axes.startswith("batch position"):
        raise ShapeError(f"{place} has axes {KINDS[place.kind].axes}: a dictionary reads one vector a position")
    if batch < 1:
        raise ShapeError(f"batch must be 1 or more, not {batch}")
    require_inference(dictionary)
    sequences = data if isinstance(data, Sequences) else Sequences.of(data)
    if not _predictable(sequences.kept).any():
        raise ShapeError(f"{sequences.source} has no two neighbouring positions that count: no next token to predict")
    constant = None if ablation == "zero" else mean if mean is not None else _mean(model, sequences, place, batch)
    totals, count = torch.zeros(5, dtype=torch.float64), 0
    for begin in range(0, len(sequences), batch):
        tokens, kept = sequences.tokens[begin : begin + batch], sequences.kept[begin : begin + batch]
        if _predictable(kept).any():
            totals += _sums(model, tokens, kept, _splice(place, kept, dictionary), _ablate(place, kept, constant))
            count += int(_predictable(kept).sum())
    return _result(totals / count, ablation, count, place)


def _mean(model: Model, sequences: Sequences, place: Site, batch: int) -> Float[Tensor, "*width"]:
    mean = RunningMean()
    for begin in range(0, len(sequences), batch):
        kept = sequences.kept[begin : begin + batch]
        rows = capture(model, sequences.tokens[begin : begin + batch], place)[place]
        mean.add(rows[kept.to(rows.device)])
    return mean.value


def _splice(place: Site, kept: Bool[Tensor, "sequence position"], dictionary: Dictionary) -> Edit:
    def change(part: Tensor) -> Tensor:
        rows = part[kept.to(part.device)]
        require_finite(rows, f"activation at {place}, kept", 0)
        back = reconstruct(dictionary, rows)[1]
        require_finite(back, f"reconstruction at {place}, kept", 0)
        return _exchanged(part, kept, back)

    return Edit(place, change)


def _ablate(place: Site, kept: Bool[Tensor, "sequence position"], constant: Tensor | None) -> Edit:
    def change(part: Tensor) -> Tensor:
        if constant is not None and constant.shape != part.shape[2:]:
            raise ShapeError(f"the mean is {list(constant.shape)}, activations at {place} are {list(part.shape[2:])}")
        return _exchanged(part, kept, part.new_zeros(part.shape[2:]) if constant is None else constant)

    return Edit(place, change)


def _exchanged(part: Tensor, kept: Bool[Tensor, "sequence position"], value: Tensor) -> Tensor:
    part[kept.to(part.device)] = value.to(part)  # an edit's function is handed a copy
    return part


def _predictable(kept: Bool[Tensor, "sequence position"]) -> Bool[Tensor, "sequence before"]:
    return kept[:, :-1] & kept[:, 1:]


@torch.no_grad()
def _sums(
    model: Model, tokens: Integer[Tensor, "sequence position"], kept: Bool[Tensor, "sequence position"], *edits: Edit
) -> Float[Tensor, "5"]:
    """Sums over predictions: cross-entropy clean, spliced, ablated; divergence of the last two from the first."""
    chosen = _predictable(kept)
    truth = tokens[:, 1:][chosen].long()[:, None]

    def predicted() -> Float[Tensor, "prediction token"]:
        logits = model(tokens)[:, :-1]
        return logits[chosen.to(logits.device)].float().log_softmax(-1)

    clean = predicted()
    losses, divergences = [_loss(clean, truth)], []
    for edit in edits:
        with edited(model, edit):
            other = predicted()
        losses.append(_loss(other, truth))
        divergences.append((clean.exp() * (clean - other)).sum(1).double().sum())
    return torch.stack(losses + divergences).cpu()


def _loss(predicted: Float[Tensor, "prediction token"], truth: Integer[Tensor, "prediction 1"]) -> Float[Tensor, ""]:
    return -predicted.gather(1, truth.to(predicted.device)).double().sum()


def _result(means: Float[Tensor, "5"], ablation: str, count: int, place: Site) -> Recovered:
    clean, spliced, ablated, kl_spliced, kl_ablated = means.tolist()
    if not means.isfinite().all():
        raise ShapeError(
            f"cross-entropy at {place}: clean {clean}, spliced {spliced}, {ablation} {ablated}; not finite"
        )
    if ablated - clean < SMALLEST_GAP:
        raise ShapeError(
            f"the {ablation} ablation of {place} costs {ablated - clean:.2g} nats (clean {clean:.4f}): too little to "
            "recover. Take a site that the predictions need, more data, or the other ablation."
        )
    share = (ablated - spliced) / (ablated - clean)
    return Recovered(share, ablation, clean, spliced, ablated, kl_spliced, kl_ablated, count, place.name)


__all__ = ["ABLATIONS", "SMALLEST_GAP", "Recovered", "recovered"]
