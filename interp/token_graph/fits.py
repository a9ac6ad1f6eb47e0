"""Whether a dictionary belongs to a model and a site, as far as it says so itself."""

import re
import sys
from pathlib import Path
from typing import Any

from interp.dictionaries.dictionary import Dictionary
from interp.errors import ShapeError, UnknownNameError
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.sites import Site, resid
from interp.models.sites import site as named

FINGERPRINT = "model_fingerprint"
"""The fact beside `model_name` and `hook_name` that says which weights a dictionary was trained on."""
BLOCK = re.compile(r"(?:.+\.)?(?:h|layers)\.(\d+)")
"""A block as Hugging Face names it: transformer.h.3, model.layers.3, gpt_neox.layers.3."""
CACHED = re.compile(r"models--([^/]+)/snapshots/")
"""Where the hub's cache keeps a model, whose folder is called by the hash of a revision."""


def require_fits(model: Model, dictionary: Dictionary, site: Site, trust: bool = False) -> None:
    """Raise `ShapeError` for a dictionary that was trained on another model or site, or is still being trained.

    What a dictionary does not say, or says in words that mean nothing here, is not held against it. Models are told
    apart by the weights where the dictionary has their `fingerprint` (all of them are then read), otherwise by name;
    with `trust` neither is looked at. Widths are compared when the first activations are there.
    """
    saelens = sys.modules.get("sae_lens")  # who holds one of its modules has imported it
    if saelens is not None and isinstance(dictionary, saelens.TrainingSAE):
        raise ShapeError(
            f"{type(dictionary).__name__} is a training module: save it with save_inference_model(folder) and hand in "
            "interp.dictionaries.load(folder)"
        )
    hook = _said(dictionary, "hook_name")
    own = None if hook is None else _site(hook, model)
    if own is not None and own != site:
        place = hook if hook == own.name else f"{hook} ({own})"
        raise ShapeError(f"the dictionary was trained at {place}, not at {site}: its latents mean nothing there")
    if not trust:
        _require_model(model, dictionary)


def reads(dictionary: Dictionary) -> int:
    """The width of the rows that a dictionary reads: that of a transcoder is not the one that it writes."""
    width = getattr(getattr(dictionary, "cfg", None), "d_in", None)
    return int(width) if isinstance(width, int) else int(dictionary.W_dec.shape[-1])


def _require_model(model: Model, dictionary: Dictionary) -> None:
    name, weights = _said(dictionary, "model_name"), _said(dictionary, FINGERPRINT)
    if weights is not None:
        if weights == fingerprint(model):
            return  # under whatever name
        raise ShapeError(
            f"the dictionary was trained on {name or 'a model'!r} with other weights than {model.name!r} has here: its "
            "latents mean nothing there. If they differ in their type alone, hand in trust=True."
        )
    here = _name(model)
    if name is not None and not _one_model(name, here):
        raise ShapeError(
            f"the dictionary was trained on {name!r}, and this is {here!r}: its latents mean nothing there. If "
            "both names stand for one model, or the dictionary is known to serve both, hand in trust=True."
        )


def _said(dictionary: Dictionary, fact: str) -> str | None:
    found: Any = getattr(getattr(getattr(dictionary, "cfg", None), "metadata", None), fact, None)
    return found if isinstance(found, str) and found else None


def _site(hook: str, model: Model) -> Site | None:
    """The site that a name stands for; None for a place that has no name here: nothing can be said about it."""
    if hook == "hook_embed":
        return resid(0)  # where positions are added to it, there is no nearer place
    stem, _, number = hook.rpartition(".")
    block = BLOCK.fullmatch(hook)
    if block or (stem == model.anatomy.blocks and number.isdecimal()):
        return resid(int(number) + 1)  # what comes out of it
    try:
        return named(hook)
    except UnknownNameError:
        return None


def _name(model: Model) -> str:
    """Its name, with the folder where it was read from one and is called by no more than that folder's last word."""
    source = model._source
    return str(source) if isinstance(source, Path) and source.name == model.name else model.name


def _one_model(one: str, other: str) -> bool:
    """Whether two names can be those of one model: two folders have to be the same.

    Of a hub id and a folder, or a name alone, the last words are compared.
    """
    one, other = _hub_id(one), _hub_id(other)
    if _is_folder(one) and _is_folder(other):
        return Path(one).expanduser().resolve() == Path(other).expanduser().resolve()
    return _last(one) == _last(other)


def _hub_id(name: str) -> str:
    """That of what lies in the hub's cache; other names stay."""
    found = CACHED.search(name)
    return found[1].replace("--", "/") if found else name


def _is_folder(name: str) -> bool:
    """Whether this is no hub id."""
    return name.startswith(("/", ".", "~")) or name.count("/") > 1 or ("/" in name and Path(name).is_dir())


def _last(name: str) -> str:
    """The last word of a path or a hub name."""
    return name.rstrip("/").rpartition("/")[2].lower()


__all__ = ["FINGERPRINT", "reads", "require_fits"]
