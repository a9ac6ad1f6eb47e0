"""A training state on disk: module, optimiser and step in one safetensors file that appears whole or not at all."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from interp.errors import FileError, InterpError
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
    tensors = {f"module/{name}": value for name, value in _own_tensors(module).items()}
    for index, values in state["state"].items():
        for key, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer/{index}/{key}"] = value
            else:
                plain.setdefault(str(index), {})[key] = value
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    metadata = {
        "identity": identity,
        "progress": json.dumps(vars(progress)),
        "optimizer": _optimizer_json(optimizer, {"plain": plain, "groups": state["param_groups"]}),
    }
    write_tensors(folder / FILE, tensors, metadata | {"checksum": _checksum(tensors, metadata)})


def load(folder: Path, module: nn.Module, optimizer: torch.optim.Optimizer, identity: str) -> Progress | None:
    """Put the state saved in `folder` into `module` and `optimizer`; None when nothing was saved there.

    Raises `FileError` when the file is damaged or was written under another `identity`.
    """
    path = folder / FILE
    if not path.exists():
        return None
    tensors, metadata = read_tensors(path)
    # Files written before there was a checksum are taken as they are.
    if "checksum" in metadata and metadata["checksum"] != _checksum(tensors, metadata):
        raise _damaged(path, "its checksum does not fit")
    if metadata.get("identity") != identity:
        raise FileError(
            f"{folder} holds a training run with other settings. Choose another folder with --out, or delete it."
        )
    try:
        progress = Progress(**json.loads(metadata["progress"]))
        described = json.loads(metadata["optimizer"])
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    _load_module(module, {n.removeprefix("module/"): t for n, t in tensors.items() if n.startswith("module/")}, path)
    _load_optimizer(optimizer, described, {n: t for n, t in tensors.items() if n.startswith("optimizer/")}, path)
    return progress


def _own_tensors(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and persistent buffers, each tied tensor once."""
    kept: dict[str, Tensor] = {}
    seen: set[tuple[Any, ...]] = set()
    for name, tensor in module.state_dict(keep_vars=True).items():
        # Two names may share memory as one object or as two that look at the same place.
        place = (tensor.device, tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
        if tensor.numel() == 0 or place not in seen:
            seen.add(place)
            kept[name] = tensor
    return kept


def _load_module(module: nn.Module, saved: Mapping[str, Tensor], path: Path) -> None:
    own = _own_tensors(module)
    if own.keys() != saved.keys() or any(own[n].shape != t.shape or own[n].dtype != t.dtype for n, t in saved.items()):
        raise FileError(f"{path} does not fit the module being trained: their tensors differ in name, shape or type.")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(saved[name])


def _load_optimizer(
    optimizer: torch.optim.Optimizer, described: Mapping[str, Any], saved: Mapping[str, Tensor], path: Path
) -> None:
    state: dict[int, dict[str, Any]] = {int(index): dict(values) for index, values in described["plain"].items()}
    for name, tensor in saved.items():
        _, index, key = name.split("/", 2)
        state.setdefault(int(index), {})[key] = tensor
    # JSON has no tuples (betas): only the parameters of a group are a list.
    groups = [
        {key: tuple(value) if isinstance(value, list) and key not in ("params", "param_names") else value
         for key, value in group.items()}
        for group in described["groups"]
    ]  # fmt: skip
    try:
        optimizer.load_state_dict({"state": state, "param_groups": groups})
    except (KeyError, ValueError) as error:
        raise FileError(f"{path} does not fit the optimiser: {error}") from error
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for name, tensor in saved.items():
        _, index, key = name.split("/", 2)
        own = optimizer.state[parameters[int(index)]]
        own[key] = _placed(tensor, parameters[int(index)], own[key].device)


def _placed(saved: Tensor, parameter: Tensor, device: torch.device) -> Tensor:
    """`saved` in its own precision and in memory laid out as the parameter's, as the optimiser had made it.

    `Optimizer.load_state_dict` casts to the type of the parameter and keeps the file's layout, which fused kernels
    would read in the wrong order where the parameter is a transposed view.
    """
    alike = parameter.shape == saved.shape
    placed = torch.empty_like(parameter if alike else saved, dtype=saved.dtype, device=device, requires_grad=False)
    return placed.copy_(saved)


def _optimizer_json(optimizer: torch.optim.Optimizer, described: Mapping[str, Any]) -> str:
    try:
        return json.dumps(described)
    except TypeError as error:
        raise InterpError(
            f"the state of {type(optimizer).__name__} cannot be saved: {error}. "
            "Its values must be tensors or plain numbers, one a parameter and name."
        ) from error


def _checksum(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """CRC-32 of all that the file says, against bits that change on the disk."""
    total = 0
    for key in ("identity", "progress", "optimizer"):
        total = zlib.crc32(metadata.get(key, "").encode(), total)
    for name in sorted(tensors):
        total = zlib.crc32(name.encode(), total)
        total = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy().data, total)
    return f"{total:08x}"


def _damaged(path: Path, reason: str) -> FileError:
    return FileError(f"{path} is damaged: {reason}. Delete it to start afresh.")
