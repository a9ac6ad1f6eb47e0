import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from interp.errors import ShapeError
from interp.plots import COLOURS, Curve, board_map, by_depth, by_ply, curve, curves, png, save

X = np.arange(4)


def rising(height: float = 0.0) -> Curve:
    mean = height + np.array([0.1, 0.4, 0.6, 0.7])
    return Curve(mean, mean - 0.05, mean + 0.05)


def test_depth_lies_on_the_x_axis_with_bands_and_controls_in_the_same_axes() -> None:
    ax = by_depth(X, {"mine": rising(), "black": rising(-0.1)}, controls={"untrained": rising(-0.3), "majority": 0.2})
    drawn = {str(line.get_label()): line for line in ax.lines}
    assert set(drawn) == {"mine", "black", "untrained", "majority"}
    assert np.array_equal(drawn["mine"].get_ydata(), rising().mean)
    assert np.array_equal(drawn["majority"].get_ydata(), [0.2] * 4)
    assert len(ax.collections) == 4
    assert ax.get_xlabel() == "depth (blocks applied)"
    assert list(ax.get_xticks()) == [0, 1, 2, 3]


def test_controls_are_grey_and_dashed_and_curves_are_neither() -> None:
    ax = curves(X, {"mine": rising()}, controls={"untrained": rising(-0.3)})
    grey, coloured = ax.lines
    red, green, blue = to_rgb(grey.get_color())
    assert red == green == blue
    assert grey.is_dashed()
    assert coloured.get_color() == COLOURS[0]
    assert not coloured.is_dashed()


def test_a_part_of_a_figure_is_no_picture() -> None:
    whole = Figure()
    part = whole.add_subfigure(whole.add_gridspec(1, 1)[0])
    with pytest.raises(ShapeError, match="whole figure"):
        png(curves(X, {"a": rising()}, part.subplots()).figure)


def test_an_ax_that_was_handed_in_is_used_and_returned() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert curves(X, {"a": rising()}, right) is right
    assert board_map(np.eye(3), left) is left


def test_the_legend_lists_names_in_the_order_in_which_lines_end() -> None:
    ax = by_ply(X, {"low": rising(-0.3), "high": rising()}, controls={"middle": 0.5})
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["high", "middle", "low"]
    assert ax.get_xlabel() == "ply (moves played)"


def test_gaps_one_point_and_lines_without_any_number_can_be_drawn() -> None:
    gap = curve([(0.5, 0.4, 0.6, 9), None, (0.7, 0.6, 0.8, 9)])
    assert np.isnan(gap.mean).tolist() == [False, True, False]
    png(curves(X[:3], {"gap": gap, "nothing": curve([None] * 3)}).figure)
    png(curves(X[:1], {"point": curve([(0.5, 0.4, 0.6, 9)])}, percent=True).figure)


def test_nothing_to_draw_and_curves_of_another_length_are_refused() -> None:
    with pytest.raises(ShapeError, match="nothing to draw"):
        curves(X, {})
    with pytest.raises(ShapeError, match="nothing to draw"):
        curves([], {"a": curve([])})
    with pytest.raises(ShapeError, match="'a' has 4 points for 3"):
        curves(X[:3], {"a": rising()})


def test_percent_labels_fractions_of_one() -> None:
    ax = curves(X, {"a": rising()}, percent=True)
    assert ax.yaxis.get_major_formatter()(0.15) == "15%"
    assert ax.yaxis.get_major_formatter()(0.125) == "12.5%"


def test_board_squares_are_named_from_a1_at_the_top_left() -> None:
    ax = board_map(np.array([[0.0, 0.25], [0.5, np.nan]]), form=".2f")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a", "b"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["1", "2"]
    assert {(text.get_position(), text.get_text()) for text in ax.texts} == {
        ((0, 0), "0.00"), ((1, 0), "0.25"), ((0, 1), "0.50"),
    }  # fmt: skip
    top_left = ax.transData.transform((0, 0))
    assert top_left[1] > ax.transData.transform((0, 1))[1]


def test_board_colours_diverge_from_the_centre_and_can_be_fixed() -> None:
    assert board_map(np.array([[-0.2, 0.5]]), centre=0.0).images[0].get_clim() == (-0.5, 0.5)
    assert board_map(np.array([[0.2, 0.5]]), limits=(0.0, 1.0)).images[0].get_clim() == (0.0, 1.0)


@pytest.mark.parametrize("values", [np.full((2, 2), np.nan), np.zeros((0, 0))])
def test_a_board_without_numbers_is_refused(values: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="without a finite number"):
        board_map(values)


def test_a_board_of_equal_numbers_can_be_drawn() -> None:
    png(board_map(np.full((2, 2), 0.5)).figure)
    png(board_map(np.zeros((2, 2)), centre=0.0).figure)


def test_the_picture_is_the_same_for_the_same_data_and_names_no_date_or_version(tmp_path: Path) -> None:
    pictures = [png(by_depth(X, {"a": rising()}).figure) for _ in range(2)]
    assert pictures[0] == pictures[1]
    assert b"Software" not in pictures[0]
    assert b"tEXt" not in pictures[0]
    save(by_depth(X, {"a": rising()}).figure, tmp_path / "figures" / "a.png")
    assert (tmp_path / "figures" / "a.png").read_bytes() == pictures[0]


def test_no_global_state_of_matplotlib_changes() -> None:
    def state() -> tuple[dict[str, object], list[float]]:
        settings: dict[str, object] = {str(k): matplotlib.rcParams[k] for k in matplotlib.rcParams if k != "backend"}
        return settings, matplotlib.colormaps["cividis"].get_bad().tolist()

    before = state()
    png(by_depth(X, {"a": rising()}).figure)
    png(board_map(np.eye(2)).figure)
    assert state() == before


def test_pyplot_is_never_imported_and_matplotlib_only_when_something_is_drawn() -> None:
    code = (
        "import sys, numpy, interp.plots as p; assert 'matplotlib' not in sys.modules; "
        "p.png(p.board_map(numpy.eye(2)).figure); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
