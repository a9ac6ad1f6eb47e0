"""Sparse dictionaries of a language model at every depth: what they rebuild, keep, and stand for."""

from experiments.language.dictionaries.opening import reopened
from experiments.language.dictionaries.pipeline import run
from experiments.language.dictionaries.report import panels
from experiments.language.dictionaries.settings import Settings
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="language",
    name="dictionaries",
    question="What do sparse dictionaries make of a small language model, depth by depth?",
    presets={
        "tiny": Settings(documents=120, sequences=128, held_out=24, width=256, rows=65_536, batch=512, pages=2),
        "small": Settings(),
        "paper": Settings(context=128, sequences=20_000, held_out=1000, width=4096, rows=20_000_000, batch=4096),
    },
    run=run,
    findings=(),
    report=panels,
    pages=reopened,
    steps=(
        "tokenise the text, divided by document as it was in the model's training",
        "harvest the residual stream at every depth, and train a dictionary on each, all in one pass; the same for "
        "random weights",
        "judge them on documents that neither they nor the model have seen: reconstruction, sparsity, and the loss "
        "with the reconstruction in place of the stream",
        "match latents with tokens, and two dictionaries that differ in their seed; open some latents",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
