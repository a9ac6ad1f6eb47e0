"""The Othello models of the zoo, and how each is made."""

from pathlib import Path

from experiments.othello.model import Shape
from experiments.othello.train import TrainSettings, run
from experiments.registry import Trainer
from experiments.remaking import remade_by


def start(settings: TrainSettings, out: Path, device: str) -> Path:
    """Train, or go on training, as the command line does; the folder of the finished model."""
    run(settings, out, device, command=command(settings))
    return out / "model"


def command(settings: TrainSettings) -> str:
    """The command that makes the model of these settings again."""
    return remade_by(TRAINERS, "othello-small", settings)


_SMALL = TrainSettings()
_TINY = TrainSettings(shape=Shape(size=6, depth=4, width=64), games=256_000)
_DROPOUT = TrainSettings(shape=Shape(dropout=0.2), games=512_000)
_PAPER = TrainSettings(
    shape=Shape(depth=8, width=512, heads=8),
    games=20_000_256,
    batch=512,
    rate=5e-4,
    warmup=1000,
    weight_decay=0.1,
    held_out=1024,
    checkpoint_every=500,
)
_SUMMARIES = {
    "othello-small": (_SMALL, "8x8 board, 6 blocks, width 128, a million random games; an hour or two on two cores."),
    "othello-tiny": (_TINY, "6x6 board, 4 blocks, width 64, for tests and first looks; minutes on two cores."),
    "othello-dropout": (
        _DROPOUT,
        "othello-small trained with the dropout of Du et al. 2025, on half the games: a control for `othello/probes`.",
    ),
    "othello-paper": (_PAPER, "The size of Li et al. 2023: 8 blocks, width 512, 20 million random games; for a GPU."),
}

TRAINERS = {
    name: Trainer(name, settings, "othello", start, summary) for name, (settings, summary) in _SUMMARIES.items()
}
