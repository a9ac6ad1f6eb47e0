"""Keep the events of a text, with the occurrences at which nothing fired: what nulls are drawn from."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Int32, Int64

from interp.errors import ShapeError
from interp.sequences import Sequences
from interp.token_graph.events import Events, counts
from interp.token_graph.occurrences import Occurrences


def gathered(
    sequences: Sequences, events: Iterable[Events], *, vocabulary: int, width: int, skip_first: bool = True
) -> Occurrences:
    """The occurrences of `sequences` that count, with their `events`, as `interp.token_graph.events.events` gives them.

    `gathered(text, events(model, dictionary, site, text), vocabulary=4096, width=16384)`

    `skip_first` as when the events were made. Documents are those of the sequences, positions the places in a sequence.
    Memory: 4 bytes an event, and four times that for a moment. Raises `ShapeError` for events of another text or of
    positions that do not count, and as `Occurrences.of` does.
    """
    counted = counts(sequences, skip_first).flatten().cpu().numpy()
    tokens = sequences.tokens.flatten().cpu().numpy().astype(np.int64)
    # -1 for what does not count; otherwise the number among those that do.
    numbers = np.where(counted, np.cumsum(counted) - 1, -1)
    rows: list[Int32[np.ndarray, " event"]] = []
    latents: list[Int32[np.ndarray, " event"]] = []
    for part in events:
        rows.append(_rows(part, tokens, numbers).astype(np.int32))
        latents.append(part.latents.astype(np.int32))
    length = sequences.tokens.shape[1]
    return Occurrences.of(
        tokens[counted],
        sequences.documents.flatten().cpu().numpy()[counted],
        (np.arange(len(tokens)) % length)[counted],
        np.concatenate(rows) if rows else np.zeros(0, np.int32),
        np.concatenate(latents) if latents else np.zeros(0, np.int32),
        vocabulary=vocabulary,
        width=width,
    )


def _rows(
    part: Events, tokens: Int64[np.ndarray, " position"], numbers: Int64[np.ndarray, " position"]
) -> Int64[np.ndarray, " event"]:
    where = part.positions
    inside = (where >= 0) & (where < len(tokens))
    if not inside.all() or (tokens[where] != part.tokens).any():
        raise ShapeError("the events are of another text: at some position, the token is not theirs")
    rows: Int64[np.ndarray, " event"] = numbers[where]
    if (rows < 0).any():
        raise ShapeError(
            f"a latent is active at position {where[rows.argmin()]}, which does not count: was it skipped?"
        )
    return rows


__all__ = ["gathered"]
