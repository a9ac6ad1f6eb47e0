"""Do a few frequent tokens reach most latents of a dictionary, and more than their being frequent explains?"""

from experiments.function_tokens.graph.findings import FINDINGS
from experiments.function_tokens.graph.panels import panels
from experiments.function_tokens.graph.pipeline import run
from experiments.function_tokens.graph.settings import PAPER, TINY, Settings
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="function_tokens",
    name="graph",
    question="Do a few frequent tokens reach most latents of a dictionary, and more than being frequent explains?",
    presets={"tiny": TINY, "small": Settings(), "paper": PAPER},
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "count the tokens of the training text: how few cover 40 %, Zipf's law, in how many documents they are",
        "train a dictionary at every depth, of the model and of one with random weights, and dictionaries of other "
        "widths and sparsities at the middle depth; they are kept beside the run folders",
        "on other documents, the graph of tokens and latents: degrees, and coverage by function tokens in order of "
        "frequency, greedy and at random",
        "hold coverage against labels shuffled over positions, within documents and within bands of positions, and "
        "against content tokens: as many, as frequent, of as much text",
        "latents at equal numbers of occurrences, by class of token",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
