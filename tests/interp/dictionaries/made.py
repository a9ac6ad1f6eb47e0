"""Activations made of known directions, and trainings small enough for tests."""

from pathlib import Path

import torch
from torch import Tensor

from interp.dictionaries.architectures import L1, BatchTopK, JumpReLU, TopK
from interp.dictionaries.batches import KEY, Batches
from interp.dictionaries.side_by_side import Job
from interp.dictionaries.trainer import train_many
from interp.dictionaries.training import Training

DIMENSIONS, DIRECTIONS, ACTIVE = 16, 40, 3
"""What `planted` activations are made of."""

TINY = Training(
    rows=64 * 7, batch=64, rate=1e-2, dead_after=128, resample_every=128, sample=100, log_every=2, checkpoint_every=4
)
"""Seven steps with dead latents, resampling and three checkpoints."""

JOBS = {
    "topk": Job(KEY, TopK(24, k=3), 0),
    "other seed": Job(KEY, TopK(24, k=3), 1),
    "wider": Job(KEY, TopK(48, k=3), 0),
    "batchtopk": Job(KEY, BatchTopK(24, k=3.0), 0),
    "l1": Job(KEY, L1(24, penalty_weight=0.5), 0),
    "tied": Job(KEY, L1(24, penalty_weight=0.5, squared=False, tied=True, unit_norm=False, decoder_bias=False), 0),
    "jumprelu": Job(KEY, JumpReLU(24, penalty_weight=0.1), 0),
}
"""One of every kind."""


def directions() -> Tensor:
    """Forty directions of length one in sixteen dimensions."""
    found = torch.randn(DIRECTIONS, DIMENSIONS, generator=torch.Generator().manual_seed(7))
    return torch.nn.functional.normalize(found, dim=1)


def planted(rows: int, seed: int = 0, size: float = 1.0) -> Tensor:
    """Activations around a centre, each the sum of three of `directions`, times `size`."""
    draw = torch.Generator().manual_seed(seed)
    order = torch.rand(rows, DIRECTIONS, generator=draw).argsort(1) < ACTIVE
    return size * ((order * (0.5 + torch.rand(rows, DIRECTIONS, generator=draw))) @ directions() + 0.5)


def stream(seed: int = 0, training: Training = TINY) -> Batches:
    """Batches of a few planted rows."""
    return Batches(planted(300), training.batch, seed)


def files(folder: Path) -> dict[str, bytes]:
    """The saved dictionary in a folder, byte by byte."""
    return {name: (folder / name).read_bytes() for name in ("cfg.json", "sae_weights.safetensors")}


def trained(folder: Path, jobs: dict[str, Job] | None = None, training: Training = TINY) -> dict[str, dict[str, bytes]]:
    """Train `jobs`, all of them by default; the files of each."""
    found = train_many(stream(training=training), JOBS if jobs is None else jobs, training, folder, quiet=True)
    return {name: files(one) for name, one in found.items()}
