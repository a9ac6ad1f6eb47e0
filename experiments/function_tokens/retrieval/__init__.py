"""Do function tokens bring back latents of earlier words, and do later tokens need what they carry?"""

from experiments.function_tokens.retrieval.findings import FINDINGS
from experiments.function_tokens.retrieval.panels import panels
from experiments.function_tokens.retrieval.pipeline import run
from experiments.function_tokens.retrieval.settings import PAPER, TINY, Settings
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="function_tokens",
    name="retrieval",
    question="Do function tokens bring back latents of earlier words, and do later tokens need what they carry?",
    presets={"tiny": TINY, "small": Settings(), "paper": PAPER},
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "train a dictionary at the middle depth, of the model and of one with random weights, or find them where they "
        "were kept",
        "follow each latent from a content token at which it is first active: how often it fires again, by class of "
        "token and distance, beside chance, as a difference and as a ratio",
        "remove the latents of some places one by one: what the next token loses, what they say to the logits "
        "directly, and whether those that came back matter more",
        "put the stream at function tokens to the mean, and at as many content tokens next to them, at every depth: "
        "what later tokens lose",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
