"""What makes a model wait? Twelve small models trained as usual, chosen before any of them was trained."""

from experiments.mental_math.when_models_wait.findings import FINDINGS
from experiments.mental_math.when_models_wait.pipeline import run
from experiments.mental_math.when_models_wait.report import panels
from experiments.mental_math.when_models_wait.settings import Candidate, Settings
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="mental_math",
    name="when_models_wait",
    question="Does a small model that is trained as usual wait before it works, and what would make it?",
    presets={
        "tiny": Settings(
            models=(Candidate("base, seed 0", steps=300), Candidate("depth 2", depth=2, steps=300)),
            planted=("sums-tiny",), batch=128, two=9, floor=4, choose=60, report=60,
        ),
        "small": Settings(),
    },
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "train the models (once: they are kept beside the run folders), an hour and a half on one core",
        "for each model and task: accuracy, the wait curve, the triangle of all subgraphs, blocks knocked out one by "
        "one",
        "the same for the models that were trained to wait",
        "the share of models that wait, over models",
    ),
)  # fmt: skip

__all__ = ["EXPERIMENT", "Settings"]
