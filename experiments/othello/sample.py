"""A sample of random games with everything that an experiment asks of them, as tensors."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int, UInt64
from torch import Tensor

from experiments.othello.games import Trace, random_games, replay, stream
from experiments.othello.rules import Rules
from experiments.othello.tokens import encode


@dataclass(frozen=True)
class Sample:
    """Finished games, what was legal in them, and their positions."""

    tokens: Int[Tensor, "game ply"]
    """Whole games as token ids; 0 after the end."""
    legal: Bool[Tensor, "game ply token"]
    """Whether a token may follow this ply; all False where the game is over. Padding is never legal."""
    trace: Trace
    """Positions after each move."""

    @property
    def seen(self) -> Int[Tensor, "game read"]:
        """What a model reads: every move but the last one there can be."""
        return self.tokens[:, :-1]

    def part(self, games: slice) -> "Sample":
        """Some of the games."""
        trace = Trace(self.trace.rules, *(positions[games] for positions in self.trace[1:]))
        return Sample(self.tokens[games], self.legal[games], trace)


def held_out(rules: Rules, count: int, seed: int, purpose: str = "held out") -> Sample:
    """`count` random games from a stream that no training run draws from; another `purpose` is another stream."""
    moves = random_games(rules, count, stream(seed, purpose, 0)).moves
    trace = replay(rules, moves)
    return Sample(torch.from_numpy(encode(rules, moves)), legal_tokens(rules, trace.legal), trace)


def legal_tokens(rules: Rules, legal: UInt64[np.ndarray, "game ply"]) -> Bool[Tensor, "game ply token"]:
    """Bitboards of legal squares, as a mask over the vocabulary."""
    bits = np.unpackbits(legal.astype("<u8").view(np.uint8).reshape(*legal.shape, 8), axis=-1, bitorder="little")
    mask = np.zeros((*legal.shape, rules.plies + 1), dtype=bool)
    mask[..., 1:] = bits[..., rules.playable]
    return torch.from_numpy(mask)
