"""What the paper claims of steering, with criteria committed before any record."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.function_tokens.criteria import PAPER, above_control
from experiments.function_tokens.steering.trying import CLASSES, PLAIN
from experiments.judging import at_paper_scale, entry
from interp.findings import Finding, Measurement, Verdict

_PATH = "function_tokens/steering"
MOST = 0.5
"""A latent changes the topic when most continuations have it."""
FOUND = "share of topics with a latent"


def _changes_the_topic(m: Measurement) -> Verdict:
    """More often than random latents of equal length and density and than no steering; reproduced when mostly."""
    if m.value.low <= max(m.control.high, m.extra[PLAIN]):
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= MOST else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="function-16",
        claim="Adding one latent of a topic at the last function token of a prompt changes what the model goes on to "
        "write about (share of continuations of held-out prompts that have the topic)",
        source=f"{PAPER}, section 3.2, figures 7 and 11: examples, no rates",
        paper_value="all examples that are shown",
        scale="S?",
        measured_by=_PATH,
        control="random latents of equal length that fire about as often",
        criterion=_changes_the_topic,
        unit="%",
    ),
    Finding(
        id="function-17",
        claim="Latents 15261, 9591 and 13751 of layer 26 of Gemma-2-9B-it bring Chinese, Russia and the UK into "
        "answers (share of answers, at the strength that does it best)",
        source=f"{PAPER}, section 3.2, figures 7 and 11: examples, no rates",
        paper_value="all examples that are shown",
        scale="F",
        measured_by=_PATH,
        control="random latents of equal length that fire about as often, at the strength that does it best for them",
        criterion=at_paper_scale(above_control),
        unit="%",
    ),
)  # fmt: skip


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what was measured; intervals are over documents.

    Where the named latents are not at hand, what the latents found here do stands in: it is not judged.
    """
    told, places = metrics["strength"], metrics["places"]
    chosen, topics = told["chosen"], metrics["topics"]
    last = places["distances"].index(min(places["distances"]))
    further = {
        f"{kind}, at the end{'' if name == 'latent' else f', {name}'}": places["classes"][kind][name][last][0]
        for kind in CLASSES
        for name in ("latent", "random")
    } | {f"{kind}, furthest": places["classes"][kind]["latent"][-1][0] for kind in CLASSES}
    value, control = (chosen[kind]["success"] for kind in ("latent", "random"))
    own = entry(
        value, control,
        **{
            PLAIN: told[PLAIN]["success"][0], "activation": chosen["activation"]["success"][0],
            "repeated": chosen["latent"]["repeated"], "repeated, random": chosen["random"]["repeated"],
            FOUND: sum(one["k"] is not None for one in topics) / len(topics), **further,
        },
    )  # fmt: skip
    return {"function-16": own, "function-17": _named(metrics["named"]) or entry(value, control)}


def _named(named: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The mean over the three latents; each at its best strength, and so are the random ones."""
    if named is None:
        return None
    cases = named["cases"]
    best = {name: {kind: _best(one[kind]) for kind in one} for name, one in cases.items()}
    single = [name for name in cases if " and " not in name]
    pooled = [
        [sum(best[name][kind][place] for name in single) / len(single) for place in range(3)]
        for kind in ("latent", "random")
    ]
    questions = int(best[single[0]]["latent"][3])
    extra = {name: one["latent"][0] for name, one in best.items()}
    return entry([*pooled[0], questions], [*pooled[1], questions], **extra)


def _best(intervals: Sequence[Sequence[float | int]]) -> Sequence[float | int]:
    return max(intervals, key=lambda interval: interval[0])


__all__ = ["FINDINGS", "FOUND", "MOST", "measured"]
