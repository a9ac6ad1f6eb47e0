"""Graphs for other programs: networkx and parquet."""

from pathlib import Path
from typing import Any

import numpy as np

from interp.errors import FileError
from interp.files import appearing, write_parts
from interp.token_graph.graph import TokenGraph


def to_networkx(graph: TokenGraph) -> Any:
    """A bipartite `networkx.Graph`: nodes ("token", 3) with `bipartite=0` and ("latent", 5) with `bipartite=1`.

    Edges carry `count` and `first`, and tokens `occurrences`, where the graph knows them. Every node is there, also
    those without an edge; take a `subgraph` and remove the isolated ones where that is too many.
    """
    import networkx  # type: ignore[import-untyped]

    found = networkx.Graph()
    for token in range(graph.tokens):
        more = {} if graph.occurrences is None else {"occurrences": int(graph.occurrences[token])}
        found.add_node(("token", token), bipartite=0, **more)
    found.add_nodes_from((("latent", latent) for latent in range(graph.width)), bipartite=1)
    known = {name: column for name, column in (("count", graph.counts), ("first", graph.first)) if column is not None}
    columns = [column.tolist() for column in known.values()]
    for number, (token, latent) in enumerate(zip(graph.edge_tokens.tolist(), graph.latents.tolist(), strict=True)):
        facts = {name: column[number] for name, column in zip(known, columns, strict=True)}
        found.add_edge(("token", token), ("latent", latent), **facts)
    return found


def to_parquet(graph: TokenGraph, folder: Path) -> None:
    """`edges.parquet` (token, latent, count, first), `tokens.parquet` and `latents.parquet` (degrees) in `folder`.

    Columns that the graph does not know are left out. All three files appear together. Raises `FileError` when there
    is something in the folder already or it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileError(f"{folder} is not empty. Choose a new folder.")
    tables: dict[str, dict[str, Any]] = {
        "edges": {"token": graph.edge_tokens, "latent": graph.latents, "count": graph.counts, "first": graph.first},
        "tokens": {"token": np.arange(graph.tokens), "degree": graph.degrees, "occurrences": graph.occurrences},
        "latents": {"latent": np.arange(graph.width), "degree": graph.latent_degrees},
    }
    with appearing(folder) as aside:
        for name, columns in tables.items():
            known = {title: column for title, column in columns.items() if column is not None}
            write_parts(aside / f"{name}.parquet", [_parquet(known)])


def _parquet(columns: dict[str, Any]) -> memoryview:
    import pyarrow
    from pyarrow import parquet

    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table(columns), sink)
    return memoryview(sink.getvalue())


__all__ = ["to_networkx", "to_parquet"]
