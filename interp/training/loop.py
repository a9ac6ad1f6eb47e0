"""The loop. A step is a pure function of (state, step number, seed), which is what makes exact resume possible."""

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from interp.errors import FileError, InterpError
from interp.progress import Reporter
from interp.training import checkpoint, log
from interp.training.lock import locked
from interp.training.log import Row
from interp.training.randomness import seeded
from interp.training.schedule import Schedule

Objective = Callable[[int, torch.Generator], Mapping[str, Tensor]]
"""(step, generator) -> scalars, among them `loss`, which is minimised. Randomness comes from the generator alone
(dropout and other global draws are seeded by the loop), data from the step number."""


@dataclass(frozen=True)
class Plan:
    """How long to train and when to write."""

    steps: int
    """Optimiser steps in all."""
    log_every: int
    """Steps that one log row averages over."""
    checkpoint_every: int
    """Steps between checkpoints, a multiple of `log_every` so that no averaging window straddles one."""
    clip: float | None = 1.0
    """Largest gradient norm; None leaves gradients alone."""

    def __post_init__(self) -> None:
        if self.steps < 1 or self.log_every < 1 or self.checkpoint_every < 1 or self.checkpoint_every % self.log_every:
            raise ValueError(f"steps and intervals must be positive, checkpoint_every a multiple of log_every: {self}")
        if self.clip is not None and not self.clip > 0:
            raise ValueError(f"clip must be more than 0, or None to leave gradients alone, not {self.clip}")


class Outcome(NamedTuple):
    """What a finished training leaves behind."""

    steps: int
    """Optimiser steps done."""
    seconds: float
    """Wall time over all the processes that took part."""
    log: list[Row]
    """Every log row: `step` (steps done), learning `rate`, window means of the objective's scalars, evaluations."""


def train(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    objective: Objective,
    plan: Plan,
    schedule: Schedule,
    folder: Path,
    *,
    seed: int,
    identity: str,
    after_step: Callable[[int], None] | None = None,
    evaluate: Callable[[int], Mapping[str, float]] | None = None,
    until: Callable[[int], bool] | None = None,
    quiet: bool = False,
) -> Outcome:
    """Train `module` to `plan.steps` or until `until` says so, going on from the checkpoint in `folder` if it has one.

    A parameter group of the optimiser may have a `scale`, by which its learning rate is multiplied.
    `after_step` may change the module or the optimiser state after each update (a unit-norm constraint, say).
    `evaluate` runs at every checkpoint and at the end, and its numbers join the log row; training modes that it
    changes are put back. Global draws in any of the three functions are seeded by step, and the global generators
    are afterwards as they were before. `until` is asked with every log row, and once more before a finished training
    is taken up again, so it must tell from the module and the step alone: true ends the training, with a checkpoint.

    Killed at any moment and called again with the same arguments, it ends with the same module, optimiser state and
    log, bit for bit, on the same machine and thread count (on a GPU: where its kernels are deterministic). For that,
    whatever changes during training must be a parameter, a persistent buffer or optimiser state.

    Raises `FileError` when the folder is in use, belongs to other settings (`identity`), or cannot be written, and
    `InterpError` when a loss or weight stops being finite; the last checkpoint survives each of them.
    """
    with locked(folder):
        job = _Job(module, optimizer, objective, plan, schedule, folder, seed, identity, after_step, evaluate, until)
        saved = checkpoint.load(folder, module, optimizer, identity)
        if saved is None:
            saved = checkpoint.Progress(0, 0.0, torch.get_num_threads())
            _require_finite(module, 0)
            # From here on the same objects may be handed in again, however far they have changed.
            checkpoint.save(folder, module, optimizer, saved, identity)
        _check(saved, plan, folder)
        log.rewind(folder, saved.step)
        steps, seconds = job.run(saved, quiet)
        return Outcome(steps, seconds, log.read(folder))


def _check(saved: checkpoint.Progress, plan: Plan, folder: Path) -> None:
    if saved.step > plan.steps:
        raise FileError(
            f"{folder} holds a training run of {saved.step} steps already, more than the {plan.steps} asked for. "
            "Choose another folder with --out, or delete it."
        )
    if saved.threads != torch.get_num_threads():
        warnings.warn(
            f"{folder} was written with {saved.threads} CPU threads, this process has {torch.get_num_threads()}: "
            "the result may differ in its last bits",
            stacklevel=3,
        )


