"""What dictionaries see of the board that probes do not, depth by depth, and what of it survives its controls."""

from experiments.othello.dictionaries.pipeline import run
from experiments.othello.dictionaries.report import panels
from experiments.othello.dictionaries.rooms import rooms
from experiments.othello.dictionaries.settings import Plan, Settings
from experiments.othello.subject import HUB
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="othello",
    name="dictionaries",
    question="What do sparse dictionaries see of the board that probes do not, and what of it survives its controls?",
    presets={
        "tiny": Settings(
            model="othello-tiny", plan=Plan(games=300, rows=2048, batch=256, width=64, k=8), probe_games=60, games=40,
            batch=40,
        ),
        "small": Settings(),
        "paper": Settings(
            model=HUB, plan=Plan(games=400_000, rows=20_000_000, batch=4096, width=4096, k=64), probe_games=10_000,
        ),
    },
    run=run,
    findings=tuple(finding for room in rooms().values() for finding in room.findings),
    report=panels,
    steps=(
        "train dictionaries at every depth, two seeds, and of random weights; the kind of Du et al.; widths and kinds "
        "at one depth (once: they are kept beside the run folders)",
        "board-game metrics: how much of the board latents, probes and neurons cover and rebuild",
        "the best latent, probe and neuron of every square on one metric and one split",
        "maps of the squares that latents tell, at three thresholds; average boards; stable discs under three "
        "definitions, beside the ply alone; neurons and probe directions",
        "two dictionary seeds; widths and kinds at matched sparsity",
    ),
)  # fmt: skip

__all__ = ["EXPERIMENT", "Settings"]
