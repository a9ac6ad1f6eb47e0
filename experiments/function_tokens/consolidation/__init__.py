"""What does training do to losses by class of token, and to the latents of its checkpoints?"""

from typing import Any

from experiments.function_tokens.consolidation.findings import FINDINGS
from experiments.function_tokens.consolidation.panels import panels
from experiments.function_tokens.consolidation.pipeline import run
from experiments.function_tokens.consolidation.settings import Settings
from experiments.function_tokens.settings import TINY
from experiments.registry import Experiment

_TINY: dict[str, Any] = {
    **TINY, "held_out": 24, "sequences": 100, "rows": 2048, "batch": 256, "width": 256, "follow": (0, 35, 569, 6144),
    "judged": 24, "step": 4, "gradients": 8, "least": 3, "at": (0, 569, 6144), "ks": (2, 16), "counted": 600,
    "spliced": 8,
}  # fmt: skip
_PAPER: dict[str, Any] = {
    "model": "EleutherAI/pythia-1b", "corpus": "cerebras/SlimPajama-627B", "documents": 300_000, "context": 512,
    "checkpoints": "hub:EleutherAI/pythia-1b", "second": "hub:EleutherAI/pythia-160m",
    "follow": (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 3000, 10_000, 30_000, 50_000, 130_000, 143_000),
    "at": (0, 1000, 3000, 50_000, 130_000), "sequences": 250_000, "width": 65_536, "rows": 100_000_000, "batch": 4096,
    "judged": 2000, "counted": 500_000, "spliced": 256, "step": 1024, "gradients": 3072,
}  # fmt: skip
"""The paper's own checkpoints are not published: models that have some, at its steps and with its width and rows."""

EXPERIMENT = Experiment(
    paper="function_tokens",
    name="consolidation",
    question="What does training do to the losses of function and content tokens, and to the latents of a model?",
    presets={"tiny": Settings(**_TINY), "small": Settings(), "paper": Settings(**_PAPER)},
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "tokenise the text, divided by document, and find its function tokens",
        "for each checkpoint of two sizes: losses and gradients by class of the current and the next token, and of "
        "single function tokens",
        "dictionaries of one width at some checkpoints, of several sparsities and seeds on equal rows; what they keep, "
        "how many latents fire, how the degrees of tokens fall",
        "compare the checkpoints at equal cross-entropy recovered; beside it at equal variance and at each sparsity",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
