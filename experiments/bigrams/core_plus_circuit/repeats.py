"""Where a text repeats itself and its bigrams do not say so: what a bigram model cannot know and a copying one can."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int64, Integer
from torch import Tensor

from interp.counts.conditional import Conditional


def last_seen(tokens: Integer[Tensor, "sequence position"]) -> Int64[Tensor, "sequence position"]:
    """The nearest earlier position of the same token in the same sequence; -1 where it has not occurred before."""
    values, order = tokens.long().sort(dim=1, stable=True)
    before = torch.nn.functional.pad(order[:, :-1], (1, 0), value=-1)
    before[:, 1:][values[:, 1:] != values[:, :-1]] = -1
    return torch.empty_like(order).scatter_(1, order, before)


def guesses(conditional: Conditional) -> Int64[Tensor, " token"]:
    """The likeliest token after each token, the first of equally likely ones; -1 after a token that was never seen."""
    counts = conditional.counts
    contexts, tokens = counts.pairs // counts.vocabulary, counts.pairs % counts.vocabulary
    by_count = counts.counts.argsort(descending=True, stable=True)
    order = by_count[contexts[by_count].argsort(stable=True)]
    first = torch.ones(len(order), dtype=torch.bool)
    first[1:] = contexts[order][1:] != contexts[order][:-1]
    best = torch.full((counts.vocabulary,), -1, dtype=torch.int64)
    best[contexts[order][first]] = tokens[order][first]
    return best


@dataclass(frozen=True, eq=False)
class Repeats:
    """Positions at which copying from earlier in the window would say something that bigrams do not."""

    best: Int64[Tensor, " token"]
    """What bigrams guess after each token: see `guesses`."""

    def right(self, tokens: Integer[Tensor, "batch position"]) -> Bool[Tensor, "batch position"]:
        """The token occurred before, what followed it the last time follows again, and bigrams guess another.

        False at the last position: nothing is known of what follows there.
        """
        return self.offered(tokens) & (self._copied(tokens) == _next(tokens))

    def wrong(self, tokens: Integer[Tensor, "batch position"]) -> Bool[Tensor, "batch position"]:
        """The same but for what follows now, which is another token: whoever always copies errs here."""
        return self.offered(tokens) & (self._copied(tokens) != _next(tokens))

    def offered(self, tokens: Integer[Tensor, "batch position"]) -> Bool[Tensor, "batch position"]:
        """Both of these: copying would say something that bigrams do not, whether it is right or errs."""
        known = (last_seen(tokens) >= 0) & (_next(tokens) >= 0)
        return known & (self._copied(tokens) != self.best.to(tokens.device)[tokens.long()])

    def _copied(self, tokens: Integer[Tensor, "batch position"]) -> Int64[Tensor, "batch position"]:
        return _next(tokens).gather(1, last_seen(tokens).clamp_min(0))


def _next(tokens: Integer[Tensor, "batch position"]) -> Int64[Tensor, "batch position"]:
    return torch.nn.functional.pad(tokens[:, 1:].long(), (0, 1), value=-1)


__all__ = ["Repeats", "guesses", "last_seen"]
