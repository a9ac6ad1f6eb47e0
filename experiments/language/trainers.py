"""The language models of the zoo, and how each is made."""

from pathlib import Path

from experiments.language.model import Shape
from experiments.language.settings import TrainSettings
from experiments.language.train import run
from experiments.registry import Trainer
from experiments.remaking import remade_by


def start(settings: TrainSettings, out: Path, device: str) -> Path:
    """Train, or go on training, as the command line does; the folder of the finished model."""
    run(settings, out, device, command=command(settings))
    return out / "model"


def command(settings: TrainSettings) -> str:
    """The command that makes the model of these settings again."""
    return remade_by(TRAINERS, "docs-small", settings)


_SMALL = TrainSettings()
_SHALLOW = TrainSettings(shape=Shape(depth=1))
_TINY = TrainSettings(
    shape=Shape(vocabulary=512, context=32, depth=2, width=32, heads=2),
    documents=60,
    validation=0.1,
    steps=128,
    batch=8,
    warmup=16,
    checkpoints=12,
    log_every=16,
    checkpoint_every=64,
)
_SUMMARIES = {
    "docs-small": (
        _SMALL,
        "4 blocks, width 128, 4,096 tokens, on the documentation of the installed libraries; an hour on two cores.",
    ),
    "docs-shallow": (
        _SHALLOW,
        "docs-small with 1 block instead of 4, trained on the same windows: what depth brings; half an hour.",
    ),
    "docs-tiny": (_TINY, "2 blocks, width 32, 512 tokens, on 60 modules, to see that all works; seconds."),
}

TRAINERS = {
    name: Trainer(name, settings, "language", start, summary) for name, (settings, summary) in _SUMMARIES.items()
}
