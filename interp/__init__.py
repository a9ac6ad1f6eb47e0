"""See what happens inside a transformer language model. Names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interp import counts as counts
    from interp import dictionaries as dictionaries
    from interp import geometry as geometry
    from interp import last_token as last_token
    from interp import matching as matching
    from interp import peeking as peeking
    from interp import retrieval as retrieval
    from interp import subnetworks as subnetworks
    from interp import text as text
    from interp import token_classes as token_classes
    from interp import token_graph as token_graph
    from interp.ablation.fitting import conditional_means as conditional_means
    from interp.ablation.keys import by_token as by_token
    from interp.ablation.keys import with_first as with_first
    from interp.ablation.means import ConditionalMeans as ConditionalMeans
    from interp.activations.capture import capture as capture
    from interp.activations.edits import Edit as Edit
    from interp.activations.edits import add as add
    from interp.activations.edits import edited as edited
    from interp.activations.edits import knockout as knockout
    from interp.activations.edits import mean_ablate as mean_ablate
    from interp.activations.edits import replace as replace
    from interp.activations.edits import resample_ablate as resample_ablate
    from interp.activations.edits import zero_ablate as zero_ablate
    from interp.activations.watch import Activations as Activations
    from interp.activations.watch import watch as watch
    from interp.errors import FileError as FileError
    from interp.errors import InterpError as InterpError
    from interp.errors import MissingKeyError as MissingKeyError
    from interp.errors import ModelError as ModelError
    from interp.errors import ShapeError as ShapeError
    from interp.errors import UnknownNameError as UnknownNameError
    from interp.generation import generate as generate
    from interp.lens import logit_lens as logit_lens
    from interp.models.anatomy import Anatomy as Anatomy
    from interp.models.load import load as load
    from interp.models.model import Model as Model
    from interp.models.randomise import random_weights as random_weights
    from interp.models.sites import Site as Site
    from interp.models.sites import attn_out as attn_out
    from interp.models.sites import final_norm as final_norm
    from interp.models.sites import k as k
    from interp.models.sites import mid as mid
    from interp.models.sites import mlp_in as mlp_in
    from interp.models.sites import mlp_out as mlp_out
    from interp.models.sites import mlp_post as mlp_post
    from interp.models.sites import mlp_pre as mlp_pre
    from interp.models.sites import pattern as pattern
    from interp.models.sites import q as q
    from interp.models.sites import resid as resid
    from interp.models.sites import rot_k as rot_k
    from interp.models.sites import rot_q as rot_q
    from interp.models.sites import scores as scores
    from interp.models.sites import site as site
    from interp.models.sites import v as v
    from interp.models.sites import z as z
    from interp.models.zoo import zoo as zoo
    from interp.ngrams import Ngrams as Ngrams
    from interp.peeking.peek import peek as peek
    from interp.sequences import Sequences as Sequences
    from interp.store.harvest import harvest as harvest
    from interp.store.store import Store as Store
    from interp.text.corpus import Corpus as Corpus

__version__ = "0.1.0"

_HOMES = {
    "interp.ablation.fitting": ["conditional_means"],
    "interp.ablation.keys": ["by_token", "with_first"],
    "interp.ablation.means": ["ConditionalMeans"],
    "interp.activations.capture": ["capture"],
    "interp.activations.edits": [
        "Edit", "add", "edited", "knockout", "mean_ablate", "replace", "resample_ablate", "zero_ablate",
    ],
    "interp.activations.watch": ["Activations", "watch"],
    "interp.errors": ["FileError", "InterpError", "MissingKeyError", "ModelError", "ShapeError", "UnknownNameError"],
    "interp.generation": ["generate"],
    "interp.lens": ["logit_lens"],
    "interp.models.anatomy": ["Anatomy"],
    "interp.models.load": ["load"],
    "interp.models.model": ["Model"],
    "interp.models.randomise": ["random_weights"],
    "interp.models.sites": [
        "Site", "attn_out", "final_norm", "k", "mid", "mlp_in", "mlp_out", "mlp_post", "mlp_pre", "pattern", "q",
        "resid", "rot_k", "rot_q", "scores", "site", "v", "z",
    ],
    "interp.models.zoo": ["zoo"],
    "interp.ngrams": ["Ngrams"],
    "interp.peeking.peek": ["peek"],
    "interp.sequences": ["Sequences"],
    "interp.store.harvest": ["harvest"],
    "interp.store.store": ["Store"],
    "interp.text.corpus": ["Corpus"],
}  # fmt: skip
_ROOMS = [
    "counts", "dictionaries", "geometry", "last_token", "matching", "peeking", "retrieval", "subnetworks", "text",
    "token_classes", "token_graph",
]  # fmt: skip
"""Packages whose names are many: `interp.dictionaries.train`."""
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *_ROOMS, *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"interp.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'interp' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
