"""The models and tasks of one run, prepared one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from experiments.mental_math.questions import Span
from experiments.mental_math.subject import Plan, Subject, prepare
from experiments.mental_math.tasks import task
from interp.models.fingerprint import fingerprint
from interp.models.load import load
from interp.records import Run


def subjects(model: str, contrast: str, spans: Sequence[Span], plan: Plan, this: Run) -> Iterator[Subject]:
    """The model on every task, then the contrast, if there is one, on the first; one model is in memory at a time.

    Raises as `load` and `prepare` do.
    """
    hashes = {}
    for name, asked in [(model, spans), (contrast, spans[:1])]:
        if not name:
            continue
        loaded = load(name, device=this.device, dtype=this.dtype)
        hashes[loaded.name] = fingerprint(loaded)
        this.note(model_hash=hashes)
        for span in asked:
            this.say(f"{name}: {span.task}")
            sampling = replace(plan.sampling, high=span.high)
            yield prepare(loaded, task(span.task), replace(plan, sampling=sampling), this.seed)
        del loaded


def title(told_model: str, told_task: str) -> str:
    """What one subject is called in figures."""
    return f"{told_model.split('/')[-1]}, {told_task}"


__all__ = ["subjects", "title"]
