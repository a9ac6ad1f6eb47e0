"""Does a latent of a topic, added at one token of a prompt, change what the model goes on to write about?"""

from experiments.function_tokens.steering.findings import FINDINGS
from experiments.function_tokens.steering.panels import panels
from experiments.function_tokens.steering.pipeline import run
from experiments.function_tokens.steering.settings import PAPER, TINY, Settings
from experiments.registry import Experiment
from experiments.samples import pages

EXPERIMENT = Experiment(
    paper="function_tokens",
    name="steering",
    question="Does a latent of a topic, added at one token of a prompt, change what the model goes on to write about, "
    "and does it matter whether that is a function token or the last one?",
    presets={"tiny": TINY, "small": Settings(), "paper": PAPER},
    run=run,
    findings=FINDINGS,
    report=panels,
    pages=pages,
    steps=(
        "for each topic (the modules of a package): a scorer from the unigrams of its training documents against those "
        "of the other topics, a threshold from half of the held-out documents, its errors on the other half; and the "
        "prompt that is most of the topic",
        "add that prompt's last activation to the last token of 20 prompts of other topics, at every depth, and take "
        "the depth with the highest success; a dictionary of that depth, trained or found where it was kept",
        "rank the latents of the activation, and search for the smallest number of them that brings the topic: the "
        "last of these is the topic's latent; the strength that works best with it",
        "continuations of other prompts, of held-out documents: success against strength, beside random latents of "
        "equal length that fire about as often, and the whole activation; by topic, judged where there is a latent",
        "the same at function and at content tokens, at the end of a prompt and at distances before it",
        "with latents named by --numbers: whether they bring Chinese, Russia and the UK into answers, at a strength "
        "chosen on other questions",
    ),
)  # fmt: skip

__all__ = ["EXPERIMENT", "Settings"]
