"""The masks that the paper's authors released (Chang & Bergen 2025), read without running anything in the file."""

from pathlib import Path

import numpy as np
import torch

from interp.errors import FileError, ModelError
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.subnetworks.mask import Mask
from interp.subnetworks.maskable import parameters
from interp.subnetworks.opcodes import read_arrays

_MODEL = "orig_model_name"


def read_released(path: Path | str, model: Model) -> Mask:
    """The mask in a pickle {parameter name: boolean array, "orig_model_name": name}, as a mask of `model`.

    The file is a program for an unpickler, which could do anything; here it is only read (see `read_arrays`). It says
    for which model it was made by name alone, so that nobody can tell another checkpoint of the same shapes apart.

    Raises `FileError` for a file that is missing, cut short, no dictionary of boolean arrays, or that names anything
    but NumPy's arrays, and `ModelError` when its parameters are not those of `model`.
    """
    content = read_arrays(Path(path))
    origin = content.pop(_MODEL, "a model that it does not name")
    if not content:
        raise FileError(f"{path} holds no masks")
    for name, values in content.items():
        if not isinstance(name, str) or not isinstance(values, np.ndarray):
            raise FileError(f"{path} holds a {type(values).__name__} at {name!r}, not a mask at a parameter's name")
        if (values > 1).any():
            raise FileError(f"{path} holds something else than 0 and 1 at {name!r}")
    shapes = {name: tuple(weight.shape) for name, weight in model.hf.named_parameters(remove_duplicate=False)}
    for name, values in content.items():
        if shapes.get(name) != values.shape:
            found = f"is {list(shapes[name])}" if name in shapes else "does not exist"
            raise ModelError(
                f"{path} is a mask of {origin}: it has {name} {list(values.shape)}, which in {model.name} {found}"
            )
    kept = {
        name: torch.from_numpy(content[name].astype(bool)).to(weight.device)
        for name, weight in parameters(model, content).items()
    }
    return Mask(kept, fingerprint(model))
