"""Latents against labels and directions against directions, every pair at once, each beside its controls."""

from interp.matching.controls import random_directions, random_latents, shuffled_rows
from interp.matching.counting import Counts, counts
from interp.matching.covered import Cover, cover, covered
from interp.matching.detection import SHARES, coverage, detectors
from interp.matching.directions import Nearest, Paired, chance, cosines, nearest, paired
from interp.matching.halves import Halves, halves
from interp.matching.intervals import auroc_interval, f1_interval
from interp.matching.latents import MatchWarning
from interp.matching.matches import Best, Matches, match
from interp.matching.ranking import auroc
from interp.matching.reconstructed import Agreement, agreement, micro_f1, reconstruct, reliable
from interp.matching.shares import counts_above, limits
from interp.matching.thresholds import BestF1, best_f1

__all__ = [
    "MatchWarning", "auroc", "auroc_interval",
    "BestF1", "best_f1", "f1_interval",
    "Counts", "counts", "SHARES", "coverage", "detectors",
    "limits", "counts_above", "Cover", "cover", "covered",
    "Agreement", "agreement", "micro_f1", "reconstruct", "reliable",
    "Best", "Matches", "match", "Halves", "halves",
    "random_directions", "random_latents", "shuffled_rows",
    "Nearest", "Paired", "chance", "cosines", "nearest", "paired",
]  # fmt: skip
