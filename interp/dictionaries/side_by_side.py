"""Dictionaries that learn side by side: one module, one optimiser, one pass, and nothing shared but the data."""

import json
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.loss import loss, rebuild
from interp.dictionaries.resample import resample
from interp.dictionaries.start import start
from interp.dictionaries.training import Training
from interp.dictionaries.weights import Weights
from interp.errors import InterpError, ShapeError, unknown
from interp.training import Outcome, Plan
from interp.training import train as run
from interp.training.checkpoint import FILE as CHECKPOINT


@runtime_checkable
class Stream(Protocol):
    """Batches of activations: those of a store (`store.stream`), or of a tensor (`Batches`)."""

    @property
    def identity(self) -> str:
        """What the batches are, so that a training resumes on no others."""

    def __call__(self, step: int, /) -> Mapping[Any, Tensor]:
        """The batch of a step at every source, [row, width]: a pure function, with the same rows for all sources."""


class Job(NamedTuple):
    """One dictionary to train."""

    source: Hashable
    """Which part of the stream's batches it reads: a site."""
    architecture: Architecture
    """What to train."""
    seed: int = 0
    """Decides where it starts."""
    metadata: Mapping[str, Any] = {}
    """What its saved config says besides (`model_name`, `hook_name`, ...)."""


@dataclass(frozen=True)
class SideBySide:
    """The jobs, their weights, and the functions that the training loop calls."""

    stream: Stream
    jobs: Mapping[str, Job]
    training: Training
    weights: Mapping[str, Weights]
    device: torch.device

    @classmethod
    def of(cls, stream: Stream, jobs: Mapping[str, Job], training: Training, device: torch.device) -> "SideBySide":
        """Weights of the right shapes for every job. Raises `UnknownNameError` for a source that the stream lacks."""
        _require_names(jobs)
        first = stream(0)
        for job in jobs.values():
            if job.source in first and len(first[job.source]) != training.batch:
                raise ShapeError(f"the stream has batches of {len(first[job.source])} rows, not of {training.batch}")
            if job.source not in first:
                raise unknown("source of activations", str(job.source), map(str, first))
            if first[job.source].ndim != 2:
                raise ShapeError(f"need activations [row, width] of {job.source}, not {list(first[job.source].shape)}")
        made = {name: job.architecture.weights(first[job.source].shape[1]) for name, job in jobs.items()}
        return cls(stream, jobs, training, {name: one.to(device) for name, one in made.items()}, device)

    def run(self, folder: Path, quiet: bool) -> Outcome:
        """Train to the end, from the checkpoint in `folder` when there is one."""
        if not (folder / CHECKPOINT).exists():
            self.start()
        module = nn.ModuleList(self.weights.values())
        optimizer = self.optimizer()
        plan = Plan(self.training.steps, self.training.log_every, self.training.checkpoint_every, clip=None)
        return run(
            module,
            optimizer,
            self.objective,
            plan,
            self.training.schedule(),
            folder,
            seed=0,
            identity=self.identity,
            after_step=lambda step: self.after_step(step, optimizer),
            quiet=quiet,
        )

    @property
    def identity(self) -> str:
        """All that decides the result, as JSON."""
        jobs = {
            name: [str(job.source), job.architecture.name, asdict(job.architecture), job.seed]
            for name, job in self.jobs.items()
        }
        return json.dumps({"jobs": jobs, "training": asdict(self.training), "data": self.stream.identity})

    def start(self) -> None:
        """Scale, bias and directions of every dictionary, from the first batches."""
        batches = [self.stream(step) for step in range(-(-self.training.sample // self.training.batch))]
        for name, job in self.jobs.items():
            sample = torch.cat([batch[job.source] for batch in batches])[: self.training.sample]
            start(self.weights[name], sample.to(self.device), job.seed)

    def optimizer(self) -> torch.optim.Optimizer:
        """Adam, with the peak rate of each dictionary as the scale of its group."""
        groups = [
            {"params": [*one.parameters()], "scale": self.training.peak(self.jobs[name].architecture.width)}
            for name, one in self.weights.items()
        ]
        made = torch.optim.Adam(groups, lr=0.0, fused=True)
        made.register_step_pre_hook(lambda *_: self.guide())
        return made

    def objective(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:  # noqa: ARG002
        """The loss of every job, and their sum, whose gradients are theirs."""
        batch = {source: rows.to(self.device) for source, rows in self.stream(step).items()}
        found: dict[str, Tensor] = {}
        share = self.training.penalty(step)
        for name, job in self.jobs.items():
            one = loss(
                self.weights[name],
                job.architecture,
                batch[job.source],
                penalty=share,
                aux=self.training.aux,
                dead_after=self.training.dead_after,
            )
            found |= {f"{name}/{part}" if name else part: value for part, value in one.items()}
        if "loss" not in found:
            found["loss"] = torch.stack([found[f"{name}/loss"] for name in self.jobs]).sum()
        return found

    def guide(self) -> None:
        """Before a step, what each architecture takes from its gradients, and the length that is left."""
        for name, job in self.jobs.items():
            job.architecture.guide(self.weights[name])
            if self.training.clip is not None:
                nn.utils.clip_grad_norm_(self.weights[name].parameters(), self.training.clip)

    def after_step(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        """After a step: what must hold of the weights, and new life for dead latents where it is due."""
        for name, job in self.jobs.items():
            job.architecture.constrain(self.weights[name])
        if self.training.resamples(step):
            batch = self.stream(step)
            for name, job in self.jobs.items():
                self.revive(self.weights[name], job, batch[job.source].to(self.device), optimizer, step)

    @torch.no_grad()
    def revive(self, weights: Weights, job: Job, rows: Tensor, optimizer: torch.optim.Optimizer, step: int) -> None:
        """Resample the dead latents of one dictionary, by the rows of this step."""
        x = rows * weights.scale
        centred = x - weights.decoder_bias
        error = rebuild(weights, job.architecture, x, centred).output - x
        dead = weights.since_fired >= self.training.dead_after
        generator = torch.Generator().manual_seed(job.seed * 1_000_003 + step)
        resample(weights, optimizer, centred, error, dead, generator)


def _require_names(jobs: Mapping[str, Job]) -> None:
    """Names are folders under the one that is trained into, and what is saved there must be JSON."""
    for name, job in jobs.items():
        place = PurePath(name)
        if place.is_absolute() or ".." in place.parts or (len(jobs) > 1 and place == PurePath()):
            raise InterpError(f"{name!r} cannot be the name of a dictionary: names are folders inside the training's")
        try:
            json.dumps(job.metadata)
        except TypeError as error:
            raise InterpError(f"the metadata of dictionary {name!r} cannot be saved as JSON: {error}") from error


__all__ = ["Job", "SideBySide", "Stream"]
