"""Graphs on the disk: one safetensors file each."""

from collections.abc import Mapping
from pathlib import Path

import torch

from interp.errors import FileError, ShapeError
from interp.files import read_tensors, write_tensors
from interp.token_graph.graph import COLUMNS, TokenGraph

FORMAT = "interp.token_graph 1"
"""In the header of every file of a graph."""


def save(graph: TokenGraph, path: Path, about: Mapping[str, str] | None = None) -> None:
    """Write a graph, and what else is to stand in the header. Raises `FileError` when it cannot be written."""
    columns = {name: getattr(graph, name) for name in COLUMNS}
    tensors = {name: torch.from_numpy(column) for name, column in columns.items() if column is not None}
    write_tensors(path, tensors, {**(about or {}), "format": FORMAT, "width": str(graph.width)})


def load(path: Path) -> tuple[TokenGraph, dict[str, str]]:
    """A graph and its header. Raises `FileError` for a file that is missing, damaged, or holds anything else."""
    tensors, about = read_tensors(path)
    if about.get("format") != FORMAT:
        raise FileError(f"{path} holds no graph of tokens and latents. Make one with GraphBuilder and save it.")
    try:
        kinds = {name: torch.int32 if name == "latents" else torch.int64 for name in COLUMNS}
        if not {"starts", "latents"} <= tensors.keys() <= set(COLUMNS):
            raise ShapeError(f"it holds {', '.join(sorted(tensors))}")
        wrong = [name for name, one in tensors.items() if one.ndim != 1 or one.dtype != kinds[name]]
        if wrong:
            raise ShapeError(f"{', '.join(wrong)} must be whole numbers in one row")
        graph = TokenGraph(width=int(about["width"]), **{name: one.numpy() for name, one in tensors.items()})
        return graph.require_whole(), about
    except (KeyError, ValueError) as error:
        raise FileError(f"{path} is damaged: {error}. Delete it and build the graph again.") from error


__all__ = ["FORMAT", "load", "save"]
