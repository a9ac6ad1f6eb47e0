"""What is special about conditional means and peeking? Each is exchanged for something simpler."""

from experiments.mental_math.alternatives.findings import FINDINGS
from experiments.mental_math.alternatives.panels import panels
from experiments.mental_math.alternatives.pipeline import run
from experiments.mental_math.alternatives.settings import PAPER, TINY, Settings
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="mental_math",
    name="alternatives",
    question="Does the answer survive only conditional means and peeking, or whatever stands in for them?",
    presets={"tiny": TINY, "small": Settings(), "paper": PAPER},
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "fit conditional means on some prompts; find wait and transfer on others; report on a third part",
        "put plain means, zeros, other prompts, the same tokens of other prompts, self-only attention or nothing in "
        "the place of the conditional means, at the wait found and at every other",
        "let more tokens peek, or fewer; hide the first token, and every other",
        "take means over 1, 2, 4 ... contexts",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
