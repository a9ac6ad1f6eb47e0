"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.function_tokens.consolidation.converging import converging
from experiments.function_tokens.consolidation.findings import measured
from experiments.function_tokens.consolidation.grouped import Followed, follow, told
from experiments.function_tokens.consolidation.latents import along
from experiments.function_tokens.consolidation.matched import CALLED, JUDGED, QUALITIES, matched
from experiments.function_tokens.consolidation.saturation import SATURATED, fullest
from experiments.function_tokens.consolidation.settings import Settings
from experiments.function_tokens.consolidation.sizes import gain
from experiments.function_tokens.subject import Subject, prepare
from experiments.language.checkpoints import HUB, Series, series
from interp.errors import InterpError
from interp.records import Run
from interp.token_classes import GroupedLosses


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    require(settings)
    first = series(settings.checkpoints, settings.follow)
    chosen = series(settings.checkpoints, settings.at)
    second = second_size(settings, this)
    require_one_end(first, second)
    subject = prepare(settings, this)
    names = [subject.name(token) for token in subject.function.ids.tolist()]
    followed = [follow(subject, one, settings, this) for one in (first, second) if one is not None]
    metrics: dict[str, Any] = {
        **subject.told(),
        "sizes": [_told(subject, one, names) for one in followed],
        "gain": _gains(subject, followed),
        "dictionaries": along(subject, chosen, settings, this),
    }
    metrics["matched"] = {quality: matched(metrics["dictionaries"], quality) for quality in QUALITIES}
    _warn(metrics["matched"][JUDGED], settings.width, this)
    return {**metrics, "findings": measured(metrics)}


def require(settings: Settings) -> None:
    """Raise `InterpError` for sparsities, seeds and rows of no use, before any work."""
    if list(settings.ks) != sorted(set(settings.ks)) or len(settings.ks) < 2:
        raise InterpError(f"quality is matched between 2 sparsities or more, ascending, not {settings.ks}")
    if min(settings.seeds, settings.counted, settings.spliced, settings.gradients, settings.judged) < 1:
        raise InterpError("seeds, counted, spliced, gradients and judged must be 1 or more")


def second_size(settings: Settings, this: Run) -> Series | None:
    """The checkpoints of the other size; None, and a word about it, where there are none."""
    if not settings.second.startswith(HUB) and not Path(settings.second).is_dir():
        this.say(
            f"{settings.second} is not there: one size is measured alone. `interp train docs-shallow` makes the other; "
            "or name its checkpoints with --second."
        )
        return None
    return series(settings.second, settings.follow, trainer="docs-shallow")


def require_one_end(first: Series, second: Series | None) -> None:
    """Raise `InterpError` for two trainings that do not end at the same step: a longer one gains by that alone."""
    if second is not None and first.steps[-1] != second.steps[-1]:
        raise InterpError(
            f"{first.name} is followed to step {first.steps[-1]:,} and {second.name} to step {second.steps[-1]:,}: two "
            "sizes are compared at one step. Let the training that is behind go on, or name steps with --follow."
        )


def _told(subject: Subject, followed: Followed, names: list[str]) -> dict[str, Any]:
    found = told(followed, subject.rng(f"groups of {followed.name}"))
    return {**found, "converging": converging(followed, names, subject.rng(f"steps of {followed.name}"))}


def _gains(subject: Subject, followed: list[Followed]) -> dict[str, Any] | None:
    """Of the larger model over the smaller, for all targets and for those that begin a word."""
    if len(followed) < 2:
        return None
    small, large = sorted(followed, key=lambda one: one.facts["weights"])

    def between(one: GroupedLosses, other: GroupedLosses) -> dict[str, Any] | None:
        if (one.counts.sum(0) == 0).any():
            return None
        return gain(one, other, subject.rng("gain")).to_json()

    return {
        "small": small.name, "large": large.name, "all": between(small.whole[-1], large.whole[-1]),
        "words": between(small.words[-1], large.words[-1]),
    }  # fmt: skip


def _warn(found: Mapping[str, Any], width: int, this: Run) -> None:
    if found["target"] is None:
        this.say(f"{found['why not']}. Latents and slopes are not judged")
    elif (full := fullest(found["checkpoints"], width)) >= SATURATED:
        this.say(
            f"at equal {CALLED[JUDGED]} counts reach {full:.1%} of the width of {width:,}, which holds them back: "
            "growth can be a direction at best"
        )


__all__ = ["require", "require_one_end", "run", "second_size"]
