"""Latents against the flags of stable squares: how many tell one, at which depth, and by what."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from experiments.othello.dictionaries.kinds import FIRST, SETS
from experiments.othello.dictionaries.stability.alone import alone
from experiments.othello.dictionaries.stability.flags import NAMES, Flags
from experiments.othello.dictionaries.stability.pairs import THRESHOLD, Chosen, Pairs, choose, follow, within_strata
from experiments.othello.dictionaries.stability.summary import Table, count, maps, of, pooled
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.places import RIM, places
from experiments.othello.positions import Positions


def measure(who: Subjects) -> dict[str, Any]:
    """Numbers for the figures and the findings:

    - `flags`: by definition the mean number of stable squares (`tiles`), and of those on the rim;
    - `alone`: AUROC of what is no latent, by square (`alone.alone`);
    - `counts`: by set, definition and depth, what `summary.count` counts;
    - `shuffled`: by definition and depth, confirmed pairs of the first set when flags are shuffled within plies;
    - `maps`: by definition and depth, confirmed pairs of every square, mean of both seeds;
    - `pooled`: what the findings are judged by (`summary.pooled`).
    """
    rng = who.rng("stability")
    select, report = Flags.of(who.select, rng), Flags.of(who.report, rng)
    table: Table = {}
    shuffled: dict[str, list[int]] = {name: [] for name in NAMES}
    for depth in who.depths:
        for name in SETS:
            table[name, depth], mixed = matched(who, name, depth, (select, report), rng)
            if name == FIRST:
                for one in NAMES:
                    shuffled[one].append(int(of(mixed, one, report.squares).confirmed.sum()))
    widths = {name: len(who.dictionaries[name][0].W_dec) for name in SETS}
    return {
        "size": who.rules.size,
        "plies": [int(report.ply.min()), int(report.ply.max())],
        "rows": [len(select.ply), len(report.ply)],
        "flags": {name: _tiles(report, name) for name in NAMES},
        "alone": alone(select, report, rng),
        "counts": {
            name: {
                one: [count(of(table[name, depth], one, report.squares), widths[name], rng) for depth in who.depths]
                for one in NAMES
            }
            for name in SETS
        },
        "shuffled": shuffled,
        "maps": maps(table, report.squares),
        "pooled": pooled(table, report.squares, widths, rng),
    }


def matched(
    who: Subjects, name: str, depth: int, halves: tuple[Flags, Flags], rng: np.random.Generator
) -> tuple[Pairs, Pairs]:
    """The pairs of one dictionary, and its pairs with shuffled flags (none but for the first set)."""
    select, report = halves
    count = select.labels.shape[1]
    asked, answers = select.labels, report.labels
    if name == FIRST:
        asked, answers = (torch.cat([half.labels, half.shuffled], 1) for half in halves)
    chosen = choose(_latents(who, name, depth, who.select, select), asked)
    latents = _latents(who, name, depth, who.report, report)
    areas = follow(chosen, latents, answers)
    real = chosen.label < count
    pairs, mixed = Chosen(chosen.latent[real], chosen.label[real]), Chosen(chosen.latent[~real], chosen.label[~real])
    confirmed = areas[real] > THRESHOLD
    kept = Chosen(pairs.latent[confirmed], pairs.label[confirmed])
    within = {}
    for stratum, values in within_strata(kept, latents, report, rng).items():
        within[stratum] = np.full(len(pairs.latent), np.nan)
        within[stratum][confirmed.numpy()] = values.numpy()
    return (
        Pairs(pairs.latent.numpy(), pairs.label.numpy(), areas[real].numpy(), within),
        Pairs(mixed.latent.numpy(), mixed.label.numpy() - count, areas[~real].numpy(), {}),
    )


def _latents(who: Subjects, name: str, depth: int, positions: Positions, flags: Flags) -> Float[Tensor, "row latent"]:
    return who.latents(name, depth, positions)[flags.rows]


def _tiles(flags: Flags, definition: str) -> Mapping[str, float]:
    labels = flags.labels[:, flags.columns(definition)]
    rim = torch.from_numpy(places(round(flags.squares**0.5))[RIM])
    return {"tiles": float(labels.sum() / len(labels)), "on the rim": float(labels[:, rim].sum() / len(labels))}


__all__ = ["matched", "measure"]
