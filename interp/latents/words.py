"""The sentences of a page, the same in a terminal and in HTML."""

from interp.latents.page import Band, Page
from interp.latents.top import QUARTERS


def number(value: float) -> str:
    """Three digits, without an exponent where it can be helped."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def said(page: Page) -> str:
    """Whose latent it is, and where it was read."""
    return f"{page.dictionary} dictionary at {page.site} of {page.model}, read on {page.data}"


def density_words(page: Page) -> str:
    """How often it fires, with the number of rows behind it."""
    if page.dead:
        return f"dead here: silent in all {page.rows:,} rows"
    share = 100 * page.density
    return f"{share:.3g} %, {page.fired:,} of {page.rows:,} rows"


def label_words(page: Page) -> str:
    """The label with its numbers, what was done to measure them, and what the choice alone would find."""
    found = page.label
    if found is None:
        return "none: for every label another latent is the best"
    low, high, groups = found.interval
    value = found.f1 if found.by == "f1" else found.auroc
    other = found.auroc if found.by == "f1" else found.f1
    names = ("F1", "AUROC") if found.by == "f1" else ("AUROC", "F1")
    shuffled = "" if found.shuffled is None else f"; shuffled labels give {_shown(found.shuffled)}"
    return (
        f"{found.name}: {names[0]} {_shown(value)} ({_shown(low)} to {_shown(high)}, n = {groups:,}), "
        f"{names[1]} {_shown(other)}, on {found.reporting:,} rows; chosen on {found.selecting:,} others, where it had "
        f"{_shown(found.selected)}{shuffled}"
    )


def chance_words(page: Page) -> str:
    """What the cosine of the nearest neighbour is to be compared with."""
    if page.chance is None:
        return ""
    low, high = page.chance.low, page.chance.high
    return f"the nearest of {page.latents - 1:,} random directions: {page.chance.mean:.2f} ({low:.2f} to {high:.2f})"


def band_words(band: Band) -> str:
    """Which part of the active rows a band is."""
    named = dict(zip(QUARTERS, ("strongest", "second strongest", "second weakest", "weakest"), strict=True))
    between = f"{100 * band.low:.0f} to {100 * band.high:.0f} % quantile"
    part = f"{named[band.low, band.high]} quarter" if (band.low, band.high) in named else between
    return f"{part} of its active rows"


def _shown(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


__all__ = ["band_words", "chance_words", "density_words", "label_words", "number", "said"]
