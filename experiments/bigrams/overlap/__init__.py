"""Is the best pruning of a model a bigram model, and does it share its weights with the bigram subnetwork?"""

from experiments.bigrams.overlap.findings import FINDINGS
from experiments.bigrams.overlap.panels import panels
from experiments.bigrams.overlap.pipeline import run
from experiments.bigrams.overlap.settings import PAPER, TINY, Settings
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="bigrams",
    name="overlap",
    question="Does the best pruning of a model turn into bigrams, and does it keep the bigram subnetwork's weights?",
    presets={"tiny": TINY, "small": Settings(), "paper": PAPER},
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "count the bigrams of the text and search for the bigram subnetworks, or find them where they were kept",
        "search for subnetworks that say what the full model says, at exact sizes",
        "correlate their surprisals on held-out text with those of the bigrams and of the full model, beside random "
        "masks of the sparsest size",
        "count the weights that both keep, against four kinds of chance in closed form",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
