"""Texts of which it is known what the latents listen to."""

import numpy as np

from interp.token_graph.occurrences import Occurrences


def dense(occurrences: Occurrences) -> np.ndarray:
    """Whether a latent is active, [row, latent]."""
    found = np.zeros((len(occurrences), occurrences.width), np.bool_)
    found[occurrences.rows, occurrences.latents] = True
    return found


def of(
    tokens: np.ndarray, active: np.ndarray, documents: np.ndarray | None = None, vocabulary: int | None = None
) -> Occurrences:
    """The occurrences of `tokens` [row] with the latents that are `active` [row, latent]; one document by default."""
    rows, latents = np.nonzero(active)
    return Occurrences.of(
        tokens,
        np.zeros(len(tokens), np.int64) if documents is None else documents,
        np.arange(len(tokens)),
        rows,
        latents,
        vocabulary=int(tokens.max()) + 1 if vocabulary is None else vocabulary,
        width=active.shape[1],
    )


def independent(rows: int = 300, vocabulary: int = 12, width: int = 40, seed: int = 0) -> Occurrences:
    """Latents of many densities that know nothing of the tokens, which are as uneven as words are; four documents."""
    generator = np.random.default_rng(seed)
    shares = 1 / np.arange(1, vocabulary + 1)
    tokens = generator.choice(vocabulary, rows, p=shares / shares.sum())
    active = generator.random((rows, width)) < np.geomspace(0.002, 0.2, width)
    active[0, 0] = True
    return of(tokens, active, np.arange(rows) * 4 // rows, vocabulary)


def dependent(rows: int = 300, vocabulary: int = 12, width: int = 40, seed: int = 0) -> Occurrences:
    """Latents each of which is active at one token only, at about a third of its occurrences."""
    generator = np.random.default_rng(seed)
    tokens = independent(rows, vocabulary, width, seed).tokens
    at_token = np.arange(width)[None] % vocabulary == tokens[:, None]
    return of(tokens, at_token & (generator.random((rows, width)) < 0.3), np.arange(rows) * 4 // rows, vocabulary)
