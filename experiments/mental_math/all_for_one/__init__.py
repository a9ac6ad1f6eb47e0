"""How long can tokens wait for each other, and how little must the last one see of them, for the answer to be right?"""

from experiments.mental_math.all_for_one.estimate import estimate
from experiments.mental_math.all_for_one.findings import FINDINGS
from experiments.mental_math.all_for_one.pipeline import run
from experiments.mental_math.all_for_one.report import panels
from experiments.mental_math.all_for_one.settings import Settings
from experiments.mental_math.sampling import DEMO
from experiments.mental_math.subject import Plan
from experiments.registry import Experiment

EXPERIMENT = Experiment(
    paper="mental_math",
    name="all_for_one",
    question="Can all tokens but the last do without each other, and the last one with a glance at them?",
    presets={
        "tiny": Settings(model="sums-tiny", lead="A+B", others=(), plan=Plan(fit=225, choose=60, report=100, floor=4)),
        "small": Settings(),
        "paper": Settings(
            model="meta-llama/Meta-Llama-3-8B",
            tasks=("A+B+C", "A-B-C", "A+B", "A-B", "A+B-C", "A-B+C", "AxB", "A-(B+C)"),
            others=("EleutherAI/pythia-6.9b", "EleutherAI/gpt-j-6b"),
            family="meta-llama/Llama-3.1-8B",
            plan=Plan(sampling=DEMO, fit=10_000, choose=500, report=1000, floor=20, batch=64),
        ),
    },
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "for each model and task: draw prompts, take conditional means at every depth, ask the full model",
        "the wait curve: a mean in place of the first blocks, all others as usual; conditional and plain",
        "every setting of the subgraph; each sweep is kept, so that a run that was stopped goes on",
        "choose a setting on some prompts (wait first, then transfer), report it on others beside its baselines",
        "give the setting of one task to all others, and to another model of the family",
    ),
    estimate=estimate,
)

__all__ = ["EXPERIMENT", "Settings"]
