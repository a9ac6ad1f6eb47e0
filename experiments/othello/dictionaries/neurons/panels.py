"""Maps of neurons by square, early and late, and where on the board they look by block."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from interp import plots
from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """Maps with their control, and shares of rim and ring."""
    return (_maps(metrics), _shares(metrics))


def _maps(metrics: Mapping[str, Any]) -> Panel:
    size, threshold = metrics["size"], metrics["thresholds"]["same chance"]
    chosen = dict.fromkeys((metrics["early"], metrics["late"]))
    figure = Figure(figsize=(12.6, 4.0 * len(chosen)), layout="constrained")
    for axes, block in zip(figure.subplots(len(chosen), 3, squeeze=False), chosen, strict=True):
        found = metrics["blocks"][block]
        views = (
            (f"block {block}, mine", found["mine"]["same chance"]["by square"], ".0f"),
            (f"block {block}, empty", found["empty"]["same chance"]["by square"], ".0f"),
            ("mine, directions rotated", found["mine"]["same chance"]["rotated by square"], ".1f"),
        )
        boards = [np.array(values, np.float64).reshape(size, size) for _, values, _ in views]
        highest = max(1.0, *(float(np.nanmax(board)) for board in boards))
        for ax, board, (title, _, form) in zip(axes, boards, views, strict=True):
            plots.board_map(board, ax, title=title, label="neurons", limits=(0.0, highest), form=form)
    return Panel(
        "neuron_maps", figure,
        f"MLP neurons whose input weights have an absolute cosine above {threshold:.2f} with the square's direction of "
        "the probe after their block. Random directions exceed that as rarely as 0.2 at width 512. Right: the same "
        "after random rotations of all directions. Grey squares are never empty.",
    )  # fmt: skip


def _shares(metrics: Mapping[str, Any]) -> Panel:
    figure = Figure(figsize=(7.6, 6.4), layout="constrained")
    blocks = [block["mine"] for block in metrics["blocks"]]
    for ax, region in zip(figure.subplots(2, 1), ("ring", "rim"), strict=True):
        lines, shuffled = (
            {
                f"|cos| > {metrics['thresholds'][key]:.2f}{suffix}": plots.curve(
                    [one[key][what][region] for one in blocks]
                )
                for key in metrics["thresholds"]
            }
            for what, suffix in (("share", ""), ("shuffled", ", squares shuffled"))
        )
        plots.curves(
            range(len(blocks)), lines, ax, percent=True, xlabel="block", ylabel=f"neurons on the {region}",
            controls=shuffled,
            title={"ring": "Where neurons look: directions of mine"}.get(region, ""),
        )  # fmt: skip
        ax.set_xticks(range(len(blocks)))
    return Panel(
        "neuron_regions", figure,
        "The share of neurons that lies on the twelve squares around the centre, and on the rim. Bands resample "
        "neurons; grey, with the middle 95 % of shuffles: the same counts with squares shuffled.",
    )  # fmt: skip


__all__ = ["panels"]
