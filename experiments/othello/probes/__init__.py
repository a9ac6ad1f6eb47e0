"""Is the board in the residual stream? Probes at every depth, with floors, random weights and other controls."""

from experiments.othello.probes.estimate import estimate
from experiments.othello.probes.findings import FINDINGS
from experiments.othello.probes.pipeline import run
from experiments.othello.probes.report import panels
from experiments.othello.probes.settings import Settings
from experiments.othello.subject import HUB
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="othello",
    name="probes",
    question="Can a probe read the board from the residual stream, at which depth, and in whose terms?",
    presets={
        "tiny": Settings(
            model="othello-tiny", dropout_model="", train_games=150, test_games=60, mlp_epochs=2, batch=50
        ),
        "small": Settings(),
        "paper": Settings(
            model=HUB,
            dropout_model="",
            train_games=10_000,
            test_games=2000,
        ),
    },
    run=run,
    findings=FINDINGS,
    report=panels,
    estimate=estimate,
    steps=(
        "play random games to fit and to judge",
        "fit linear and MLP probes of the board at every depth, with their controls: random weights, shuffled labels, "
        "a control task, majorities",
        "the four curves: the board after or before the move, dropout off or on",
        "empty squares before and after the first attention, and whether empty is the opposite of played",
        "discs that the last move turned; heads that look at one player's moves",
        "accuracy by ply and by age; whether the legal moves come before the board",
        "how alike the probes of different depths are",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
