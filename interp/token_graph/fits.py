"""Whether a dictionary belongs to a model and a site, as far as it says so itself."""

import sys
from typing import Any

from interp.dictionaries.dictionary import Dictionary
from interp.errors import ShapeError, UnknownNameError
from interp.models.model import Model
from interp.models.sites import Site
from interp.models.sites import site as named


def require_fits(model: Model, dictionary: Dictionary, site: Site, trust: bool = False) -> None:
    """Raise `ShapeError` for a dictionary that was trained on another model or site, or is still being trained.

    What a dictionary does not say, or says in words that mean nothing here, is not held against it; with `trust`
    neither is another name of the model. Widths are compared when the first activations are there.
    """
    saelens = sys.modules.get("sae_lens")  # who holds one of its modules has imported it
    if saelens is not None and isinstance(dictionary, saelens.TrainingSAE):
        raise ShapeError(
            f"{type(dictionary).__name__} is a training module: save it with save_inference_model(folder) and hand in "
            "interp.dictionaries.load(folder)"
        )
    own = _site(_said(dictionary, "hook_name"))
    if own is not None and own != site:
        raise ShapeError(f"the dictionary was trained at {own}, not at {site}: its latents mean nothing there")
    name = _said(dictionary, "model_name")
    if not trust and name is not None and _base(name) != _base(model.name):
        raise ShapeError(
            f"the dictionary was trained on {name!r}, and this is {model.name!r}: its latents mean nothing there. If "
            "both names stand for one model, or the dictionary is known to serve both, hand in trust=True."
        )


def reads(dictionary: Dictionary) -> int:
    """The width of the rows that a dictionary reads: that of a transcoder is not the one that it writes."""
    width = getattr(getattr(dictionary, "cfg", None), "d_in", None)
    return int(width) if isinstance(width, int) else int(dictionary.W_dec.shape[-1])


def _said(dictionary: Dictionary, fact: str) -> str | None:
    found: Any = getattr(getattr(getattr(dictionary, "cfg", None), "metadata", None), fact, None)
    return found if isinstance(found, str) and found else None


def _site(name: str | None) -> Site | None:
    try:
        return None if name is None else named(name)
    except UnknownNameError:
        return None  # a place that has no name here: nothing can be said about it


def _base(name: str) -> str:
    """The last word of a path or a hub name."""
    return name.rstrip("/").rpartition("/")[2].lower()


__all__ = ["reads", "require_fits"]
