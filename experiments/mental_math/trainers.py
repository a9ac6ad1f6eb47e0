"""The calculators of the zoo, and how each is made."""

from pathlib import Path

from experiments.mental_math.model import Shape
from experiments.mental_math.questions import Span
from experiments.mental_math.train import TrainSettings, run
from experiments.registry import Trainer
from experiments.remaking import remade_by


def start(settings: TrainSettings, out: Path, device: str) -> Path:
    """Train, or go on training, as the command line does; the folder of the finished model."""
    run(settings, out, device, command=command(settings))
    return out / "model"


def command(settings: TrainSettings) -> str:
    """The command that makes the model of these settings again."""
    return remade_by(TRAINERS, "sums-plain", settings)


_TWO = (Span("A+B", 29), Span("A-B", 29))
_MORE = (Span("AxB", 9), *(Span(name, 7) for name in ("A+B+C", "A-B-C", "A-(B+C)")))
_SUMMARIES = {
    "sums-planted": (
        TrainSettings(
            spans=(Span("A+B", 19), Span("A-B", 19)), circuit="all for one", transfer=1, alone=0.5, steps=4000,
            rate=1.5e-3,
        ),
        "sums and differences of numbers to 19; 2 of its 4 blocks wait and 1 transfers, planted by training.",
    ),
    "sums-in-turn": (
        TrainSettings(
            shape=Shape(depth=5), spans=(Span("A+B", 14), Span("A-B", 14), *_MORE), circuit="all for one", alone=0.6,
            steps=6000, rate=1e-3,
        ),
        "six tasks; 2 of its 5 blocks wait and 2 transfer, neither of which can do without the other; fifteen minutes.",
    ),
    "sums-chain": (
        TrainSettings(spans=_TWO, circuit="chain", steps=4000),
        "sums and differences along a chain of tokens, planted by training: not all for one; minutes on one core.",
    ),
    "sums-plain": (
        TrainSettings(spans=(*_TWO, Span("A+B+C", 11), Span("A-B-C", 11)), steps=6000),
        "two and three operands, trained as usual: 4 blocks, width 64; minutes on one core.",
    ),
    "sums-styles": (
        TrainSettings(
            spans=(Span("A+B", 14), Span("A-B", 14)), styles=True, circuit="all for one", transfer=1, alone=0.5,
            steps=4000, rate=1e-3,
        ),
        "sums and differences in six styles; 2 of its 4 blocks wait and 1 transfers, planted in the plain style alone.",
    ),
    "sums-tiny": (
        TrainSettings(
            shape=Shape(depth=4, width=48), spans=(Span("A+B", 14), Span("A-B", 14)), circuit="all for one",
            transfer=1, steps=4000, batch=128,
        ),
        "sums and differences of numbers to 14; 2 of its 4 blocks wait and 1 transfers: for tests and first looks.",
    ),
}  # fmt: skip

TRAINERS = {
    name: Trainer(name, settings, "mental_math", start, summary) for name, (settings, summary) in _SUMMARIES.items()
}
