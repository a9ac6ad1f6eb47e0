"""Does the subgraph of bare sums serve when the same sums are put into words, stories and programs?"""

from experiments.mental_math.sampling import DEMO
from experiments.mental_math.styles.findings import FINDINGS
from experiments.mental_math.styles.pipeline import run
from experiments.mental_math.styles.report import panels
from experiments.mental_math.styles.settings import Settings
from experiments.mental_math.subject import Plan
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="mental_math",
    name="styles",
    question="Does the subgraph that answers bare sums answer the same sums in words, in stories and in programs?",
    presets={
        "tiny": Settings(model="sums-tiny", plan=Plan(fit=225, choose=60, report=100, floor=4)),
        "small": Settings(),
        "paper": Settings(
            model="meta-llama/Meta-Llama-3-8B",
            plan=Plan(sampling=DEMO, fit=7500, choose=500, report=1000, floor=20, batch=64),
        ),
    },
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "for each task and style: draw prompts, take conditional means of that style alone, ask the full model",
        "every setting of the subgraph and the wait curve; each sweep is kept, so that a run that was stopped goes on",
        "choose a setting on the bare sums and give it to all styles, beside its baselines",
        "choose anew in each style, on other prompts than those reported",
    ),
)

__all__ = ["EXPERIMENT", "Settings"]
