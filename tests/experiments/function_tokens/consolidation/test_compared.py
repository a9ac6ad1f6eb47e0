from typing import Any

from matplotlib.figure import Figure

from experiments.function_tokens.consolidation.compared import latents, slopes
from experiments.function_tokens.consolidation.matched import QUALITIES, matched
from interp.report import Panel
from tests.experiments.function_tokens.consolidation.test_grown import metrics


def drawable() -> dict[str, Any]:
    told = metrics()
    for one in told["dictionaries"]:
        one.update({"rows": 60, "first": 1, "last": 9})
    return told


def axes_of(panel: Panel) -> list[Any]:
    assert isinstance(panel.figure, Figure)
    return panel.figure.axes


def test_every_count_and_the_sparsity_is_drawn_against_both_qualities() -> None:
    panel = latents(drawable())
    axes = axes_of(panel)
    assert [ax.get_xlabel() for ax in axes] == ["cross-entropy recovered (judged)"] * 3 + ["explained variance"] * 3
    assert all({"step 10", "step 90"} <= set(ax.get_legend_handles_labels()[1]) for ax in axes)
    assert ["step 0" in ax.get_legend_handles_labels()[1] for ax in axes] == [False] * 3 + [True] * 3
    assert "k from 4 to 16" in panel.caption


def test_rings_stand_where_checkpoints_are_compared() -> None:
    axes = axes_of(latents(drawable()))
    rings = [line for line in axes[2].lines if line.get_markersize() == 10]
    assert [round(float(line.get_ydata()[0]), 2) for line in rings] == [11.31, 5.66]
    assert {round(float(line.get_xdata()[0]), 2) for line in rings} == {0.7}


def test_a_match_beyond_the_trained_sparsities_is_said_and_not_drawn() -> None:
    told = drawable()
    apart = [{**one, "recovered": 0.9 + one["k"] / 1000} if one["step"] == 90 else one for one in told["dictionaries"]]
    told |= {"dictionaries": apart, "matched": {quality: matched(apart, quality) for quality in QUALITIES}}
    panel = latents(told)
    assert "needs sparsities beyond 4 to 16" in panel.caption
    assert not any(line.get_markersize() == 10 for line in axes_of(panel)[2].lines)
    assert len(axes_of(slopes(told))) == 2


def test_slopes_are_drawn_at_equal_quality_first_and_at_each_sparsity() -> None:
    titles = [ax.get_title(loc="left") for ax in axes_of(slopes(drawable()))]
    assert titles == ["Equal cross-entropy recovered", "k = 4", "k = 16"]
