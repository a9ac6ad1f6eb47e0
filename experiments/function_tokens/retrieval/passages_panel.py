"""The figure of passages with their reactivated latents."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from interp import plots
from interp.report import Panel

_KNOWN = "␣↵→∅…—“”•"
"""Signs beyond Latin that the figures' font has."""


def panel(passages: Sequence[Mapping[str, Any]]) -> Panel:
    """From what `examples` told."""
    from matplotlib.figure import Figure

    heights = [max(1, len(one["latents"])) for one in passages]
    wide = max(len(one["pieces"]) for one in passages)
    figure = Figure(figsize=(3.2 + 0.24 * wide, sum(0.27 * height + 1.3 for height in heights)), layout="constrained")
    for ax, one in zip(figure.subplots(len(passages), 1, squeeze=False)[:, 0], passages, strict=True):
        _passage(one, ax)
    return Panel(
        "passages", figure,
        "Random passages, and in each the latents first active at a content token (framed) that come back most "
        "surprisingly for their density (share of tokens in brackets); darker: more active, by latent. Function tokens "
        "are orange. The latents were chosen for coming back: an illustration, not a measurement.",
    )  # fmt: skip


def _passage(one: Mapping[str, Any], ax: Any) -> None:
    from matplotlib.patches import Rectangle

    pieces, latents = one["pieces"], one["latents"]
    cells = np.array([traced["activations"] for traced in latents]).reshape(len(latents), len(pieces))
    largest = np.abs(cells).max(1, keepdims=True) if len(latents) else 1.0
    shown = cells / largest if len(latents) else np.zeros((1, len(pieces)))
    ax.imshow(shown, cmap="Purples", vmin=0, vmax=1, aspect="auto")
    for row, traced in enumerate(latents):
        frame = Rectangle((traced["begins"] - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=plots.INK, linewidth=1.3)
        ax.add_patch(frame)
    ax.set_xticks(range(len(pieces)), [_plain(piece) for piece in pieces], rotation=90, fontsize=7.5)
    for label, function in zip(ax.get_xticklabels(), one["function"], strict=True):
        label.set_parse_math(False)
        label.set_color("#b3541e" if function else plots.INK)
        label.set_fontweight("bold" if function else "normal")
    names = [f"{traced['latent']} ({100 * traced['density']:.2g}%)" for traced in latents]
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.tick_params(length=0)
    ax.set_xticks(np.arange(len(pieces) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(shown) + 1) - 0.5, minor=True)
    ax.grid(True, which="minor", color=plots.FAINT, linewidth=0.6)
    ax.tick_params(which="minor", length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if not latents:
        ax.set_title("no latent comes back here", fontsize=9, loc="left")


def _plain(piece: str) -> str:
    """Without characters that the figures' font does not have."""
    return "".join(sign if ord(sign) < 0x250 or sign in _KNOWN else "□" for sign in piece if sign.isprintable())


__all__ = ["panel"]
