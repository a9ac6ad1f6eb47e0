"""Sparse dictionaries: train, load, evaluate and compare them. Names are loaded when they are first used."""

from typing import TYPE_CHECKING

from interp.lazy import lazy

if TYPE_CHECKING:
    from interp.dictionaries.architectures.architecture import Architecture as Architecture
    from interp.dictionaries.architectures.batchtopk import BatchTopK as BatchTopK
    from interp.dictionaries.architectures.jumprelu import JumpReLU as JumpReLU
    from interp.dictionaries.architectures.l1 import L1 as L1
    from interp.dictionaries.architectures.topk import TopK as TopK
    from interp.dictionaries.dictionary import Dictionary as Dictionary
    from interp.dictionaries.evaluation import Evaluation as Evaluation
    from interp.dictionaries.evaluation import evaluate as evaluate
    from interp.dictionaries.loading import load as load
    from interp.dictionaries.metrics.recovered import Recovered as Recovered
    from interp.dictionaries.metrics.recovered import recovered as recovered
    from interp.dictionaries.side_by_side import Job as Job
    from interp.dictionaries.trainer import train as train
    from interp.dictionaries.trainer import train_many as train_many
    from interp.dictionaries.training import Training as Training

_HOMES = {
    "architectures.architecture": ["Architecture"],
    "architectures.batchtopk": ["BatchTopK"],
    "architectures.jumprelu": ["JumpReLU"],
    "architectures.l1": ["L1"],
    "architectures.topk": ["TopK"],
    "dictionary": ["Dictionary"],
    "evaluation": ["Evaluation", "evaluate"],
    "loading": ["load"],
    "metrics.recovered": ["Recovered", "recovered"],
    "side_by_side": ["Job"],
    "trainer": ["train", "train_many"],
    "training": ["Training"],
}

__all__ = lazy(__name__, _HOMES)
