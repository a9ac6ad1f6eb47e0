"""The wait curve: what is left of the answers when the first blocks do not run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

_KINDS = {"two numbers": ("A+B", "A-B", "AxB"), "three numbers": ("A+B+C", "A-B-C", "A+B-C", "A-B+C", "A-(B+C)")}


def waiting(metrics: Mapping[str, Any]) -> Panel:
    """A panel for each kind of task of the model, and one for the other models on the first task that they share."""
    from matplotlib.figure import Figure

    name = metrics["model"]
    own = metrics["models"][name]
    panels = [
        (f"{name}: {kind}", {each: own["tasks"][each] for each in names if each in own["tasks"]}, own["depth"])
        for kind, names in _KINDS.items()
    ]
    for other, model in metrics["models"].items():
        if other != name:
            panels.append((other, model["tasks"], model["depth"]))
    panels = [panel for panel in panels if panel[1]]
    down = -(-len(panels) // 2)
    figure = Figure(figsize=(11.4 if len(panels) > 1 else 6.6, 2.9 * down), layout="constrained")
    places = list(figure.subplots(down, min(2, len(panels)), squeeze=False).flat)
    for ax, (title, tasks, depth) in zip(places, panels, strict=False):
        _draw(ax, title, tasks, depth)
    for ax in places[len(panels) :]:
        ax.set_visible(False)
    return Panel(
        "waiting", figure,
        "The residual stream after so many blocks is put in place by a mean, and all later blocks run as usual: the "
        "share of the right answers that is kept. Colours: the mean of prompts with the same token at the same place. "
        "Grey: the plain mean of all prompts, the best of the tasks. At 0 blocks a conditional mean changes nothing. "
        "Bands are 95 % over prompts.",
    )  # fmt: skip


def _draw(ax: "matplotlib.axes.Axes", title: str, tasks: Mapping[str, Any], depth: int) -> None:
    lines = {each: plots.curve(told["waiting"]) for each, told in tasks.items()}
    highest = [max((told["plain mean"][wait] for told in tasks.values()), key=lambda one: one[0])
               for wait in range(depth + 1)]  # fmt: skip
    plots.by_depth(
        range(depth + 1), lines, ax, controls={"plain mean": plots.curve(highest)}, percent=True, title=title,
        xlabel="blocks that wait", ylabel="right answers kept",
    )  # fmt: skip
    ax.set_ylim(-0.03, 1.03)


__all__ = ["waiting"]
