from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.function_tokens import dictionaries
from experiments.function_tokens.dictionaries import TRAINED, Wanted, released, trained
from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject
from interp.dictionaries.architectures import TopK
from interp.errors import FileError, ShapeError
from interp.models.randomise import random_weights
from interp.models.sites import resid
from interp.records import Run
from interp.token_graph import build

KIND = TopK(32, k=4)


def made(subject: Subject, this: Run, wanted: Mapping[str, Any], rows: int = 1024) -> dict[str, Any]:
    return trained(subject, subject.model, wanted, rows=rows, batch=128, seed=0, this=this)


@pytest.fixture(scope="module")
def pair(subject: Subject, this: Run) -> dict[str, Any]:
    return made(subject, this, {"one": (resid(1), KIND), "two": Wanted(resid(2), KIND)})


def test_dictionaries_know_model_and_site_and_fit_them(subject: Subject, pair: dict[str, Any]) -> None:
    assert pair["two"].cfg.metadata.hook_name == resid(2).name
    assert build(subject.model, pair["two"], resid(2), subject.held_out).alive.any()


def test_what_was_trained_is_found_again_and_not_trained(
    subject: Subject, this: Run, pair: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionaries, "train_many", None)
    again = made(subject, this, {"another name": (resid(1), KIND)})
    assert torch.equal(again["another name"].W_dec, pair["one"].W_dec)
    with pytest.raises(TypeError):
        made(subject, this, {"one": (resid(1), KIND)}, rows=2048)


def test_a_dictionary_is_the_same_whatever_is_trained_beside_it(
    subject: Subject, other_run: Run, pair: dict[str, Any]
) -> None:
    alone = made(subject, other_run, {"two": (resid(2), KIND), "twin": Wanted(resid(2), KIND, twin=1)})
    assert torch.equal(alone["two"].W_dec, pair["two"].W_dec)
    assert not torch.equal(alone["twin"].W_dec, pair["two"].W_dec)
    kept = sorted(place.name for place in (other_run.work.parent.parent / TRAINED).iterdir())
    assert len(kept) == 2
    assert not any(name.startswith("work") for name in kept)


def test_models_of_other_weights_have_dictionaries_of_their_own(subject: Subject, other_run: Run) -> None:
    fresh = random_weights(subject.model, 0)
    wanted = {"one": (resid(1), KIND)}
    one = trained(subject, fresh, wanted, rows=512, batch=128, seed=0, this=other_run)["one"]
    assert one.cfg.metadata.model_name == fresh.name
    one.cfg.metadata.model_name = subject.model.name
    with pytest.raises(ShapeError, match="other weights"):
        build(subject.model, one, resid(1), subject.held_out)


def test_a_release_may_be_a_folder(subject: Subject, this: Run, pair: dict[str, Any], tmp_path: Path) -> None:
    pair["two"].save_model(tmp_path / "layer_1" / "width_32")
    plan = replace(subject.plan, release=str(tmp_path), loaded=("layer_1/width_32",))
    site, found = released(plan, plan.loaded[0], this)
    assert site == resid(2)
    assert torch.equal(found.W_dec, pair["two"].W_dec)
    with pytest.raises(FileError, match="no folder"):
        released(plan, "layer_7", this)


def test_a_dictionary_that_does_not_say_what_it_reads_is_refused(
    plan: Plan, this: Run, pair: dict[str, Any], tmp_path: Path
) -> None:
    pair["two"].save_model(tmp_path / "one")
    config = tmp_path / "one" / "cfg.json"
    config.write_text(config.read_text().replace("hook_name", "hook"))
    with pytest.raises(FileError, match="does not say at which site"):
        released(replace(plan, release=str(tmp_path)), "one", this)
