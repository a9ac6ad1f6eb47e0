"""Training dictionaries: one, or many side by side on one pass over the same activations."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.batches import Batches
from interp.dictionaries.loading import load
from interp.dictionaries.save import save
from interp.dictionaries.side_by_side import Job, SideBySide, Stream
from interp.dictionaries.training import Training
from interp.errors import InterpError, ShapeError


def train(
    activations: Float[Tensor, "row width"] | Stream,
    architecture: Architecture,
    *,
    seed: int = 0,
    training: Training | None = None,
    out: Path | str | None = None,
    metadata: Mapping[str, Any] | None = None,
    device: torch.device | str = "cpu",
    quiet: bool = False,
) -> Any:
    """Train one dictionary; the `sae_lens.SAE` as it was saved and loaded again.

    `activations` lie in memory, or are the batches of one site of a store: `store.stream(site, batch, seed=0)`. `out`
    keeps the files: `cfg.json` and `sae_weights.safetensors` as SAELens writes them, `log.jsonl`, and the checkpoint
    from which a killed training goes on, bit for bit. Without it nothing stays on the disk. `metadata` goes into the
    saved config. For many dictionaries on one pass see `train_many`.

    Raises `ShapeError` for activations that cannot be learned from, `FileError` as `interp.training.train` does.
    """
    training = training or Training()
    stream = Batches(activations, training.batch, seed) if isinstance(activations, Tensor) else activations
    sources = list(stream(0))
    if len(sources) != 1:
        raise ShapeError(f"one dictionary reads one site, not {len(sources)}: take `train_many`")
    with tempfile.TemporaryDirectory() as aside:
        folder = Path(aside if out is None else out)
        train_many(stream, {"": Job(sources[0], architecture, seed, metadata or {})}, training, folder, device, quiet)
        return load(folder)


def train_many(
    stream: Stream,
    jobs: Mapping[str, Job],
    training: Training,
    out: Path | str,
    device: torch.device | str = "cpu",
    quiet: bool = False,
) -> dict[str, Path]:
    """Train every job on the same batches; the folder of each dictionary, `out/<name>`.

    Each is, bit for bit, what it would have been alone. Raises as `train` does.
    """
    if not jobs:
        raise InterpError("there are no dictionaries to train: `jobs` is empty")
    together = SideBySide.of(stream, jobs, training, torch.device(device))
    together.run(Path(out), quiet)
    folders = {name: Path(out) / name for name in jobs}
    for name, job in jobs.items():
        about = {"kind": job.architecture.name, **asdict(job.architecture), "seed": job.seed, **asdict(training)}
        save(
            together.weights[name],
            job.architecture,
            folders[name],
            {**job.metadata, "training": about, "data": stream.identity},
        )
    return folders


__all__ = ["Job", "train", "train_many"]
