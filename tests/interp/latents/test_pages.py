from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from interp import Sequences, z
from interp.errors import ModelError, ShapeError, UnknownNameError
from interp.latents.pages import View, page, pages
from interp.latents.top import top
from interp.matching import chance, cosines
from tests.architectures import VOCABULARY, made
from tests.interp.dictionaries.small import random
from tests.interp.latents.made import DEAD, LATENTS, SITE, World, corpus, world
from tests.interp.latents.test_page import LABEL
from tests.interp.store.harvested import SITES, data, harvested


def show(one: World, latents: list[int], **changes: Any) -> Any:
    given: dict[str, Any] = {
        "dictionary": one.dictionary, "store": one.store, "where": SITE, "data": one.data, "decode": one.corpus,
        "quiet": True, **changes,
    }  # fmt: skip
    return pages(latents, **given)


def test_the_numbers_are_those_of_all_rows(tmp_path: Path) -> None:
    one = world(tmp_path)
    latents = one.dictionary.encode(one.rows).detach()
    for found in show(one, [4, 0, 7]):
        values = latents[:, found.latent]
        fired = values[values > 0]
        assert (found.rows, found.fired) == (len(values), len(fired))
        assert found.mean == pytest.approx(float(fired.mean()))
        assert found.highest == pytest.approx(float(fired.max()))
        assert sum(found.histogram.counts) == len(fired)
        assert found.histogram.edges[0] == 0
        assert found.histogram.edges[-1] == pytest.approx(found.highest)


def test_contexts_are_the_strongest_rows_and_no_sequence_comes_twice(tmp_path: Path) -> None:
    one = world(tmp_path)
    view = View(top=3, each=2)
    for found in show(one, [4, 0, 7], view=view):
        rows = top(one.dictionary, one.rows, [found.latent], 3, sequences=one.store.index.sequence, quiet=True).rows[0]
        assert [context.row for context in found.top] == rows.tolist()
        shown = [*found.top, *(context for band in found.bands for context in band.contexts)]
        assert len({context.sequence for context in shown}) == len(shown)
        assert all(context.tokens[context.peak].activation == context.activation > 0 for context in shown)
        assert all(one.store.trace(context.row).position == context.position for context in shown)


def test_a_page_does_not_depend_on_those_made_with_it(tmp_path: Path) -> None:
    one = world(tmp_path)
    alone = page(7, one.dictionary, one.store, str(SITE), one.data, decode=one.corpus, quiet=True)
    assert show(one, [4, 7])[1] == alone
    assert alone.site == str(SITE)
    assert alone.dictionary == "Small"


def test_neighbours_are_the_nearest_directions_beside_chance(tmp_path: Path) -> None:
    one = world(tmp_path)
    with torch.no_grad():
        one.dictionary.W_dec[5] = 0
    table = cosines(one.dictionary.W_dec[[2]], one.dictionary.W_dec[[i for i in range(LATENTS) if i not in (2, 5)]])[0]
    found, without = show(one, [2, 5], view=View(neighbours=3))
    assert [one.cosine for one in found.neighbours] == pytest.approx(sorted(table.tolist(), reverse=True)[:3])
    assert {one.latent for one in found.neighbours}.isdisjoint({2, 5})
    assert found.chance == pytest.approx(chance(6, LATENTS - 1)[:3])
    assert without.neighbours == ()
    assert show(one, [2], view=View(neighbours=0))[0].neighbours == ()


def test_a_dead_latent_has_a_page_without_contexts(tmp_path: Path) -> None:
    (found,) = show(world(tmp_path), [DEAD])
    assert found.dead
    assert (found.mean, found.highest, found.histogram, found.top, found.bands) == (None, None, None, (), ())
    assert len(found.neighbours) == 8


def test_labels_come_from_outside(tmp_path: Path) -> None:
    one = world(tmp_path)
    known, unknown = show(one, [1, 2], labels={1: LABEL})
    assert (known.label, known.labelled) == (LABEL, True)
    assert (unknown.label, unknown.labelled) == (None, True)
    assert not show(one, [1])[0].labelled


def test_a_harvested_model_says_which_tokens_follow(tmp_path: Path) -> None:
    store, model = harvested(tmp_path), made("gpt2")
    (found,) = pages([3], random(32, 40, dtype=torch.float32), store, SITES[0], data(), model=model, quiet=True)
    assert len(found.outputs.promoted) == len(found.outputs.suppressed) == 8  # type: ignore[union-attr]
    assert {one.text.strip() for one in found.outputs.promoted} <= {str(i) for i in range(VOCABULARY)}  # type: ignore[union-attr]
    kept = data().kept
    for one in found.top:
        first = one.position - one.peak
        for place, token in enumerate(one.tokens):
            assert (token.activation is None) != bool(kept[one.sequence, first + place])
    (heads,) = pages([3], random(32, 40, dtype=torch.float32), store, z(1), data(), quiet=True)
    assert heads.outputs is None
    with pytest.raises(ShapeError, match="no direct path"):
        pages([3], random(32, 40, dtype=torch.float32), store, z(1), data(), model=model, quiet=True)


def test_what_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    one = world(tmp_path)
    other = Sequences(one.data.tokens, one.data.documents, one.data.places, one.data.kept.logical_not(), "other")
    with pytest.raises(ShapeError, match="harvested from other data"):
        show(one, [0], data=other)
    with pytest.raises(ShapeError, match="were not made from"):
        show(one, [0], decode=corpus(["something else"]))
    with pytest.raises(UnknownNameError, match="site of this store"):
        show(one, [0], where=z(0))
    with pytest.raises(ShapeError, match="there is no latent 12: the dictionary has 0 to 11"):
        show(one, [12])
    with pytest.raises(ShapeError, match="width 5"):
        show(one, [0], dictionary=random(5, 4, dtype=torch.float32))
    with pytest.raises(ModelError, match="harvest this model"):
        show(one, [0], model=made("gpt2"))


@pytest.mark.parametrize(("name", "fits"), [(str(SITE), True), ("blocks.1.hook_resid_pre", True), ("elsewhere", True),
                                            (None, True), ("blocks.1.hook_mlp_out", False)])  # fmt: skip
def test_a_dictionary_of_another_site_is_refused(tmp_path: Path, name: str | None, fits: bool) -> None:
    one = world(tmp_path)
    one.dictionary.cfg = SimpleNamespace(metadata=SimpleNamespace(hook_name=name), architecture=lambda: "topk")  # type: ignore[assignment]
    if fits:
        assert show(one, [0])[0].dictionary == "topk"
    else:
        with pytest.raises(ShapeError, match=r"was trained at blocks\.1\.hook_mlp_out, not at"):
            show(one, [0])


@pytest.mark.parametrize("wrong", [{"top": 0}, {"bins": 0}, {"before": -1}, {"each": -1}])
def test_a_view_shows_something(wrong: dict[str, int]) -> None:
    with pytest.raises(ShapeError, match="at least one top context"):
        View(**wrong)


def test_a_view_can_be_small(tmp_path: Path) -> None:
    (found,) = show(world(tmp_path), [0], view=View(bins=3, before=0, after=0, each=0))
    assert len(found.histogram.counts) == 3
    assert found.bands == ()
    assert all(len(context.tokens) == 1 for context in found.top)
