"""Is there a sparse set of weights that predicts the next token from the current one alone, and where does it lie?"""

from experiments.bigrams.search.findings import FINDINGS
from experiments.bigrams.search.panels import panels
from experiments.bigrams.search.pipeline import run
from experiments.bigrams.search.settings import Settings
from experiments.bigrams.settings import PAPER, TINY
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="bigrams",
    name="search",
    question="Does a sparse part of the weights predict the next token from the current one alone, and where is it?",
    presets={
        "tiny": Settings(**TINY, exact=(0.02,)),
        "small": Settings(),
        "paper": Settings(
            **PAPER, ladder=("EleutherAI/pythia-70m", "EleutherAI/pythia-410m", "EleutherAI/pythia-1b"),
        ),
    },
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "tokenise the text, divided by document, and count its bigrams",
        "search for masks: one for each lambda, several of the exact size of the core, some of other exact sizes; "
        "they are kept beside the run folders for the other experiments",
        "correlate their surprisals on held-out documents with those of the bigrams, beside the full model, the empty "
        "mask, random masks matched in count and in magnitude, and the largest weights",
        "count where their weights lie",
    ),
)  # fmt: skip

__all__ = ["EXPERIMENT", "Settings"]
