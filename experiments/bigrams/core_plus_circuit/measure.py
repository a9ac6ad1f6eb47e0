"""Circuits that copy, added to bigram subnetworks: what they bring where text repeats itself, and cost elsewhere."""

import warnings
from typing import Any

from jaxtyping import Bool, Float64
from torch import Tensor

from experiments.bigrams.core_plus_circuit.additions import largest_beside, random_beside
from experiments.bigrams.core_plus_circuit.repeats import Repeats, guesses
from experiments.bigrams.core_plus_circuit.settings import Settings
from experiments.bigrams.finding import found
from experiments.bigrams.lists import Lists
from experiments.bigrams.places import placed
from experiments.bigrams.scoring import model_surprisals
from experiments.bigrams.subject import Subject
from interp.correlation import correlation
from interp.errors import InterpError, ShapeError
from interp.records import Run
from interp.subnetworks.mask import Mask
from interp.subnetworks.targets import Labels

NAME = "next tokens where the text repeats itself"
"""The target, in the identity of a search: with the text, it says all."""
OFFERED = "next tokens where the text may repeat itself"
"""The target that is not selected by its answer."""
BESIDE = ("circuit", "offered", "alone", "without", "random", "largest")
"""What is compared: core and circuit; the same, searched for where copying errs, too; the circuit without its core; as
many weights as core and circuit searched for from nothing; core and as many random weights as the circuit; core and as
many of the largest."""


class Measure:
    """One subject, and where its held-out text repeats itself."""

    def __init__(self, subject: Subject, settings: Settings, this: Run) -> None:
        require(settings)
        self.subject, self.settings, self.this = subject, settings, this
        self.lists, self.repeats = Lists(subject, this), Repeats(guesses(subject.conditional))
        tokens = subject.tokens
        self.right, self.wrong = (where(tokens)[:, :-1].cpu() for where in (self.repeats.right, self.repeats.wrong))
        self.judged = subject.surprisals.isfinite() & ~self.right
        if not (self.right.any() and self.wrong.any()):
            raise InterpError(f"the held-out windows of {settings.corpus} hold no repetitions: take more of them")

    def told(self, mask: Mask | None) -> dict[str, float]:
        """The model under `mask` on the held-out windows: mean nats of the next token, and r with the bigrams.

        - `right`: the loss where copying is right and the bigrams' guess is not; `wrong`: where copying errs;
          `rest`: at all other tokens.
        - `r`: correlation with the bigram surprisals at all tokens but those of `right`.
        """
        found = model_surprisals(self.subject, mask)
        return {
            "size": float(self.subject.total if mask is None else mask.size),
            "right": _mean(found, self.right), "wrong": _mean(found, self.wrong),
            "rest": _mean(found, ~(self.right | self.wrong)),
            "r": correlation(found, self.subject.surprisals, self.judged).r,
        }  # fmt: skip

    def circuit(self, share: float, seed: int, core: Mask | None = None, *, offered: bool = False) -> Mask:
        """The weights that a search adds to `core`, that many and no others; or that and a core's from nothing.

        They are searched for where copying is right, or (`offered`) where it is right or errs.
        """
        size, plan = self.subject.size(share), self.settings
        if core is None:
            size += self.subject.size(plan.core)
        goal = self.lists.plan(size=size, keep=core, attempts=1)
        where, what = (self.repeats.offered, OFFERED) if offered else (self.repeats.right, NAME)
        name = f"{what}, {size:,} weights {'from nothing' if core is None else 'beside the core'}"
        with warnings.catch_warnings():
            # Losses of so few positions jump by themselves: no search is made again or called unstable because of it.
            warnings.filterwarnings("ignore", message=".*search is unstable")
            mask = found(self.subject, name, Labels(where=where, name=what), goal, seed, self.this).mask
        return mask if core is None else mask - core

    def compared(self, core: Mask, share: float, seed: int) -> tuple[Mask, dict[str, dict[str, float]]]:
        """The circuit for one core, and what is told of everything in `BESIDE`."""
        model, generator = self.subject.model, self.subject.rng(f"additions {seed} {share}")
        circuit = self.circuit(share, seed, core)
        masks = {
            "circuit": core | circuit,
            "offered": core | self.circuit(share, seed, core, offered=True),
            "alone": circuit,
            "without": self.circuit(share, seed),
            "random": core | random_beside(model, core, circuit, generator),
            "largest": core | largest_beside(model, core, circuit),
        }
        return circuit, {kind: self.told(masks[kind]) for kind in BESIDE}


def measure(subject: Subject, settings: Settings, this: Run) -> dict[str, Any]:
    """Everything that the report draws and the ledger judges, as JSON; an entry for each seed where there are several.

    The first seed goes through every size, the others through the one that is judged.
    """
    one = Measure(subject, settings, this)
    cores = [core.mask for core in one.lists.core()]
    added: list[dict[str, Any]] = []
    circuits: list[Mask] = []
    for share in settings.added:
        seeds = one.lists.seeds if share == settings.judged else one.lists.seeds[:1]
        compared = [one.compared(core, share, seed) for core, seed in zip(cores, seeds, strict=False)]
        added.append({"share": share, **{kind: [told[kind] for _, told in compared] for kind in BESIDE}})
        if share == settings.judged:
            circuits = [circuit for circuit, _ in compared]
    return {
        "positions": {"right": int(one.right.sum()), "wrong": int(one.wrong.sum()), "all": one.right.numel()},
        "core share": settings.core,
        "judged": settings.judged,
        "full": one.told(None),
        "empty": one.told(Mask.empty(subject.model)),
        "core": [one.told(core) for core in cores],
        "added": added,
        "location": {
            "core": [placed(subject.model, core) for core in cores],
            "circuit": [placed(subject.model, circuit) for circuit in circuits],
        },
    }


def require(settings: Settings) -> None:
    """Raise `ShapeError` unless the judged size is one of those added, and all leave something out."""
    if settings.judged not in settings.added or list(settings.added) != sorted(set(settings.added)):
        raise ShapeError(f"added must ascend and hold judged: {settings.added} and {settings.judged}")
    if settings.added[0] <= 0 or settings.core + settings.added[-1] > 1:
        raise ShapeError(
            f"core and added shares must lie above 0 and below 1 in all: {settings.core}, {settings.added}"
        )


def _mean(found: Float64[Tensor, "sequence place"], where: Bool[Tensor, "sequence place"]) -> float:
    return float(found[where].mean())


__all__ = ["BESIDE", "NAME", "OFFERED", "Measure", "measure", "require"]
