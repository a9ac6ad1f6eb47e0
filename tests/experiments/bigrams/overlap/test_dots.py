import numpy as np

from experiments.bigrams.overlap.dots import dots
from interp import plots


def test_a_dot_lies_at_its_value_and_its_line_from_low_to_high() -> None:
    ax = plots.axes()
    dots(ax, {"one": (1.0, 0.5, 2.0, 3), "chance": (4.0, 4.0, 4.0, 1)}, controls=["chance"], levels={"here": 3.0})
    line, dot, flat, grey, level = ax.lines
    assert np.asarray(line.get_xydata()).tolist() == [[0.5, 0], [2.0, 0]]
    assert np.asarray(dot.get_xydata()).tolist() == [[1.0, 0]]
    assert np.asarray(flat.get_xydata()).tolist() == [[4.0, 1], [4.0, 1]]
    assert (dot.get_color(), grey.get_color()) == (plots.COLOURS[0], plots.GREYS[1])
    assert level.get_label() == "here"
    assert [text.get_text() for text in ax.get_yticklabels()] == ["one", "chance"]
    assert [text.get_text() for text in ax.texts] == ["1", "4"]
