"""Rivals by depth, decoders beside probes, and the board in the reconstruction: plain JSON numbers."""

from typing import Any

from experiments.othello.dictionaries.rivals.contenders import NAMES, PROBE, contenders
from experiments.othello.dictionaries.rivals.cosines import cosines
from experiments.othello.dictionaries.rivals.field import Field, field
from experiments.othello.dictionaries.rivals.hidden import neurons
from experiments.othello.dictionaries.rivals.kept import kept
from experiments.othello.dictionaries.rivals.scores import readable, scores
from experiments.othello.dictionaries.subjects import Subjects


def measure(who: Subjects) -> dict[str, Any]:
    """For every (square, class) the best latent, neuron, random direction and the probe, chosen by AUROC on the games
    to select on and measured on those to report on; then cosines, and what the reconstruction keeps."""
    shared = field(who)
    return {
        "rows": {"select": len(shared.select), "report": len(shared.report)},
        "defined": len(shared.defined),
        "depth": who.sweep_depth,
        **_rivals(who, shared),
        "cosines": cosines(who),
        "kept": kept(who, shared),
    }


def _rivals(who: Subjects, shared: Field) -> dict[str, Any]:
    hidden = [None, *neurons(who, shared)]
    found: dict[str, list[Any]] = {name: [None] * len(who.depths) for name in NAMES}
    reads = []
    for depth in who.depths:
        best = dict(contenders(who, shared, depth, hidden[depth]))
        counted = readable(best[PROBE], shared)
        reads.append(int(counted.sum()))
        for name, one in best.items():
            found[name][depth] = scores(one, shared, counted, who.rng(f"rivals: {name} {depth}"))
    return {"readable": reads, "rivals": found}


__all__ = ["measure"]
