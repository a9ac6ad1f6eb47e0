"""What decides the bits of a store is known, and checked, before the first activation."""

from pathlib import Path
from typing import Any

import pytest
import torch

import interp
from interp import Model, Sequences, edited, load, pattern, resid, scores, watch, zero_ablate
from interp.errors import InterpError, ModelError, ShapeError, UnknownNameError
from interp.models.fingerprint import fingerprint
from interp.store.identity import identify
from interp.store.manifest import Manifest
from tests.architectures import fresh, some_tokens
from tests.interp.store.harvested import SITES, data


def identity(model: Model, given: Sequences | None = None, sites: Any = SITES, **changes: Any) -> Manifest:
    settings: dict[str, Any] = {"dtype": "float16", "shard": 5, "batch": 2}
    return identify(model, given or data(), sites, **{**settings, **changes})


def test_it_says_model_data_sites_and_settings(gpt2: Model) -> None:
    found = identity(gpt2)
    assert (found.model, found.model_fingerprint) == (gpt2.name, fingerprint(gpt2))
    assert (found.data, found.data_fingerprint) == ("made up", data().fingerprint())
    assert (found.dtype, found.batch, found.per_shard, found.shards) == ("float16", 2, 5, 4)
    assert (found.sequences, found.rows) == (18, data().rows)
    assert found.made_with["threads"] == torch.get_num_threads()
    assert found.made_with["device"] == "cpu"


def test_sites_are_in_the_order_of_the_model_whatever_the_order_asked_for(gpt2: Model) -> None:
    found = identity(gpt2)
    assert found == identity(gpt2, sites=[one.name for one in reversed(SITES)])
    assert found.sites == tuple(one.name for one in (resid(0), pattern(0), SITES[2], resid(2)))
    assert found.shapes == ((32,), (4, 7), (4, 8), (32,))


def test_a_model_saved_and_loaded_is_the_same(gpt2: Model, tmp_path: Path) -> None:
    gpt2.hf.save_pretrained(tmp_path)
    again = identity(load(tmp_path))
    assert again.model_fingerprint == identity(gpt2).model_fingerprint
    assert again.config_fingerprint == identity(gpt2).config_fingerprint


def test_a_changed_configuration_of_the_same_weights_is_another_model(gpt2: Model) -> None:
    other = load(fresh("gpt2", layer_norm_epsilon=1e-3))
    assert identity(other).model_fingerprint == identity(gpt2).model_fingerprint
    assert identity(other).config_fingerprint != identity(gpt2).config_fingerprint
    eager = load(fresh("gpt2"))
    eager.hf.set_attn_implementation("eager")
    assert identity(eager).config_fingerprint != identity(gpt2).config_fingerprint


def test_no_folder_of_this_machine_is_in_it(gpt2: Model, tmp_path: Path) -> None:
    given = Sequences.of(some_tokens(), source=str(tmp_path / "corpus.txt"))
    model = Model(gpt2.hf, gpt2.anatomy, str(tmp_path / "model"))
    found = identity(model, given)
    assert (found.model, found.data) == ("model", "corpus.txt")


def test_shards_are_whole_batches_and_bounded_in_rows_and_bytes(gpt2: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    many = Sequences.of(some_tokens(2000, 7))
    assert identity(gpt2, many, resid(0), shard=None, batch=32).per_shard == 65536 // 7 // 32 * 32
    monkeypatch.setattr("interp.store.identity._BYTES", 7 * 100 * 32 * 2)
    assert identity(gpt2, many, resid(0), shard=None, batch=32).per_shard == 96
    assert identity(gpt2, many, resid(0), shard=None, batch=32, dtype="float32").per_shard == 32
    assert identity(gpt2, many, resid(0), shard=None, batch=256).per_shard == 256


@pytest.mark.parametrize("change", [{"batch": 0}, {"shard": 0}, {"shard": -1}])
def test_sizes_below_one_are_refused(change: dict[str, Any], gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="must be 1 or more"):
        identity(gpt2, **change)


def test_what_the_model_cannot_read_is_refused(gpt2: Model) -> None:
    for tokens, message in [
        (torch.full((2, 3), 50), "token id 50 is not in the vocabulary"),
        (torch.tensor([[1, 2], [3, -1]]), "token id -1"),
        (torch.zeros(1, 17, dtype=torch.long), "17 positions are more than the 16"),
    ]:
        with pytest.raises(ShapeError, match=message):
            identity(gpt2, Sequences.of(tokens))


def test_numbers_that_the_index_cannot_hold_are_refused(gpt2: Model) -> None:
    given = data()
    far = Sequences(given.tokens, given.documents + 2**31, given.places, given.kept, "far")
    with pytest.raises(ShapeError, match=r"below 2\^31"):
        identity(gpt2, far)


def test_unknown_sites_and_types_are_named(gpt2: Model) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown site 'blocks\.8\.hook_resid_post'"):
        identity(gpt2, sites=resid(9))
    with pytest.raises(UnknownNameError, match="unknown dtype of a store 'half'"):
        identity(gpt2, dtype="half")
    with pytest.raises(ShapeError, match="no sites"):
        identity(gpt2, sites=[])


def test_scores_are_infinite_by_nature(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match=r"hook_attn_scores holds -inf .*: harvest the pattern"):
        identity(gpt2, sites=scores(0))


def test_a_model_in_training_mode_is_refused() -> None:
    model = load(fresh("gpt2"))
    model.hf.transformer.h[1].train()
    with pytest.raises(ModelError, match=r"training mode.*eval\(\)"):
        identity(model)


def test_a_model_under_edits_is_refused(gpt2: Model) -> None:
    edits: list[Any] = [
        edited(gpt2, zero_ablate(resid(1))),
        edited(gpt2, zero_ablate(pattern(0))),
        watch(gpt2, resid(1)),
    ]
    for inside in edits:
        with inside, pytest.raises(ModelError, match="edited or watched"):
            identity(gpt2)
    assert isinstance(identity(gpt2), Manifest)


def test_the_errors_are_the_house_s_own() -> None:
    assert issubclass(ModelError, InterpError)
    assert interp.InterpError is InterpError
