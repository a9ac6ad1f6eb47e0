"""Latents that the report opens: drawn at random among those that fire, so that nobody picks the pretty ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from experiments.language.dictionaries.reading import Reading
from interp.latents.labels import Label
from interp.latents.page import Page
from interp.latents.pages import View, pages
from interp.models.model import Model
from interp.models.sites import Site
from interp.store.harvest import harvest

VIEW = View(top=6, each=2, before=10, after=5, neighbours=5, outputs=6)


def opened(
    count: int,
    dictionary: Any,
    model: Model,
    where: Site,
    text: Reading,
    labels: Mapping[int, Label],
    fired: Sequence[int],
    rng: np.random.Generator,
    work: Path,
) -> list[dict[str, Any]]:
    """Pages of `count` latents on the fresh text, as plain JSON, in the order of their numbers."""
    live = np.flatnonzero(np.asarray(fired))
    chosen = sorted(rng.choice(live, min(count, len(live)), replace=False).tolist())
    store = harvest(model, text.fresh, where, work / "fresh", dtype=torch.float32, quiet=True)
    found = pages(
        chosen, dictionary, store, where, text.fresh,
        decode=text.corpus, labels=labels, model=model, view=VIEW, quiet=True,
    )  # fmt: skip
    return [page.to_json() for page in found]


def reopened(metrics: Mapping[str, Any]) -> list[Page]:
    """The pages of a record."""
    return [Page.from_json(content) for content in metrics["pages"]]


__all__ = ["opened", "reopened"]
