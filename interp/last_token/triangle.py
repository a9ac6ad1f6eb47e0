"""The triangle of all settings, with what they share computed once, and kept on disk if it is to be resumed."""

import hashlib
from pathlib import Path

import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from interp.errors import FileError
from interp.files import read_tensors, write_tensors
from interp.last_token.engine import Engine
from interp.last_token.setting import AllForOne
from interp.last_token.streams import Seen
from interp.models.reach import reached
from interp.models.sites import resid
from interp.progress import Reporter

FORMAT = "all-for-one predictions 1"
"""What the header calls a file of a sweep; the number grows when the layout changes."""


def sweep(
    engine: Engine, tokens: Integer[Tensor, "prompt position"], *, folder: Path | None = None, progress: bool = False
) -> Int64[Tensor, "wait transfer prompt"]:
    """The most likely next token of every prompt in every AF1(wait, transfer); -1 where the model has too few blocks.

    With a `folder`, what is known of each wait is written there, and what is there already is read instead of
    computed. Raises as `Engine.logits` does, and `FileError` when the folder belongs to another sweep.
    """
    depth = engine.model.depth
    tokens = engine.model.checked(tokens)
    found = torch.full((depth + 1, depth + 1, len(tokens)), -1, device=engine.model.device)
    report = Reporter(depth + 1, unit="wait", quiet=not progress)
    with reached(engine.model):
        for wait in range(depth + 1):
            found[wait, : depth - wait + 1] = _kept(engine, tokens, wait, folder)
            report(wait + 1)
    return found


def _kept(engine: Engine, tokens: Tensor, wait: int, folder: Path | None) -> Int64[Tensor, "transfer prompt"]:
    """The predictions of one wait, from its file where there is one."""
    if folder is None:
        return from_wait(engine, tokens, wait)
    path = folder / f"wait-{wait:02}.safetensors"
    about = {"format": FORMAT, "about": _identity(engine, tokens, wait)}
    if not path.exists():
        write_tensors(path, {"predictions": from_wait(engine, tokens, wait)}, about)
    tensors, header = read_tensors(path)
    if header != about:
        raise FileError(f"{path} is of a sweep with another model, other means or other prompts: choose another folder")
    return tensors["predictions"].to(tokens.device)


@torch.no_grad()
def from_wait(
    engine: Engine, tokens: Integer[Tensor, "prompt position"], wait: int
) -> Int64[Tensor, "transfer prompt"]:
    """The most likely next token for a wait and every transfer that fits.

    The last tokens are taken through all blocks peeking; after each they branch off, and go on without peeking.
    """
    longest = AllForOne(wait, engine.model.depth - wait)
    isolated, prompts = engine.distinct(tokens, AllForOne(wait, 0)), engine.distinct(tokens, longest)
    few, seen = len(isolated.rows), engine.seen(prompts.rows, longest)
    branches: list[Tensor] = []
    with reached(engine.model):
        for rows in torch.split(prompts.rows, engine.batch):
            # Those that never peek are few, and go along with the first batch.
            more = isolated.rows if not branches else isolated.rows[:0]
            branches.append(_branches(engine, seen, more, rows, longest))
    alone, branches[0] = branches[0][None, :few], branches[0][few:]
    if longest.transfer == 0:
        return alone[:, isolated.which]
    wide = [part.view(longest.transfer, -1) for part in branches]
    return torch.cat([alone[:, isolated.which], torch.cat(wide, dim=1)[:, prompts.which]])


def _branches(
    engine: Engine,
    seen: Seen,
    isolated: Int64[Tensor, "isolated position"],
    rows: Int64[Tensor, "prompt position"],
    longest: AllForOne,
) -> Int64[Tensor, " prediction"]:
    """Predictions for the isolated prompts, which never peek, and for the others with transfer 1, with 2 ..."""
    peeking, branches = engine.begin(rows, longest.wait), engine.begin(isolated, longest.wait)
    whose = isolated
    for layer in longest.peeking:
        if len(branches):
            branches = engine.last.block(layer, branches, engine.alone(layer, seen, whose))
        peeking = engine.last.block(layer, peeking, engine.peeking(layer, seen, rows, longest))
        branches, whose = torch.cat([branches, peeking]), torch.cat([whose, rows])
    predicted = [engine.model.unembed(some).argmax(-1) for some in torch.split(branches, engine.batch)]
    return torch.cat(predicted)


def _identity(engine: Engine, tokens: Int64[Tensor, "prompt position"], wait: int) -> str:
    """A hash of everything that the predictions of a wait depend on."""
    digest = hashlib.sha256(f"{engine.means.model} {wait} {list(tokens.shape)} {tokens.dtype}".encode())
    means = engine.means
    for tensor in (tokens, means.rows(tokens.to(means.counts.device)), means.table(resid(wait))):
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


__all__ = ["from_wait", "sweep"]
