"""When in training does the bigram subnetwork appear, and how much of it is in the embeddings alone?"""

from experiments.bigrams.development.findings import FINDINGS
from experiments.bigrams.development.models import HUB
from experiments.bigrams.development.panels import panels
from experiments.bigrams.development.pipeline import run
from experiments.bigrams.development.settings import Settings
from experiments.bigrams.settings import PAPER, TINY
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="bigrams",
    name="development",
    question="When in training do bigram subnetworks appear, and how much of them is in the embeddings alone?",
    presets={
        "tiny": Settings(**TINY, at=(0, 6144), fit=16),
        "small": Settings(steps=300),  # 24 searches: shorter ones than for the core, and equally long along training
        "paper": Settings(**PAPER, checkpoints=HUB, at=(0, 128, 512, 1000, 4000, 143_000), fit=1000),
    },
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "tokenise the text, divided by document, and count its bigrams",
        "for each checkpoint: masks with one and the same number of weights, their correlation with the bigrams and "
        "their place, beside the full model and no weights",
        "masks without penalty in the trained model, in random blocks between its embeddings, and in random weights; "
        "a linear map in place of the blocks",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
