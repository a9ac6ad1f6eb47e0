"""What does a model lose without its bigram subnetwork, and what does it write then?"""

from experiments.bigrams.necessity.findings import FINDINGS
from experiments.bigrams.necessity.panels import panels
from experiments.bigrams.necessity.pipeline import run
from experiments.bigrams.necessity.settings import PAPER, TINY, Settings
from experiments.registry import Experiment
from experiments.samples import pages

EXPERIMENT = Experiment(
    paper="bigrams",
    name="necessity",
    question="What does a model lose without its bigram subnetwork, beside other weights as many and as large?",
    presets={"tiny": TINY, "small": Settings(), "paper": PAPER},
    run=run,
    findings=FINDINGS,
    report=panels,
    pages=pages,
    steps=(
        "count the bigrams of the text and search for the bigram subnetworks, or find them where they were kept; the "
        "same for the best pruning of that size",
        "next-token loss on held-out text without them and with nothing but them, what is gone being set to 0, to the "
        "mean of its matrix, or drawn from it; the same for random masks matched in count and in magnitude, and for "
        "the largest weights of each matrix",
        "continuations without them at temperature 0.3: how often the commonest token comes",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
