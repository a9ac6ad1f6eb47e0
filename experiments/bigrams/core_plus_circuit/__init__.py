"""Can another behaviour be added to the bigram subnetwork by a small circuit? One that copies earlier text."""

from experiments.bigrams.core_plus_circuit.findings import FINDINGS
from experiments.bigrams.core_plus_circuit.panels import panels
from experiments.bigrams.core_plus_circuit.pipeline import run
from experiments.bigrams.core_plus_circuit.settings import PAPER, TINY, Settings
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="bigrams",
    name="core_plus_circuit",
    question="Does a small circuit added to the bigram subnetwork copy earlier text, and leave its bigrams alone?",
    presets={"tiny": TINY, "small": Settings(), "paper": PAPER},
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "count the bigrams of the text and search for the bigram subnetworks, or find them where they were kept",
        "search for circuits of exact sizes beside them: for the next token where the text repeats itself and bigrams "
        "guess another; and where it might have repeated itself",
        "search for subnetworks of the same size without a core; add random weights, and the largest, instead",
        "losses where copying is right and where it errs, correlation with bigrams elsewhere, and where circuits lie",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
