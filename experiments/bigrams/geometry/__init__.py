"""Does the first block turn the residual stream to the next token, and does the bigram subnetwork turn it alone?"""

from experiments.bigrams.geometry.findings import FINDINGS
from experiments.bigrams.geometry.panels import panels
from experiments.bigrams.geometry.pipeline import run
from experiments.bigrams.geometry.settings import PAPER, TINY, Settings
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="bigrams",
    name="geometry",
    question="Does the first block turn the residual stream towards the next token, and is that the bigram subnetwork?",
    presets={"tiny": TINY, "small": Settings(), "paper": PAPER},
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "count the bigrams of the text and search for the bigram subnetworks, or find them where they were kept",
        "sum up the residual stream at every depth on held-out text: in the full model, in these subnetworks, in "
        "random ones with as many weights in each matrix, without any weights, and in untrained models",
        "ridge maps from each depth to the token embeddings and to the last depth: how far they turn",
        "how alike the covariances of two depths are without their strongest direction",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
