"""What function tokens bring back: latents that fire again, what they do, what is lost without them, steering.

Names are loaded when they are first used.
"""

from typing import TYPE_CHECKING

from interp.lazy import lazy

if TYPE_CHECKING:
    from interp.retrieval.ablating import Ablation as Ablation
    from interp.retrieval.ablating import Means as Means
    from interp.retrieval.ablating import ablation as ablation
    from interp.retrieval.ablating import means as means
    from interp.retrieval.drawn import Drawn as Drawn
    from interp.retrieval.drawn import Traced as Traced
    from interp.retrieval.drawn import drawn as drawn
    from interp.retrieval.effects import Effects as Effects
    from interp.retrieval.effects import effects as effects
    from interp.retrieval.likelihood import LikelihoodRatio as LikelihoodRatio
    from interp.retrieval.pairs import Pairs as Pairs
    from interp.retrieval.pairs import matched_pairs as matched_pairs
    from interp.retrieval.prompts import Prompts as Prompts
    from interp.retrieval.prompts import cut as cut
    from interp.retrieval.ranks import agreement as agreement
    from interp.retrieval.ranks import higher as higher
    from interp.retrieval.reactivation import SAME as SAME
    from interp.retrieval.reactivation import Reactivation as Reactivation
    from interp.retrieval.reactivation import reactivation as reactivation
    from interp.retrieval.steering import Writer as Writer
    from interp.retrieval.steering import mean_norms as mean_norms
    from interp.retrieval.steering import steer as steer
    from interp.retrieval.trait import alike as alike
    from interp.retrieval.trait import by_site as by_site
    from interp.retrieval.trait import direction as direction
    from interp.retrieval.trait import first_latents as first_latents
    from interp.retrieval.trait import last_activations as last_activations
    from interp.retrieval.trait import ranked as ranked

_HOMES = {
    "ablating": ["Ablation", "Means", "ablation", "means"],
    "drawn": ["Drawn", "Traced", "drawn"],
    "effects": ["Effects", "effects"],
    "likelihood": ["LikelihoodRatio"],
    "pairs": ["Pairs", "matched_pairs"],
    "prompts": ["Prompts", "cut"],
    "ranks": ["agreement", "higher"],
    "reactivation": ["SAME", "Reactivation", "reactivation"],
    "steering": ["Writer", "mean_norms", "steer"],
    "trait": ["alike", "by_site", "direction", "first_latents", "last_activations", "ranked"],
}

__all__ = lazy(__name__, _HOMES)
