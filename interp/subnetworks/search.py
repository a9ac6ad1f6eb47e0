"""The search: gates on the weights of a frozen model are trained until a sparse part of it does what a target asks."""

import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from interp.errors import ShapeError
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.subnetworks.centre import centre
from interp.subnetworks.control import logarithm, nudged, wanted
from interp.subnetworks.denormals import flushed
from interp.subnetworks.hidden import final_states
from interp.subnetworks.kept import kept
from interp.subnetworks.mask import Mask
from interp.subnetworks.masked import Masked
from interp.subnetworks.settings import Search
from interp.subnetworks.stability import WINDOW, unstable
from interp.subnetworks.targets import Prepared, Target
from interp.training import Plan, constant, train

METHOD = 1
"""Raised when the same settings and seed come to lead to another mask, so that no old one is taken for a new one."""
Batches = Callable[[int], Integer[Tensor, "batch position"]]
"""The tokens of each step; the same ones whenever it is asked."""
Start = list[Tensor]
"""The variables that a search begins with."""


class Found(NamedTuple):
    """What a search came to."""

    mask: Mask
    """What is kept, that of `keep` included."""
    step: int
    """Optimiser steps of the last attempt."""
    stopped: bool
    """Whether its gates were decided by the stop rule; if not, it used up its steps."""
    undecided: float
    """Gates from 0.1 to 0.9 over those above, at the end."""
    curve: Float[Tensor, " step"]
    """Cross-entropy on each batch, nats, with the gates as soft as they then were."""
    attempts: int
    """How many searches were made."""
    stable: bool
    """Whether the last of them was stable."""
    lam: float
    """Lambda at the end: as given, or what the wanted size took."""


def search(
    model: Model,
    batches: Batches,
    target: Target,
    plan: Search,
    *,
    seed: int = 0,
    out: Path | str | None = None,
    quiet: bool = False,
) -> Found:
    """Find a subnetwork of `model` that does what `target` asks (Chang & Bergen 2025, section 3.1).

    Gates multiply the weights of `plan`'s parameters and are trained, on the tokens that `batches` gives for each
    step, to lower the target's cross-entropy plus lambda times the mean gate. Everything else of the model stays on.
    With a wanted size, lambda is steered to it, and once it is reached all variables are shifted a little at every
    check, so that it is kept. A search whose cross-entropy jumps and does not recover is reported and made again on
    other batches.

    `out` keeps checkpoints and log: killed and called again with the same arguments, it goes on and ends with the same
    mask, bit for bit; finished, it returns at once. Without it nothing stays on the disk. The model is afterwards as
    it was, also after an error.

    Raises `ShapeError` for a size that cannot be had, `ModelError` for a `keep` of another model or parameters that
    cannot be masked, `FileError` when `out` holds another search, and `InterpError` when the loss is not finite.
    """
    return started(model, batches, target, plan, None, seed=seed, out=out, quiet=quiet)[0]


def started(
    model: Model,
    batches: Batches,
    target: Target,
    plan: Search,
    start: Start | None,
    *,
    seed: int,
    out: Path | str | None,
    quiet: bool,
) -> tuple[Found, Start]:
    """`search` from the variables of another search (None: from the beginning), and the variables at its end."""
    identity = _identity(model, batches, target, plan, start, seed)
    with ExitStack() as stack:
        folder = Path(out) if out is not None else Path(stack.enter_context(TemporaryDirectory()))
        for attempt in range(plan.attempts):
            masked = Masked(model, plan, seed + attempt)
            if start is not None:
                masked.begin(start)
            found = _Job(masked, batches, target, attempt).run(folder / f"attempt-{attempt}", identity, quiet)
            # On its way down to a wanted size a cross-entropy rises because it is made to.
            jump = unstable(found.curve, plan.calm, 0 if plan.size is None else plan.descent + WINDOW)
            if jump is None:
                break
            again = "It is made again on other batches." if attempt + 1 < plan.attempts else "No attempt is left."
            warnings.warn(
                f"attempt {attempt + 1} of the search is unstable: its cross-entropy jumped in step {jump + 1} and did "
                f"not recover. {again}",
                stacklevel=3,
            )
    return found._replace(stable=jump is None), [variable.detach() for variable in masked.variables]