@dataclass(frozen=True)
class _Job:
    """The arguments of `train`, and the parts of the loop that share them."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    objective: Objective
    plan: Plan
    schedule: Schedule
    folder: Path
    seed: int
    identity: str
    after_step: Callable[[int], None] | None
    evaluate: Callable[[int], Mapping[str, float]] | None
    until: Callable[[int], bool] | None

    def run(self, saved: checkpoint.Progress, quiet: bool) -> tuple[int, float]:
        """Steps from `saved` to the end; the number of the last one and the wall time of the whole run so far."""
        if self.enough(saved.step):
            return saved.step, saved.seconds
        began = time.monotonic() - saved.seconds
        report = Reporter(self.plan.steps, start=saved.step, quiet=quiet)
        window: list[Mapping[str, Tensor]] = []
        for step in range(saved.step, self.plan.steps):
            window.append(self.step(step))
            done = step + 1
            last = done == self.plan.steps or self.enough(done)
            due = last or done % self.plan.checkpoint_every == 0
            if done % self.plan.log_every and not due:
                continue
            row = self.row(window, done, due)
            window = []
            log.append(self.folder, row, flush=due)
            report(done, row)
            if due:
                now = checkpoint.Progress(done, time.monotonic() - began, torch.get_num_threads())
                checkpoint.save(self.folder, self.module, self.optimizer, now, self.identity)
            if last:
                return done, time.monotonic() - began
        return saved.step, time.monotonic() - began

    def enough(self, done: int) -> bool:
        """Whether `until` ends the training here; it is asked where log rows are due, so that a resumed run agrees."""
        return self.until is not None and done > 0 and done % self.plan.log_every == 0 and self.until(done)

    def step(self, step: int) -> dict[str, Tensor]:
        """One update; copies of the objective's scalars."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule(step) * group.get("scale", 1.0)
        self.optimizer.zero_grad(set_to_none=True)
        with seeded(self.module, self.seed, step) as generator:
            scalars = self.objective(step, generator)
            kept = {name: value.detach().clone() for name, value in scalars.items()}
            scalars["loss"].backward()  # type: ignore[no-untyped-call]
            if self.plan.clip is not None:
                nn.utils.clip_grad_norm_(self.module.parameters(), self.plan.clip)
            self.optimizer.step()
            if self.after_step:
                self.after_step(step)
        return kept

    def row(self, window: list[Mapping[str, Tensor]], done: int, due: bool) -> Row:
        """The log row of the steps in `window`, with evaluations where a checkpoint is due."""
        row: Row = {"step": done, "rate": self.schedule(done - 1)}
        _join(row, _means(window, done))
        if due:
            _require_finite(self.module, done)
            if self.evaluate:
                with seeded(self.module, self.seed, done, "evaluate"), _same_modes(self.module):
                    _join(row, {name: float(value) for name, value in self.evaluate(done).items()})
        return row


def _means(window: list[Mapping[str, Tensor]], done: int) -> dict[str, float]:
    """The mean of each scalar over the window, read from the device once."""
    means = {}
    for name in window[0]:
        values = torch.stack([row[name] for row in window]).cpu().double()
        bad = (~values.isfinite()).nonzero()
        if len(bad):
            first = int(bad[0, 0])
            raise InterpError(
                f"{name} is {values[first].item()} in step {done - len(window) + first + 1}. "
                "The last checkpoint is unharmed. Lower the learning rate or look for bad inputs."
            )
        means[name] = values.mean().item()
    return means


def _require_finite(module: nn.Module, done: int) -> None:
    """Raise for NaN or infinite weights, which a finite loss of the step before does not rule out."""
    for name, parameter in module.named_parameters():
        if not parameter.isfinite().all():
            raise InterpError(
                f"the parameter {name} holds NaN or infinity after step {done}. The last checkpoint is unharmed. "
                "Lower the learning rate or look for bad inputs."
            )


def _join(row: Row, more: Mapping[str, float]) -> None:
    for name, value in more.items():
        if name in row:
            raise InterpError(f"two numbers of a log row are called {name!r}; rename the objective's or evaluate's")
        row[name] = value


@contextmanager
def _same_modes(module: nn.Module) -> Iterator[None]:
    """Put `training` of every part back, which a resumed process would not have seen change."""
    modes = [(part, part.training) for part in module.modules()]
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode
