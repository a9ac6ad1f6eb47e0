"""What the paper claims of training, with criteria committed before the records they judge."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.function_tokens.consolidation.grouped import GRADIENT, HARDEST, RIVAL, called
from experiments.function_tokens.consolidation.grown import counts, slopes
from experiments.function_tokens.criteria import PAPER
from experiments.judging import entry
from interp.findings import Finding, Measurement, Verdict

_PATH = "function_tokens/consolidation"
EARLY = 0.02
"""The share of the training in which the paper's three function tokens converge: 3,000 of about 149,500 steps."""
SHOWN = 3
"""As many function tokens as the paper shows: here the most frequent ones."""


def _first(m: Measurement) -> Verdict:
    """Function tokens get there before content tokens; reproduced when the most frequent are as early as published."""
    if m.value.high >= m.control.low:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra["slowest of three, share of training"] <= EARLY else Verdict.DIRECTION


def _hardest(m: Measurement) -> Verdict:
    """The hardest group of the four at the end; reproduced when that does not hang on continuations of words."""
    if m.value.low <= 0 or m.extra["hardest at the end"] < 1:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.control.low > 0 else Verdict.DIRECTION


def _dominates(m: Measurement) -> Verdict:
    """The largest part of the loss, more than its part of the predictions, and the largest part of the gradient.

    Of the gradient both by the length of the groups' gradients and by what of the whole lies along them.
    """
    most = m.value.low > max(m.control.high, m.extra["largest other share of the loss"])
    gradient = all(m.extra[f"{kind}, share"] > m.extra[f"{kind}, largest other share"] for kind in GRADIENT.values())
    return Verdict.DIRECTION if most and gradient else Verdict.NOT_REPRODUCED


def _content(m: Measurement) -> Verdict:
    """Content gains more nats; reproduced when more than if all losses had fallen by the same share."""
    if m.value.low <= 0:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra["excess, low"] > 0 else Verdict.DIRECTION


def _grow(m: Measurement) -> Verdict:
    """More latents at the end than early on, at equal cross-entropy recovered.

    Reproduced when also more than in the untrained model, if that reaches the quality, and when every sparsity whose
    counts the width leaves free shows growth, one at least: else only the number of active latents may have grown.
    Never reproduced where the width holds back a count that is compared (`SATURATED`, at 1 or at 10 firings): then it
    is a direction, since the ratio can only be too small; and not reproduced where the count early on is held back.
    """
    if m.value.low <= 1 or m.extra["first trained one saturates"] > 0:
        return Verdict.NOT_REPRODUCED
    above = m.value.low > m.control.high and m.extra["untrained reaches that quality"] == 1
    free = m.extra["counts saturate"] == 0 and m.extra["at one free sparsity, lowest"] > 1
    return Verdict.REPRODUCED if above and free else Verdict.DIRECTION


def _steeper(m: Measurement) -> Verdict:
    """Degrees fall more steeply at the end, by more than densities of latents and occurrences alone explain.

    At best a direction: the paper gives no number. Counts that the width holds back flatten degrees, and those of the
    null even more, so that a difference to it shows little: then every sparsity with free counts must show the same,
    one at least. Without that it is not reproduced, and `counts saturate` tells that the width may be the reason.
    """
    steeper = m.value.low > max(0.0, m.control.high) and m.extra["first trained one saturates"] == 0
    free = m.extra["counts saturate"] == 0 or m.extra["excess at one free sparsity, lowest"] > 0
    return Verdict.DIRECTION if steeper and free else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="function-9",
        claim="Function tokens are learned first (step from which their loss has done 90 % of its way)",
        source=f"{PAPER}, section 4.3, figure 9c: the, of and comma within 3,000 of about 149,500 steps",
        paper_value="within 3,000 steps, 2 % of the training",
        scale="S",
        measured_by=_PATH,
        control="the same of content tokens that come next",
        criterion=_first,
    ),
    Finding(
        id="function-10",
        claim="A content token after a function token is the hardest to predict (nats above content after content)",
        source=f"{PAPER}, section 4.3, figure 9: 4.88 and 3.69 with 2 layers, 4.27 and 3.08 with 32",
        paper_value=1.19,
        scale="S",
        measured_by=_PATH,
        control="the same of tokens that begin a word",
        criterion=_hardest,
        unit="nats",
    ),
    Finding(
        id="function-11",
        claim="Content after function dominates the optimisation (share of the loss at the end)",
        source=f"{PAPER}, section 4.3: from mean losses, without shares",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="its share of the predictions",
        criterion=_dominates,
        unit="%",
    ),
    Finding(
        id="function-12",
        claim="A deeper model is better at content tokens above all (gain for content less that for function, nats)",
        source=f"{PAPER}, section 4.3: content -.61 and -.61, function -.25 and -.26 from 2 to 32 layers",
        paper_value=0.355,
        scale="S",
        measured_by=_PATH,
        control="what it would be if every loss fell by the same share",
        criterion=_content,
        unit="nats",
    ),
    Finding(
        id="function-13",
        claim="Latents that fire grow in number with training (last checkpoint by first, equal loss recovered)",
        source=f"{PAPER}, section 4.2, figure 8a: 1,942 to 64,042 of 65,536, as a review of it reads the figure",
        paper_value=33.0,
        scale="S",
        measured_by=_PATH,
        control="the untrained checkpoint by the first trained one, at the variance that this explains there",
        criterion=_grow,
    ),
    Finding(
        id="function-14",
        claim="Degrees of tokens fall more steeply with rank as training goes on (change at equal loss recovered)",
        source=f"{PAPER}, section 4.2, figure 8b: without numbers",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control="the same change for latents as dense that fire whatever the token",
        criterion=_steeper,
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim; those that could not be judged are left out.

    function-12 needs a second size; function-13 and function-14 checkpoints that share a quality between the sparsities
    that were trained; function-14 tokens enough of different degree as well.
    """
    first = metrics["sizes"][0]
    found = {
        "function-9": _learned(first),
        "function-10": _group(first),
        "function-11": _share(first),
        "function-12": _gain(metrics["gain"]),
        "function-13": counts(metrics),
        "function-14": slopes(metrics),
    }
    return {name: one for name, one in found.items() if one is not None}


def _learned(size: Mapping[str, Any]) -> dict[str, Any]:
    found, last = size["converging"], size["steps"][-1]
    function = [one["step"] for one in found["tokens"]] or [last]
    rivals = found["next in frequency"] or [last]
    extra = entry(
        found["classes"]["function"], found["classes"]["content"], median_of_function_tokens=float(np.median(function)),
        median_of_the_next_in_frequency=float(np.median(rivals)), last_step=last,
    )  # fmt: skip
    extra["extra"]["slowest of three, share of training"] = max(function[:SHOWN]) / last
    return extra


def _group(size: Mapping[str, Any]) -> dict[str, Any] | None:
    found = size["converging"]
    if not found["differences"] or not found["differences of words"]:
        return None
    hardest = [one == called(*HARDEST) for one in found["hardest"]]
    return entry(
        found["differences"][-1], found["differences of words"][-1],
        mean=size["groups"][called(*HARDEST)]["mean"][-1][0],
        mean_after_content=size["groups"][called(*RIVAL)]["mean"][-1][0],
        hardest_at_the_end=float(hardest[-1]), share_of_checkpoints_where_hardest=float(np.mean(hardest[1:])),
        step_of_the_last_flip=found["flips"][-1]["step"] if found["flips"] else 0.0,
    )  # fmt: skip


def _share(size: Mapping[str, Any]) -> dict[str, Any] | None:
    name = called(*HARDEST)
    if name not in size["groups"]:
        return None
    groups = size["groups"]
    told = entry(
        groups[name]["loss share"][-1], groups[name]["token share"],
        largest_other_share_of_the_loss=max(one["loss share"][-1][0] for group, one in groups.items() if group != name),
        mean_share_of_the_loss_along_training=float(np.mean([one[0] for one in groups[name]["loss share"]])),
    )  # fmt: skip
    for key, kind in GRADIENT.items():
        shares = {group: one[key][-1][0] for group, one in size["gradients"].items()}
        told["extra"][f"{kind}, share"] = shares.pop(name)
        told["extra"][f"{kind}, largest other share"] = max(shares.values())
    return told


def _gain(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if found is None or found["all"] is None:
        return None
    every, words = found["all"], found["words"]
    told = entry(
        every["content_over_function"], every["evenly"], excess=every["excess"][0],
        of_tokens_that_begin_a_word=words["content_over_function"][0] if words else 0.0,
    )  # fmt: skip
    told["extra"]["excess, low"] = every["excess"][1]
    return told


__all__ = ["EARLY", "FINDINGS", "SHOWN", "measured"]
