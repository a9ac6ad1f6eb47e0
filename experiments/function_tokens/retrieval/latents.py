"""The dictionary whose latents are followed, and what they do on the held-out text."""

from typing import Any, NamedTuple

from experiments.function_tokens.dictionaries import Wanted, released, trained
from experiments.function_tokens.retrieval.settings import Settings
from experiments.function_tokens.subject import Subject
from interp.dictionaries.architectures import TopK
from interp.errors import InterpError
from interp.models.sites import Site, resid
from interp.records import Run
from interp.token_graph.events import events
from interp.token_graph.gathering import gathered
from interp.token_graph.occurrences import Occurrences


class Latents(NamedTuple):
    """A dictionary on a text."""

    subject: Subject
    """The model, which may be an untrained one."""
    site: Site
    """What the dictionary reads."""
    dictionary: Any
    """A SAELens dictionary."""
    occurrences: Occurrences
    """Where each of its latents is active in the held-out text."""


def latents(subject: Subject, settings: Settings, this: Run) -> Latents:
    """Train the dictionary, or find it where it was kept, or load it; and read the held-out text with it.

    Raises `InterpError` for a depth that the model does not have.
    """
    site, dictionary = _dictionary(subject, settings, this)
    this.say(f"the latents of {subject.model.name} at {site} on the held-out text")
    found = events(
        subject.model, dictionary, site, subject.held_out, batch=settings.batch_windows, trust=bool(settings.release)
    )  # fmt: skip
    text = gathered(subject.held_out, found, vocabulary=subject.vocabulary, width=len(dictionary.W_dec))
    return Latents(subject, site, dictionary, text)


def _dictionary(subject: Subject, settings: Settings, this: Run) -> tuple[Site, Any]:
    if settings.release:
        return released(settings, settings.loaded[len(settings.loaded) // 2], this)
    blocks = subject.model.depth
    depth = max(1, blocks // 2) if settings.depth is None else settings.depth
    if not 0 <= depth <= blocks:
        raise InterpError(f"{subject.model.name} has depths 0 to {blocks}, not {depth}")
    wanted = {"followed": Wanted(resid(depth), TopK(settings.width, k=settings.k))}
    found = trained(
        subject, subject.model, wanted, rows=settings.rows, batch=settings.batch, seed=this.seed, this=this
    )  # fmt: skip
    return resid(depth), found["followed"]


__all__ = ["Latents", "latents"]
