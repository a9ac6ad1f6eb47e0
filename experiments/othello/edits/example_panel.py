"""The figure of one case: the board that was and the one that is intended, and what the model makes of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.othello.labels import Owner
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

FELT, LINE, MINE, THEIRS = "#dfe9e2", "#b9c9bf", "#1f1f1f", "#ffffff"


def example_panel(told: Mapping[str, Any]) -> Panel:
    """From `example`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.2, 5.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    highest = max(*told["before"], *told["after"])
    _board(left, told["board"], told["legal"], told["before"], highest, "The board that was, before the edit")
    _board(right, told["edited"], told["legal_edited"], told["after"], highest, "The board intended, after the edit")
    for ax in (left, right):
        _ring(ax, told["square"], len(told["board"]))
    null, edited = (told["errors"][name] for name in ("null", "edited"))
    return Panel(
        "edits_example", figure,
        f"One case, the first of the report with enough moves that change, after {told['length']} moves. Black discs "
        "are the player's who moves next, white ones the opponent's; the framed square is edited. Dots are legal "
        "moves; the size of a blue square is the probability that the model gives a move (left: not edited, right: "
        f"edited by the probe), so that blue without a dot is an error. Errors against the intended board: {null:g} "
        f"without the edit, {edited:g} with it.",
    )  # fmt: skip


def _board(
    ax: "matplotlib.axes.Axes",
    board: Sequence[int],
    legal: Sequence[int],
    shares: Sequence[float],
    highest: float,
    title: str,
) -> None:
    """Discs, legal moves, and probabilities as areas, the largest of both boards nearly filling its square."""
    from matplotlib.patches import Circle, Rectangle

    side = round(len(board) ** 0.5)
    for square, (owner, share) in enumerate(zip(board, shares, strict=True)):
        row, column = divmod(square, side)
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=FELT, edgecolor=LINE, linewidth=0.8))
        if owner != Owner.EMPTY:
            colour = MINE if owner == Owner.MINE else THEIRS
            ax.add_patch(Circle((column, row), 0.38, facecolor=colour, edgecolor=MINE, linewidth=0.9))
        width = 0.9 * (share / highest) ** 0.5
        ax.add_patch(
            Rectangle((column - width / 2, row - width / 2), width, width, color=plots.COLOURS[0], alpha=0.75, zorder=3)
        )
        if square in legal:
            ax.add_patch(Circle((column, row), 0.09, color=plots.COLOURS[5], zorder=4))
    ax.set_xlim(-0.55, side - 0.45)
    ax.set_ylim(side - 0.45, -0.55)
    ax.set_aspect("equal")
    ax.set_xticks(range(side), ["abcdefgh"[column] for column in range(side)])
    ax.set_yticks(range(side), [str(row + 1) for row in range(side)])
    ax.tick_params(top=False, labeltop=True, bottom=False, labelbottom=False, length=0, labelsize=9)
    ax.set_title(title, fontsize=11, color=plots.INK, loc="left", fontweight="bold")
    for spine in ax.spines.values():
        spine.set_visible(False)


def _ring(ax: "matplotlib.axes.Axes", square: int, squares: int) -> None:
    from matplotlib.patches import Rectangle

    row, column = divmod(square, round(squares**0.5))
    ax.add_patch(
        Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=plots.COLOURS[1], linewidth=2.5, zorder=5)
    )


__all__ = ["example_panel"]
