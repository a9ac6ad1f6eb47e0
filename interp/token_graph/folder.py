"""The graph of a long text in shards on the disk: killed, it goes on where it stopped, here or on many machines."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Integer
from torch import Tensor, nn

from interp import executors
from interp.dictionaries.dictionary import Dictionary
from interp.errors import FileError, ShapeError
from interp.files import read_json, write_json
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.sites import Site
from interp.progress import Reporter
from interp.sequences import Sequences
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.events import counts, events, stream, thinned
from interp.token_graph.graph import TokenGraph
from interp.token_graph.shards import Shard
from interp.token_graph.together import together
from interp.training.lock import locked

MANIFEST = "graph.json"
"""What the shards of a folder are of."""
SPILLED = "spilled"
"""The folder inside it that has what memory does not hold, while a graph is being built."""


@dataclass(frozen=True)
class Reading:
    """How a text is read: the arguments of `events` and `GraphBuilder` that decide what a shard holds."""

    site: str
    threshold: float
    skip_first: bool
    batch: int
    trust: bool
    first: bool
    memory: int


class Part(NamedTuple):
    """The sequences of one shard."""

    number: int
    """Of the shard."""
    begin: int
    """The number of the first sequence in the text."""
    tokens: Integer[Tensor, "sequence position"]
    """What the model reads."""
    counted: Bool[Tensor, "sequence position"]
    """Where events count; nowhere, perhaps."""


def build_in(
    out: str | os.PathLike[str],
    model: Model,
    dictionary: Dictionary,
    site: Site | str,
    sequences: Sequences | Integer[Tensor, "sequence position"],
    *,
    per_shard: int = 1024,
    threshold: float = 0.0,
    skip_first: bool = True,
    max_density: float | None = None,
    batch: int = 32,
    trust: bool = False,
    first: bool = False,
    memory: int = 2**30,
    executor: str = "serial",
    workers: int = 1,
    quiet: bool = False,
) -> TokenGraph:
    """`interp.token_graph.build` in the folder `out`, with counts, `per_shard` sequences at a time.

    Killed at any moment and called again with the same arguments, it makes the missing shards; the graph is the same
    however often that happens, for any `per_shard` and any number of `workers` (with `executor="ray"`). The shards of
    a folder may be taken elsewhere and merged there (`Shard.load`, `merged`). Here they are merged on the disk, with
    one of them at a time and about `memory` bytes in memory, beside two and a half times the graph itself; what memory
    does not hold lies in `out` too, and is deleted in the end or by the next call.

    Raises `FileError` when `out` is in use, holds the shards of another model, dictionary, text or settings, or cannot
    be written; and as `build` does.
    """
    executors.require(executor, workers)
    data = sequences if isinstance(sequences, Sequences) else Sequences.of(sequences)
    if per_shard < 1:
        raise ShapeError(f"a shard needs one sequence or more, not {per_shard}")
    (found,) = model.find(site)
    reading = Reading(found.name, threshold, skip_first, batch, trust, first, memory)
    counted = counts(data, skip_first)
    # Nothing is read yet: what can be known to be wrong is said before the folder is touched.
    events(
        model, dictionary, found, data, threshold=threshold, skip_first=skip_first, max_density=max_density,
        batch=batch, trust=trust,
    )  # fmt: skip
    GraphBuilder(model.vocabulary, len(dictionary.W_dec), counts=True, first=first, memory=memory)
    folder, total = Path(out), -(-len(data) // per_shard)
    with _own(folder, _identity(model, dictionary, data, reading, per_shard)):
        todo = [number for number in range(total) if not _whole(folder, number)]
        report = Reporter(total, unit="shard", start=total - len(todo), quiet=quiet or not todo)
        parts = (_part(data.tokens, counted, number, per_shard) for number in todo)
        make = partial(_worker, folder.absolute(), model, dictionary, reading, torch.get_num_threads())
        gpus = 1.0 if executor == "ray" and model.device.type == "cuda" else 0.0
        for done, _ in enumerate(executors.each(make, parts, executor=executor, workers=workers, gpus=gpus), 1):
            report(report.start + done)
        shards = (Shard.load(shard_file(folder, number)) for number in range(total))
        graph = together(shards, memory, folder / SPILLED)
    if not len(graph):
        raise ShapeError("no latent was active anywhere: was the dictionary trained on this site?")
    return graph if max_density is None else thinned(graph, max_density)


def shard_file(folder: str | os.PathLike[str], number: int) -> Path:
    """Where a shard lies."""
    return Path(folder) / f"shard-{number:05}.safetensors"


def _part(
    tokens: Integer[Tensor, "sequence position"], counted: Bool[Tensor, "sequence position"], number: int, size: int
) -> Part:
    """In memory of its own, so that no more than that has to travel."""
    own = slice(number * size, (number + 1) * size)
    return Part(number, number * size, tokens[own].clone(), counted[own].clone())


def _worker(
    folder: Path, model: Model, dictionary: Dictionary, reading: Reading, threads: int
) -> Callable[[Part], int]:
    """Where shards are made: with as many threads as where the graph was asked for, for the same bits."""
    torch.set_num_threads(threads)

    def make_shard(part: Part) -> int:
        graph = _graph(model, dictionary, reading, part, folder / SPILLED)
        Shard.of(part.number, graph).save(shard_file(folder, part.number))
        return part.number

    return make_shard


def _graph(model: Model, dictionary: Dictionary, reading: Reading, part: Part, spilled: Path) -> TokenGraph:
    tokens, latents = model.vocabulary, len(dictionary.W_dec)
    builder = GraphBuilder(tokens, latents, counts=True, first=reading.first, memory=reading.memory, folder=spilled)
    builder.occurred(part.tokens[part.counted].long().cpu().numpy())
    (site,) = model.find(reading.site)
    found = stream(
        model, dictionary, site, part.tokens, part.counted, reading.threshold, reading.batch, part.begin
    )  # fmt: skip
    for some in found:
        builder.add(*some)
    if builder.events:
        return builder.graph()
    return replace(TokenGraph.empty(tokens, latents, True, reading.first), occurrences=builder.occurrences)


def _identity(
    model: Model, dictionary: Dictionary, data: Sequences, reading: Reading, per_shard: int
) -> dict[str, Any]:
    """All that decides what the shards hold; how much memory may be used does not."""
    settings = {name: value for name, value in asdict(reading).items() if name != "memory"}
    return {
        "model": fingerprint(model),
        "dictionary": _fingerprint(dictionary),
        "data": data.fingerprint(),
        "per_shard": per_shard,
        **settings,
    }


def _fingerprint(dictionary: Dictionary) -> str:
    """SHA-256 of its class, its configuration and its weights."""
    config: Any = getattr(dictionary, "cfg", None)
    facts = config.to_dict() if hasattr(config, "to_dict") else {}
    for name in ("device", "metadata"):
        facts.pop(name, None)
    digest = hashlib.sha256(f"{type(dictionary).__name__} {json.dumps(facts, sort_keys=True, default=str)}".encode())
    for name, weight in sorted(dictionary.state_dict().items() if isinstance(dictionary, nn.Module) else ()):
        digest.update(f"{name} {list(weight.shape)} {weight.dtype}".encode())
        digest.update(weight.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


@contextmanager
def _own(folder: Path, identity: dict[str, Any]) -> Iterator[None]:
    """Nobody else works in the folder; it is of this graph; and nothing that memory did not hold stays in it."""
    with locked(folder, "building a graph in"):
        _begin(folder, identity)
        shutil.rmtree(folder / SPILLED, ignore_errors=True)  # what a killed process left
        try:
            yield
        finally:
            shutil.rmtree(folder / SPILLED, ignore_errors=True)


def _begin(folder: Path, identity: dict[str, Any]) -> None:
    """Say in the folder what it is of, or see that it is of the same."""
    path = folder / MANIFEST
    if not path.exists():
        if any(folder.glob("shard-*.safetensors")):
            raise FileError(f"{folder} holds shards but no {MANIFEST} that says of what. Choose another folder.")
        write_json(path, identity)
        return
    found = read_json(path)
    different = [name for name in identity if not isinstance(found, dict) or found.get(name) != identity[name]]
    if different:
        raise FileError(
            f"{folder} holds the shards of another graph: {', '.join(different)} differ. Choose another folder, or "
            "delete this one."
        )


def _whole(folder: Path, number: int) -> bool:
    """Whether a shard is there; a damaged one is made again."""
    try:
        return Shard.load(shard_file(folder, number)).ids == {str(number)}
    except FileError:
        return False


__all__ = ["MANIFEST", "SPILLED", "build_in", "shard_file"]
