"""Classes of tokens: function and content, word-initial; losses by them. Names are loaded when they are first used."""

from typing import TYPE_CHECKING

from interp.lazy import lazy

if TYPE_CHECKING:
    from interp.token_classes.by_token import TokenLosses as TokenLosses
    from interp.token_classes.by_token import token_losses as token_losses
    from interp.token_classes.classes import Classes as Classes
    from interp.token_classes.convergence import Flip as Flip
    from interp.token_classes.convergence import Reached as Reached
    from interp.token_classes.convergence import flips as flips
    from interp.token_classes.convergence import reached as reached
    from interp.token_classes.function import TokenSet as TokenSet
    from interp.token_classes.function import agreements as agreements
    from interp.token_classes.gradients import GradientShares as GradientShares
    from interp.token_classes.gradients import gradient_shares as gradient_shares
    from interp.token_classes.grouped import Group as Group
    from interp.token_classes.grouped import GroupedLosses as GroupedLosses
    from interp.token_classes.grouped import grouped_losses as grouped_losses
    from interp.token_classes.pieces import pieces as pieces
    from interp.token_classes.spread import document_lengths as document_lengths
    from interp.token_classes.spread import expected_coverage as expected_coverage
    from interp.token_classes.spread import rank_correlation as rank_correlation
    from interp.token_classes.statistics import TokenStatistics as TokenStatistics
    from interp.token_classes.transitions import Transitions as Transitions
    from interp.token_classes.words import word_initial as word_initial
    from interp.token_classes.zipf import Zipf as Zipf
    from interp.token_classes.zipf import least_squares as least_squares
    from interp.token_classes.zipf import maximum_likelihood as maximum_likelihood

_HOMES = {
    "by_token": ["TokenLosses", "token_losses"],
    "classes": ["Classes"],
    "convergence": ["Flip", "Reached", "flips", "reached"],
    "function": ["TokenSet", "agreements"],
    "gradients": ["GradientShares", "gradient_shares"],
    "grouped": ["Group", "GroupedLosses", "grouped_losses"],
    "pieces": ["pieces"],
    "spread": ["document_lengths", "expected_coverage", "rank_correlation"],
    "statistics": ["TokenStatistics"],
    "transitions": ["Transitions"],
    "words": ["word_initial"],
    "zipf": ["Zipf", "least_squares", "maximum_likelihood"],
}

__all__ = lazy(__name__, _HOMES)
