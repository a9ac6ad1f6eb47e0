"""Edits that put in what another position has: of the square alone, or of everything."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from experiments.othello.edits.cases import Cases
from experiments.othello.edits.reading import Change
from experiments.othello.edits.reference import Reference
from interp.activations.capture import capture
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import resid
from probes import LogisticProbe

FLAT = 1e-4
"""Share of the longer axis below which the shorter one of a square's plane is rounding: it has one direction only."""


def resampled(probes: Sequence[LogisticProbe], reference: Reference, cases: Cases, rng: np.random.Generator) -> Change:
    """The part of the activation in the plane of the square's probe comes from a donor whose square holds the target.

    Three classes span two directions, the differences of their weights. A donor is a random position of about the
    same ply in another game (`Reference.donors`), the same at every depth. What is put in is something that the
    model writes itself, in size too; nothing outside the plane changes.
    """
    donors, square = reference.donors(cases, rng), cases.square.long()
    axes = [planes(probe)[square] for probe in probes]
    given = [torch.einsum("cpw,cw->cp", plane, rows[donors]) for plane, rows in zip(axes, reference.rows, strict=True)]

    def step(depth: int, rows: Tensor, where: slice) -> Tensor:
        plane = axes[depth][where]
        own = torch.einsum("cpw,cw->cp", plane, rows)
        added: Tensor = torch.einsum("cp,cpw->cw", given[depth][where] - own, plane)
        return added

    return step


def planes(probe: LogisticProbe) -> Float[Tensor, "square axis width"]:
    """Two orthogonal unit vectors that span the differences of each square's class weights; zeros for one too many."""
    weight = probe.weight.double().cpu()
    _, sizes, axes = torch.linalg.svd(weight - weight.mean(1, keepdim=True), full_matrices=False)
    real = sizes[:, :2] > FLAT * sizes[:, :1]
    found: Tensor = (axes[:, :2] * real[..., None]).float()
    return found


def of_witness(model: Model, cases: Cases, batch: int) -> Change:
    """Everything comes from another game that ends in the edited board: the most that an edit at one depth can do.

    Raises `ShapeError` for cases without witnesses.
    """
    if cases.witness is None:
        raise ShapeError("these cases have no witnesses: no other games that end in their edited boards")
    sites = [resid(depth) for depth in range(model.depth + 1)]
    found = capture(model, cases.witness, sites, batch=batch, device="cpu")
    last = torch.arange(len(cases)), cases.length.long() - 1
    streams = [found[site][last].float() for site in sites]

    def step(depth: int, rows: Tensor, where: slice) -> Tensor:
        missing: Tensor = streams[depth][where] - rows
        return missing

    return step


__all__ = ["of_witness", "planes", "resampled"]