class _Job:
    """One attempt."""

    def __init__(self, masked: Masked, batches: Batches, target: Target, attempt: int):
        self.masked, self.batches, self.target, self.attempt = masked, batches, target, attempt
        self.plan, self.model = masked.plan, masked.model
        self.start = masked.census(0).size
        """The size before the first step."""
        self._require_possible()

    def run(self, folder: Path, identity: str, quiet: bool) -> Found:
        """Train the gates in `folder`."""
        plan, masked = self.plan, self.masked
        optimizer = torch.optim.AdamW(masked.parameters(), lr=plan.learning_rate, fused=True)
        training = Plan(plan.steps, plan.check_every, plan.checkpoint_every, clip=None)
        with masked.inside(), flushed():
            prepared = self.target.prepare(self.model, off=masked.off)
            outcome = train(
                masked, optimizer, lambda step, _: self.objective(step, prepared), training,
                constant(plan.learning_rate), folder, seed=masked.seed, identity=identity, after_step=self.after_step,
                evaluate=self.evaluate, until=self.decided, quiet=quiet,
            )  # fmt: skip
        share = masked.census(outcome.steps).share
        curve = masked.curve[: outcome.steps].cpu().clone()
        stopped, lam = self.decided(outcome.steps), float(masked.lam)
        return Found(kept(masked), outcome.steps, stopped, share, curve, self.attempt + 1, True, lam)

    def objective(self, step: int, prepared: Prepared) -> Mapping[str, Tensor]:
        """The cross-entropy; the penalty's gradient is added behind it."""
        tokens = self.batches(step + self.attempt * self.plan.steps)
        self.masked.at(step)
        loss = prepared.loss(final_states(self.model, tokens), tokens)
        self.masked.curve[step] = loss.detach()
        return {"loss": loss, "lambda": self.masked.lam}

    def after_step(self, step: int) -> None:
        """Steer towards the wanted size."""
        done = step + 1
        if self.plan.size is None or done % self.plan.check_every:
            return
        masked = self.masked
        goal = wanted(done, self.start, float(self.plan.size), self.plan.descent)
        excess = logarithm(torch.tensor(masked.census(done).size, dtype=torch.float64), goal).to(masked.lam)
        share = self.plan.check_every / min(float(self.plan.steps), self.plan.sharp)
        masked.lam.copy_(nudged(masked.lam, excess, masked.excess, share))
        masked.excess.copy_(excess)
        if done >= self.plan.descent:
            centre(masked, self.plan.size)

    def decided(self, done: int) -> bool:
        """The stop rule. It asks how far the sharpening came; hard concrete gates, which have none, use all steps."""
        if self.plan.method != "continuous" or (self.plan.size is not None and done < self.plan.descent):
            return False
        return self.masked.census(done).share < self.plan.undecided

    def evaluate(self, done: int) -> Mapping[str, float]:
        """The size and how far it is decided, for the log."""
        census = self.masked.census(done)
        return {"size": census.size, "undecided": census.share}

    def _require_possible(self) -> None:
        if self.plan.size is None:
            return
        masked = self.masked
        available = int(masked.free.sum()) if masked.whole else masked.total - masked.always
        if self.plan.size > available:
            raise ShapeError(f"a size of {self.plan.size:,} is more than the {available:,} weights there are to choose")
        least = int(masked.free[masked.free > 0].min()) if masked.whole else 1
        if self.plan.size < least:
            raise ShapeError(
                f"a size of {self.plan.size:,} weights is less than the smallest {self.plan.grain}, which has {least:,}"
            )


def _identity(model: Model, batches: Batches, target: Target, plan: Search, start: Start | None, seed: int) -> str:
    """What a folder must agree with to be gone on with: everything but the tokens of later steps."""
    about: dict[str, Any] = {field.name: getattr(plan, field.name) for field in fields(plan)}
    about["keep"] = None if plan.keep is None else plan.keep.digest
    first = _digest([batches(0)])
    return json.dumps(
        {"method": METHOD, "search": about, "target": target.identity, "model": fingerprint(model),
         "batch": first, "start": None if start is None else _digest(start), "seed": seed}
    )  # fmt: skip


def _digest(tensors: Iterable[Tensor]) -> str:
    digest = sha256()
    for tensor in tensors:
        digest.update(f"{list(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
