"""Widths and kinds at one depth: what they reconstruct of activations, and what of the board."""

from collections.abc import Mapping
from typing import Any

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.board_game.differences import less
from experiments.othello.dictionaries.board_game.labels import BOARD
from experiments.othello.dictionaries.board_game.scores import Halves, score
from experiments.othello.dictionaries.subjects import Subjects, encode
from experiments.othello.dictionaries.widths.matched import at
from interp.dictionaries.evaluation import evaluate
from interp.models.sites import resid

MEASURES = ("coverage", "reconstruction", "explained_variance")
MAIN = (kinds.FIRST, kinds.SECOND, kinds.RANDOM)
"""The dictionaries by depth that stand beside: two seeds of one kind, and random weights."""


def measure(who: Subjects) -> dict[str, Any]:
    """Every dictionary at `who.sweep_depth`, and differences where as many latents are active; {} without any.

    `wider` holds, for each k, TopK of twice the main width less TopK of the main width; `kinds`, for each dictionary
    of another kind, TopK at its L0 less it, None where TopK has no such L0. Intervals resample games of the report
    half; a difference takes both ends at their worst.
    """
    if not who.compared:
        return {}
    depth, halves = who.sweep_depth, Halves.of(who, BOARD)
    found = {}
    for name, dictionary in who.compared.items():
        kind, latents, sparsity = name.split()
        facts = {"kind": kind, "width": int(latents), "sparsity": float(sparsity)}
        found[name] = facts | _one(who, name, kinds.FIRST, dictionary, halves)
    main = {name: _one(who, name, name, who.dictionaries[name][depth], halves) for name in MAIN}
    width = who.settings.plan.width
    return {
        "depth": depth, "width": width, "dictionaries": found, "main": main,
        "wider": wider(found, width), "kinds": against_topk(found, width),
    }  # fmt: skip


def wider(found: Mapping[str, Mapping[str, Any]], width: int) -> dict[str, dict[str, Any]]:
    """TopK of twice the width less TopK of the width, for every k that both have."""
    topk = {(one["width"], one["sparsity"]): one for one in found.values() if one["kind"] == "topk"}
    return {
        f"{k:g}": {name: less(topk[2 * width, k][name], one[name]) for name in MEASURES}
        for (own, k), one in topk.items()
        if own == width and (2 * width, k) in topk
    }


def against_topk(found: Mapping[str, Mapping[str, Any]], width: int) -> dict[str, dict[str, Any] | None]:
    """TopK at the L0 of each dictionary of another kind and the same width, less that dictionary."""
    topk = [one for one in found.values() if one["kind"] == "topk" and one["width"] == width]
    differences: dict[str, dict[str, Any] | None] = {}
    for name, one in found.items():
        if one["kind"] != "topk" and one["width"] == width:
            there = {key: at(one["l0"][0], [(each["l0"][0], each[key]) for each in topk]) for key in MEASURES}
            known = {key: less(value, one[key]) for key, value in there.items() if value is not None}
            differences[name] = known or None
    return differences


def _one(who: Subjects, name: str, owner: str, dictionary: Any, halves: Halves) -> dict[str, Any]:
    """Coverage and reconstruction of the board, explained variance, L0 and dead share."""
    select, report = (
        who.activations(who.owner(owner), resid(who.sweep_depth), half) for half in (who.select, who.report)
    )
    scores = score(
        encode(dictionary, select), encode(dictionary, report), halves, who.rng(f"widths {name}")
    )[BOARD]  # fmt: skip
    quality = evaluate(dictionary, report, documents=who.report.game, generator=who.rng(f"widths quality {name}"))
    return {
        "l0": quality.l0_interval,
        "explained_variance": quality.explained_variance_interval,
        "dead": quality.dead_share,
        **{key: scores[key] for key in ("coverage", "coverage_published", "reconstruction", "found")},
    }


__all__ = ["MEASURES", "against_topk", "measure", "wider"]
