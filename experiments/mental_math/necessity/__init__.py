"""What can the answer not do without? Blocks and heads are knocked out, one and more, and the rest is looked at."""

from experiments.mental_math.necessity.findings import FINDINGS
from experiments.mental_math.necessity.panels import panels
from experiments.mental_math.necessity.pipeline import run
from experiments.mental_math.necessity.settings import PAPER, TINY, Settings
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="mental_math",
    name="necessity",
    question="Which blocks and which heads must bring information to the last token, and from where?",
    presets={"tiny": TINY, "small": Settings(), "paper": PAPER},
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "fit conditional means on some prompts; find wait and transfer on others; report on a third part",
        "in the whole model, cut the last token off from the others in one block, and in more and more",
        "in the subgraph, take transfer heads away one by one, ranked anew at every step; the same in random orders",
        "look at what the heads that are left attend to",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
