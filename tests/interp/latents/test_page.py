import json

import pytest

from interp.errors import FileError
from interp.latents.labels import Label
from interp.latents.outputs import Output, Outputs
from interp.latents.page import Page
from tests.interp.latents.made import example

LABEL = Label("even", "f1", 0.9, None, 1.5, (0.8, 0.95, 40), 0.3, 0.93, 200, 210)
OUTPUTS = Outputs((Output(" a", 1.0),), (Output("b", -1.0),))
PAGES = [
    example(),
    example(labelled=True, label=LABEL, outputs=OUTPUTS),
    example(fired=0, mean=None, highest=None, histogram=None, top=(), bands=(), neighbours=(), chance=None),
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_goes_to_json_and_back(page: Page) -> None:
    assert Page.from_json(json.loads(json.dumps(page.to_json(), allow_nan=False))) == page


def test_what_is_no_page_is_refused() -> None:
    good = json.loads(json.dumps(example().to_json()))
    for bad in ({}, {**good, "format": 0}, {**good, "more": 1}, {key: good[key] for key in good if key != "top"}):
        with pytest.raises(FileError, match="no page of a latent"):
            Page.from_json(bad)
    for name, broken in {
        "top": [{"row": 1}],
        "histogram": {"edges": []},
        "neighbours": [3],
        "label": {"name": 1},
    }.items():
        with pytest.raises(FileError, match="damaged"):
            Page.from_json({**good, name: broken})


def test_density_is_the_share_of_all_rows() -> None:
    assert example().density == 0.01
    assert not example().dead
    assert PAGES[2].dead


def test_the_title_says_number_density_label_and_strongest_token() -> None:
    assert PAGES[0].title == "Latent 5 · density 1 % · strongest at “ a  & b<U+000D>↵→<U+202E>”"
    assert "even" in PAGES[1].title
    assert PAGES[2].title == "Latent 5 · dead here"
