"""A training state on disk: module, optimiser and step in one safetensors file that appears whole or not at all."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from interp.errors import FileError
from interp.files import read_tensors, write_tensors

FILE = "checkpoint.safetensors"


@dataclass(frozen=True)
class Progress:
    """Where a saved run stands."""

    step: int
    """Optimiser steps done."""
    seconds: float
    """Wall time spent in those steps, over all the processes that made them."""
    threads: int
    """CPU threads of the process that wrote it; another number may change the last bits."""


def save(folder: Path, module: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress, identity: str) -> None:
    """Write the state to `folder`, replacing the one before. `identity` names the settings that it belongs to."""
    state = optimizer.state_dict()
    plain: dict[str, dict[str, Any]] = {}
    tensors: dict[str, Tensor] = {}
    for index, values in state["state"].items():
        for key, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer/{index}/{key}"] = value
            else:
                plain.setdefault(str(index), {})[key] = value
    tensors |= {f"module/{name}": value for name, value in _own_tensors(module).items()}
    metadata = {
        "identity": identity,
        "progress": json.dumps(vars(progress)),
        "optimizer": json.dumps({"plain": plain, "groups": state["param_groups"]}),
    }
    write_tensors(folder / FILE, tensors, metadata)


def load(folder: Path, module: nn.Module, optimizer: torch.optim.Optimizer, identity: str) -> Progress | None:
    """Put the state saved in `folder` into `module` and `optimizer`; None when nothing was saved there.

    Raises `FileError` when the file is damaged or was written under another `identity`.
    """
    path = folder / FILE
    if not path.exists():
        return None
    tensors, metadata = read_tensors(path)
    if metadata.get("identity") != identity:
        raise FileError(
            f"{folder} holds a training run with other settings. Choose another folder with --out, or delete it."
        )
    _load_module(module, {n.removeprefix("module/"): t for n, t in tensors.items() if n.startswith("module/")}, path)
    described = json.loads(metadata["optimizer"])
    state: dict[int, dict[str, Any]] = {int(index): dict(values) for index, values in described["plain"].items()}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, index, key = name.split("/")
            state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": described["groups"]})
    return Progress(**json.loads(metadata["progress"]))


def _own_tensors(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and persistent buffers, each tied tensor once."""
    kept: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name, tensor in module.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            kept[name] = tensor
    return kept


def _load_module(module: nn.Module, saved: dict[str, Tensor], path: Path) -> None:
    own = _own_tensors(module)
    if own.keys() != saved.keys() or any(own[name].shape != saved[name].shape for name in own):
        raise FileError(f"{path} does not fit the module being trained: their tensors differ in name or shape.")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(saved[name])
