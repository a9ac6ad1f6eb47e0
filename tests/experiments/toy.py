"""A toy experiment and a toy trainer, found by the registry when its lists name this module."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.registry import Experiment, Trainer
from interp.findings import Finding, Measurement, Verdict
from interp.plots import curve, curves
from interp.records import Run
from interp.report import Panel
from interp.stats import bootstrap


@dataclass(frozen=True)
class Coin:
    """A coin."""

    chance: float = 0.9
    """Chance of heads."""


@dataclass(frozen=True)
class ToySettings:
    """Settings of the toy."""

    games: int = 20
    """Number of games."""
    coin: Coin = Coin()
    sides: tuple[int, ...] = (1, 2)
    loud: bool = False
    fail: bool = False


def run(settings: ToySettings, this: Run) -> Mapping[str, Any]:
    """Toss the coin; the control is a fair one."""
    if settings.fail:
        raise KeyboardInterrupt
    generator = np.random.default_rng(this.seed)
    this.say(f"tossing {settings.games} times")
    this.note(data_hash="none")
    moves = np.full(settings.games, 10)
    value, control = (
        bootstrap(generator.binomial(10, chance, settings.games), moves, generator, draws=50)
        for chance in (settings.coin.chance, 0.5)
    )
    return {"share": list(value), "findings": {"toy-heads": {"value": value, "control": control, "extra": {}}}}


def judge(m: Measurement) -> Verdict:
    """Clearly more heads than a fair coin."""
    return Verdict.REPRODUCED if m.value.low > m.control.high else Verdict.NOT_REPRODUCED


def panels(metrics: Mapping[str, Any]) -> list[Panel]:
    """One figure."""
    ax = curves([0], {"share": curve([metrics["share"]])}, controls={"fair coin": 0.5})
    return [Panel("share", ax.figure, "The share of heads.")]


EXPERIMENT = Experiment(
    paper="experiments",
    name="toy",
    question="Is the coin loaded?",
    presets={"tiny": ToySettings(games=3), "small": ToySettings()},
    run=run,
    findings=(
        Finding(
            "toy-heads", "The coin shows heads.", "Nobody 2020", 0.9, "S", "experiments/toy", "a fair coin", judge, "%"
        ),
    ),
    report=panels,
    steps=("toss",),
)


def train(settings: ToySettings, out: Path, device: str) -> Path:
    """Write what it was told."""
    out.mkdir(parents=True)
    (out / "told.txt").write_text(f"{settings.games} {device}")
    return out


TRAINERS = {"toy-model": Trainer("toy-model", ToySettings(), "toy", train, "A toy; no time at all.")}
