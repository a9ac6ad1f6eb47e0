"""All for one: which blocks may wait, which must carry information to the last token, and what the last token does."""

from interp.last_token.attends import Attention, Concentration, attends, attends_inside, concentration
from interp.last_token.engine import Engine
from interp.last_token.faithful import Faithfulness, faithfulness, kept
from interp.last_token.frontier import frontier, maximal
from interp.last_token.full import Answered, answered, answers
from interp.last_token.heads import Head, Importance, importance, only, transfer_heads
from interp.last_token.knockouts import cumulative, knockout_edits, one_head, one_layer
from interp.last_token.prompts import Prompts
from interp.last_token.pruning import Curve, Pruning, curve, prune, prune_once, random_curves, survivors
from interp.last_token.reference import edits, reference, wait_only
from interp.last_token.search import Agreement, Found, agreement, search, wait_first, wait_predictions
from interp.last_token.setting import AllForOne
from interp.last_token.triangle import sweep

__all__ = [
    "AllForOne", "Prompts", "Answered", "answered", "answers",
    "edits", "reference", "wait_only", "Engine", "sweep",
    "Faithfulness", "faithfulness", "kept",
    "Found", "search", "wait_first", "wait_predictions", "Agreement", "agreement", "frontier", "maximal",
    "knockout_edits", "one_layer", "cumulative", "one_head",
    "Head", "Importance", "importance", "only", "transfer_heads",
    "Pruning", "prune", "prune_once", "Curve", "curve", "random_curves", "survivors",
    "Attention", "attends", "attends_inside", "Concentration", "concentration",
]  # fmt: skip
