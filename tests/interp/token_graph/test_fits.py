"""A dictionary of another model or site is refused, as far as it says so."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import interp
from interp import Model, ShapeError
from interp.dictionaries.architectures import TopK
from interp.dictionaries.loading import load
from interp.dictionaries.save import save
from interp.dictionaries.weights import Weights
from interp.models.fingerprint import fingerprint
from interp.models.randomise import random_weights
from interp.token_graph.fits import FINGERPRINT, reads, require_fits
from tests.interp.dictionaries.small import Small, random

SITE = interp.resid(1)


def saying(**facts: str) -> Small:
    found = random(6, 12)
    found.cfg = SimpleNamespace(metadata=SimpleNamespace(**facts), d_in=6)  # type: ignore[assignment]
    return found


def called(model: Model, name: str, source: Any = None) -> Model:
    """The same under another name, as if it had been read from there."""
    return Model(model.hf, model.anatomy, name, source)


def test_what_a_dictionary_says_has_to_fit(gpt2: Model) -> None:
    require_fits(gpt2, random(6, 12), SITE)
    require_fits(gpt2, saying(model_name=gpt2.name, hook_name="blocks.0.hook_resid_post"), SITE)
    require_fits(gpt2, saying(model_name=f"some/hub/{gpt2.name.upper()}", hook_name="blocks.1.hook_resid_pre"), SITE)
    require_fits(gpt2, saying(hook_name="a place of its own", model_name=""), SITE)
    with pytest.raises(ShapeError, match=r"trained at blocks.1.hook_resid_post, not at blocks.0.hook_resid_post"):
        require_fits(gpt2, saying(hook_name="blocks.1.hook_resid_post"), SITE, trust=True)
    with pytest.raises(ShapeError, match=r"trained on 'google/gemma-2-9b', and this is .*hand in trust=True"):
        require_fits(gpt2, saying(model_name="google/gemma-2-9b"), SITE)
    require_fits(gpt2, saying(model_name="google/gemma-2-9b"), SITE, trust=True)


@pytest.mark.parametrize("blocks", ["transformer.h", "model.layers", "gpt_neox.layers", "language_model.model.layers"])
def test_blocks_by_their_names_in_hugging_face_are_what_comes_out_of_them(blocks: str, gpt2: Model) -> None:
    require_fits(gpt2, saying(hook_name=f"{blocks}.0"), interp.resid(1))
    require_fits(gpt2, saying(hook_name=f"{blocks}.11"), interp.resid(12))
    for site in (interp.resid(1), interp.resid(0), interp.resid(3), interp.mlp_out(1)):
        with pytest.raises(ShapeError, match=rf"trained at {blocks}.1 \(blocks.1.hook_resid_post\), not at {site}"):
            require_fits(gpt2, saying(hook_name=f"{blocks}.1"), site)
    require_fits(gpt2, saying(hook_name=f"{blocks}.1.mlp.act"), SITE)  # of which nothing is known


def test_the_embedding_is_depth_0_and_an_architecture_may_have_blocks_of_its_own(gpt2: Model) -> None:
    require_fits(gpt2, saying(hook_name="hook_embed"), interp.resid(0))
    with pytest.raises(ShapeError, match=r"trained at hook_embed \(blocks.0.hook_resid_pre\), not at blocks.0"):
        require_fits(gpt2, saying(hook_name="hook_embed"), SITE)
    require_fits(gpt2, saying(hook_name="tower.stages.1"), SITE)
    own = called(gpt2, "own")
    own.anatomy = replace(own.anatomy, blocks="tower.stages")
    with pytest.raises(ShapeError, match=r"trained at tower.stages.1 \(blocks.1.hook_resid_post\)"):
        require_fits(own, saying(hook_name="tower.stages.1"), SITE)


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("/b/run2/final", True),
        ("/b/run1/../run2/final/", True),
        ("/a/run1/final", False),
        ("../run1/final", False),
        ("final", True),  # which says no more than that
        ("owner/Final", True),
        ("owner/other", False),
    ],
)
def test_two_folders_have_to_be_the_same_one(said: str, same: bool, gpt2: Model) -> None:
    for model in (called(gpt2, "final", Path("/b/run2/final")), called(gpt2, "/b/run2/final")):
        if same:
            require_fits(model, saying(model_name=said), SITE)
        else:
            with pytest.raises(ShapeError, match="and this is '/b/run2/final'"):
                require_fits(model, saying(model_name=said), SITE)
            require_fits(model, saying(model_name=said), SITE, trust=True)


def test_a_folder_is_known_by_being_there(gpt2: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = called(gpt2, "final", tmp_path / "run2" / "final")
    require_fits(model, saying(model_name="run1/final"), SITE)  # an id of the hub, for all that is known
    (tmp_path / "run1" / "final").mkdir(parents=True)
    with pytest.raises(ShapeError, match="trained on 'run1/final'"):
        require_fits(model, saying(model_name="run1/final"), SITE)


def test_a_hub_id_and_its_copy_here_are_one_model(gpt2: Model) -> None:
    cached = "/disk/me/huggingface/hub/models--google--gemma-2-2b/snapshots/0a1b2c"
    for name, source in (
        ("gemma-2-2b", Path("/models/gemma-2-2b")), ("google/gemma-2-2b", "google/gemma-2-2b"),
        ("0a1b2c", Path(cached)),
    ):  # fmt: skip
        model = called(gpt2, name, source)
        for said in ("google/gemma-2-2b", "gemma-2-2b", cached.replace("0a1b2c", "other").replace("/me/", "/you/")):
            require_fits(model, saying(model_name=said), SITE)
        with pytest.raises(ShapeError, match="trained on 'google/gemma-2-9b'"):
            require_fits(model, saying(model_name="google/gemma-2-9b"), SITE)


def test_a_model_with_random_weights_is_not_the_one_whose_folder_it_came_from(gpt2: Model) -> None:
    untrained = called(gpt2, "final with random weights (seed 0)", Path("/b/run2/final"))
    require_fits(untrained, saying(model_name="final with random weights (seed 0)"), SITE)
    with pytest.raises(ShapeError, match="and this is 'final with random weights"):
        require_fits(untrained, saying(model_name="/b/run2/final"), SITE)


def test_weights_tell_models_apart_whatever_they_are_called(gpt2: Model) -> None:
    own = fingerprint(gpt2)
    require_fits(gpt2, saying(model_name="/somewhere/else", **{FINGERPRINT: own}), SITE)
    other = random_weights(gpt2, 0)
    for name in ("final", other.name):
        with pytest.raises(ShapeError, match=r"trained on 'final' with other weights than .*hand in trust=True"):
            require_fits(called(other, name), saying(model_name="final", **{FINGERPRINT: own}), SITE)
    with pytest.raises(ShapeError, match="trained on 'a model' with other weights"):
        require_fits(other, saying(**{FINGERPRINT: own}), SITE)
    require_fits(other, saying(model_name="final", **{FINGERPRINT: own}), SITE, trust=True)


def test_the_fingerprint_travels_with_a_saved_dictionary(gpt2: Model, tmp_path: Path) -> None:
    save(Weights(6, 8), TopK(8, k=2), tmp_path, {"model_name": "final", FINGERPRINT: fingerprint(gpt2)})
    require_fits(gpt2, load(tmp_path), SITE)
    with pytest.raises(ShapeError, match="trained on 'final' with other weights"):
        require_fits(random_weights(gpt2, 0), load(tmp_path), SITE)


def test_the_width_that_is_read_is_not_the_one_that_is_written() -> None:
    found = random(6, 12)
    assert reads(found) == 6
    found.cfg = SimpleNamespace(d_in=4)  # type: ignore[assignment]
    assert reads(found) == 4
