"""Is what we read what the model uses? The board is edited inside the model, and the model plays on."""

from experiments.othello.dictionaries.settings import Plan
from experiments.othello.edits import editing_findings
from experiments.othello.edits.pipeline import run
from experiments.othello.edits.report import panels
from experiments.othello.edits.settings import Settings
from experiments.othello.edits.transpositions import findings as transposition_findings
from experiments.othello.subject import HUB
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="othello",
    name="edits",
    question="If the board inside the model is changed, does the model play by the changed board?",
    presets={
        "tiny": Settings(
            model="othello-tiny", plan=Plan(games=300, rows=2048, batch=256, width=64, k=8), pool=3000, choose=16,
            report=24, last_ply=16, scales=(1.0, 2.0), steps=3, probe_games=60, batch=40,
        ),
        "small": Settings(),
        "paper": Settings(
            model=HUB, plan=Plan(games=400_000, rows=20_000_000, batch=4096, width=4096, k=64), pool=200_000,
            choose=500, report=1000, probe_games=10_000,
        ),
    },
    run=run,
    findings=(*editing_findings.FINDINGS, *transposition_findings.FINDINGS),
    report=panels,
    inputs=("given",),
    steps=(
        "play random games, and find cases in them: a disc changes its owner or is erased; boards that another game "
        "reaches and boards that none can reach",
        "train a dictionary at every depth, or load those that `othello/dictionaries` trained; fit probes",
        "choose depths and scales on some cases and report on others: by probe, by latent, by resampling, beside a "
        "random direction and another square of the same length",
        "one depth or several, roll-outs, the cases of a given file",
        "transpositions: how far predictions differ when the same board was reached another way",
    ),
)  # fmt: skip

__all__ = ["EXPERIMENT", "Settings"]
