"""The loop. A step is a pure function of (state, step number, seed), which is what makes exact resume possible."""

import fcntl
import hashlib
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
from interp.training import checkpoint, log
from interp.progress import Reporter
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


class Outcome(NamedTuple):
    """What a finished training leaves behind."""

    steps: int
    """Optimiser steps done."""
    seconds: float
    """Wall time over all the processes that took part."""
    log: list[dict[str, float]]
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
    quiet: bool = False,
) -> Outcome:
    """Train `module` until `plan.steps`, going on from the checkpoint in `folder` when there is one.

    `after_step` may change the module after each update (a unit-norm constraint, say). `evaluate` runs at every
    checkpoint and at the end, must draw nothing from global generators, and its numbers join the log row.
    Killed at any moment and called again with the same arguments, it ends with the same module, optimiser state and
    log, bit for bit, on the same machine and thread count.

    Raises `FileError` when the folder is in use, belongs to other settings (`identity`), or cannot be written, and
    `InterpError` when the loss stops being finite; the last checkpoint survives each of them.
    """
    with _lock(folder):
        saved = checkpoint.load(folder, module, optimizer, identity)
        progress = saved or checkpoint.Progress(0, 0.0, torch.get_num_threads())
        if saved and saved.threads != torch.get_num_threads():
            warnings.warn(
                f"{folder} was written with {saved.threads} CPU threads, this process has {torch.get_num_threads()}: "
                "the result may differ in its last bits",
                stacklevel=2,
            )
        log.rewind(folder, progress.step)
        seconds = _run(module, optimizer, objective, plan, schedule, folder, seed, identity, after_step, evaluate,
                       quiet, progress)  # fmt: skip
        return Outcome(plan.steps, seconds, log.read(folder))


def _run(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    objective: Objective,
    plan: Plan,
    schedule: Schedule,
    folder: Path,
    seed: int,
    identity: str,
    after_step: Callable[[int], None] | None,
    evaluate: Callable[[int], Mapping[str, float]] | None,
    quiet: bool,
    progress: checkpoint.Progress,
) -> float:
    """Steps from `progress` to the end of the plan; the wall time of the whole run so far."""
    began = time.monotonic() - progress.seconds
    report = Reporter(plan.steps, start=progress.step, quiet=quiet)
    window: list[Mapping[str, Tensor]] = []
    for step in range(progress.step, plan.steps):
        rate = schedule(step)
        with _seeded(module, seed, step) as generator:
            window.append(_update(module, optimizer, objective, plan, rate, step, generator))
        if after_step:
            after_step(step)
        done = step + 1
        due = done % plan.checkpoint_every == 0 or done == plan.steps
        if done % plan.log_every == 0 or due:
            row = {"step": done, "rate": rate} | _means(window, done)
            window = []
            if due:
                row |= evaluate(done) if evaluate else {}
            log.append(folder, row)
            report(done, row)
        if due:
            now = checkpoint.Progress(done, time.monotonic() - began, torch.get_num_threads())
            checkpoint.save(folder, module, optimizer, now, identity)
    return time.monotonic() - began


def _update(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    objective: Objective,
    plan: Plan,
    rate: float,
    step: int,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    scalars = objective(step, generator)
    scalars["loss"].backward()  # type: ignore[no-untyped-call]
    if plan.clip is not None:
        nn.utils.clip_grad_norm_(module.parameters(), plan.clip)
    optimizer.step()
    return {name: value.detach() for name, value in scalars.items()}


def _means(window: list[Mapping[str, Tensor]], done: int) -> dict[str, float]:
    """The mean of each scalar over the window, read from the device once."""
    means = {name: torch.stack([row[name] for row in window]).double().mean().item() for name in window[0]}
    for name, value in means.items():
        if value != value or value in (float("inf"), float("-inf")):
            raise InterpError(
                f"{name} is {value} in the {len(window)} steps before step {done}. The last checkpoint is unharmed. "
                "Lower the learning rate or look for bad inputs."
            )
    return means


@contextmanager
def _seeded(module: nn.Module, seed: int, step: int) -> Iterator[torch.Generator]:
    """A generator for this step, and the global one seeded alike (dropout draws from it), restored afterwards."""
    mixed = int.from_bytes(hashlib.sha256(f"{seed}/{step}".encode()).digest()[:7], "little")
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(mixed)
        yield torch.Generator().manual_seed(mixed)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Keep a second process from training in the same folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = open(folder / ".lock", "w")  # noqa: SIM115 - held open for as long as the lock is
    except OSError as error:
        raise FileError(f"cannot write to {folder}: {error.strerror}. Choose another folder with --out.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise FileError(f"another process is training in {folder}.") from error
    try:
        yield
    finally:
        handle.close()
