"""A graph comes back from its file as it was, and a damaged file is no graph."""

from pathlib import Path

import numpy as np
import pytest
import torch

from interp.errors import FileError
from interp.files import read_tensors, write_tensors
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.graph import TokenGraph
from tests.interp.token_graph.oracle import drawn


@pytest.mark.parametrize("kept", [(False, False), (True, False), (False, True), (True, True)])
def test_a_graph_comes_back(kept: tuple[bool, bool], tmp_path: Path) -> None:
    made = GraphBuilder(12, 9, counts=kept[0], first=kept[1]).add(*drawn(0)).occurred(np.arange(12))
    made.graph().save(tmp_path / "graph.safetensors")
    assert TokenGraph.load(tmp_path / "graph.safetensors") == made.graph()


@pytest.mark.usefixtures("unchecked")
def test_files_that_hold_no_graph_are_named(tmp_path: Path) -> None:
    path = tmp_path / "graph.safetensors"
    with pytest.raises(FileError, match="cannot read"):
        TokenGraph.load(path)
    write_tensors(path, {"pairs": torch.zeros(2)})
    with pytest.raises(FileError, match="holds no graph of tokens and latents"):
        TokenGraph.load(path)
    GraphBuilder(12, 9, counts=True).add(*drawn(0)).graph().save(path)
    tensors, about = read_tensors(path)
    for name, tensor in [
        ("counts", tensors["counts"][1:]),
        ("counts", tensors["counts"] - 1),
        ("latents", tensors["latents"].flip(0)),
        ("latents", tensors["latents"].long()),
        ("starts", tensors["starts"][None]),
        ("more", tensors["starts"].clone()),
    ]:
        write_tensors(path, tensors | {name: tensor}, about)
        with pytest.raises(FileError, match=r"is damaged: .*Delete it"):
            TokenGraph.load(path)
    write_tensors(path, {name: tensors[name] for name in ("starts", "counts")}, about)
    with pytest.raises(FileError, match="is damaged"):
        TokenGraph.load(path)
    write_tensors(path, tensors, {name: value for name, value in about.items() if name != "width"})
    with pytest.raises(FileError, match="is damaged"):
        TokenGraph.load(path)
