import pytest
from matplotlib.figure import Figure

from experiments.mental_math.when_models_wait.naming import by_side
from experiments.mental_math.when_models_wait.report import panels
from interp.plots import png
from tests.experiments.mental_math.when_models_wait.made import made


@pytest.mark.parametrize("waiting", [0, 10])
def test_every_figure_can_be_drawn(waiting: int) -> None:
    for panel in panels(made(waiting)):
        assert png(panel.figure).startswith(b"\x89PNG")


def test_figures_leave_out_tasks_that_a_model_cannot_do() -> None:
    metrics = made(0)
    metrics["studied"][1]["tasks"]["A-B"] = {"able": False, "accuracy in training": 0.2}
    assert list(by_side(metrics["studied"][1])) == ["sums"]
    for panel in panels(metrics):
        png(panel.figure)


def test_tasks_are_sums_or_differences_whatever_they_have_of_operands() -> None:
    sides = [set(by_side(model)) for model in made(0)["studied"]]
    assert sides == 10 * [{"sums", "differences"}]


def test_planted_models_are_drawn_in_the_same_axes() -> None:
    figure = panels(made(0))[0].figure
    assert isinstance(figure, Figure)
    drawn = [line.get_label() for line in figure.axes[0].lines]
    assert {"base, seed 0", "2 spare tokens", "sums-planted", "sums-tiny"} <= set(drawn)
