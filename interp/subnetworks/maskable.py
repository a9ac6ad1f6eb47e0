"""Which parameters of a model a mask may cover."""

import re
from collections import defaultdict
from collections.abc import Iterable

from torch import nn

from interp.errors import ModelError, ShapeError, unknown
from interp.models.model import Model
from interp.subnetworks.matrices import matrices


def parameters(model: Model, names: str | Iterable[str] | None = None) -> dict[str, nn.Parameter]:
    """The parameters that `names` stand for, by their Hugging Face names, in the model's order.

    None means every weight matrix of every block, and no bias, norm or embedding (Chang & Bergen 2025, section 3.1).
    A name is exact, or a pattern in which * stands for anything: "model.layers.0.mlp.*".
    Raises `UnknownNameError` with the nearest names for a name or pattern that fits nothing, `ModelError` for weights
    that serve in two places (tied embeddings), and `ShapeError` for no names.
    """
    places: defaultdict[int, list[str]] = defaultdict(list)
    every: dict[str, nn.Parameter] = {}
    for name, weight in model.hf.named_parameters(remove_duplicate=False):
        places[id(weight)].append(name)
        every[name] = weight
    if names is None:
        wanted = {matrix.parameter for matrix in matrices(model)}
    else:
        asked = [names] if isinstance(names, str) else list(names)
        if not asked:
            raise ShapeError("no parameters were named: a mask over nothing is no mask")
        wanted = {name for one in asked for name in _meant(one, every)}
    for name in sorted(wanted):
        if len(places[id(every[name])]) > 1:
            raise ModelError(
                f"{' and '.join(places[id(every[name])])} of {model.name} are one tensor: a mask over one would mask "
                "both. Leave them out, or load a model whose embeddings are not tied."
            )
    return {name: weight for name, weight in every.items() if name in wanted}


def _meant(asked: str, every: Iterable[str]) -> list[str]:
    pattern = re.compile(".*".join(map(re.escape, asked.split("*"))))
    found = [name for name in every if pattern.fullmatch(name)]
    if not found:
        raise unknown("parameter", asked, every, hint="In a pattern, * stands for anything.")
    return found
