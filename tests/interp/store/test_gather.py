"""Rows straight from the model equal those that a capture of everything would give."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from interp import Model, Sequences, attn_out, capture, load, mlp_post, pattern, resid, site, z
from interp.errors import InterpError, ModelError, ShapeError
from interp.models.sites import KINDS
from interp.store.gather import Gatherer, Part
from interp.store.identity import identify
from interp.store.manifest import Manifest
from tests.architectures import fresh
from tests.interp.store.harvested import data

SETTINGS: dict[str, Any] = {"dtype": "float32", "shard": 5, "batch": 2}


def gathered(model: Model, manifest: Manifest, given: Sequences, shard: int) -> list[torch.Tensor]:
    return Gatherer(model, manifest)(Part.of(given, manifest, shard))


def test_rows_of_every_site_are_those_of_a_capture(model: Model) -> None:
    sites = [one for one in model.sites if one.kind != "scores"]
    given = data()
    manifest = identify(model, given, sites, **SETTINGS)
    for shard in (0, 3):
        begin, end = manifest.span(shard)
        rows = gathered(model, manifest, given, shard)
        # The same sequences at a time: so equal to the bit.
        acts = capture(model, given.tokens[begin:end], sites, batch=2)
        for name, found in zip(manifest.sites, rows, strict=True):
            whole = acts[name].movedim(KINDS[site(name).kind].position_axis, 1)
            assert torch.equal(found, whole[given.kept[begin:end]]), name


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_rows_are_cast_to_the_type_of_the_store(dtype: str, gpt2: Model) -> None:
    manifest = identify(gpt2, data(), resid(1), **{**SETTINGS, "dtype": dtype})
    (rows,) = gathered(gpt2, manifest, data(), 0)
    expected = capture(gpt2, data().tokens[:5], resid(1), batch=2)[resid(1)].flatten(0, 1).to(manifest.torch_dtype)
    assert rows.dtype == manifest.torch_dtype
    assert torch.equal(rows, expected)


def test_rows_stay_until_the_call_after_the_next(gpt2: Model) -> None:
    manifest = identify(gpt2, data(), resid(1), **SETTINGS)
    gatherer = Gatherer(gpt2, manifest)
    (first,) = gatherer(Part.of(data(), manifest, 0))
    before = first.clone()
    (second,) = gatherer(Part.of(data(), manifest, 1))
    assert torch.equal(first, before)
    assert first.data_ptr() != second.data_ptr()
    (third,) = gatherer(Part.of(data(), manifest, 3))
    assert third.data_ptr() == first.data_ptr()


def test_every_row_is_known_by_where_it_comes_from() -> None:
    given = data()
    manifest = replace(_manifest(given), per_shard=5)
    origins = Part.of(given, manifest, 3).origins()
    expected = [
        (sequence, position, int(given.documents[sequence, position]), int(given.places[sequence, position]),
         int(given.tokens[sequence, position]))
        for sequence in range(15, 18) for position in range(7) if given.kept[sequence, position]
    ]  # fmt: skip
    assert list(zip(*(column.tolist() for column in origins.values()), strict=True)) == expected
    assert list(origins) == ["sequence", "position", "document", "place", "token"]
    assert {column.dtype for column in origins.values()} == {torch.int32}


def test_a_part_has_memory_of_its_own() -> None:
    given = data()
    part = Part.of(given, _manifest(given), 1)
    assert part.tokens.untyped_storage().nbytes() == part.tokens.numel() * 8


def test_what_keeps_nothing_is_not_even_read(gpt2: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = identify(gpt2, data(), [resid(1), pattern(0)], **SETTINGS)
    gatherer = Gatherer(gpt2, manifest)

    def refuse(*_: Any) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(Model, "checked", refuse)
    assert [list(rows.shape) for rows in gatherer(Part.of(data(), manifest, 2))] == [[0, 4, 7], [0, 32]]


def _manifest(given: Sequences) -> Manifest:
    return Manifest(
        "m", "", "", "d", "", ("blocks.0.hook_resid_pre",), ((32,),), "float32", 2, 5, len(given), given.rows
    )


def _spoil(change: Callable[[Any], None]) -> Model:
    model = load(fresh("gpt2"))
    with torch.no_grad():
        change(model.hf.transformer)
    return model


def _fill(path: str, value: float) -> Callable[[Any], None]:
    return lambda body: body.get_parameter(path).fill_(value)


def _scale(factor: float) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        body.wte.weight.mul_(factor)
        body.wpe.weight.mul_(factor)

    return change


@pytest.mark.parametrize(
    ("change", "where", "dtype", "kind", "message"),
    [
        (_fill("h.1.mlp.c_proj.bias", float("nan")), resid(2), "float32", ModelError,
         r"blocks\.1\.hook_resid_post in shard 1 \(sequences 5 to 9\) holds NaN or infinity, .* float32.*damaged"),
        (_fill("h.0.mlp.c_fc.bias", float("inf")), mlp_post(0), "bfloat16", ModelError, "holds NaN or infinity"),
        (_fill("h.0.attn.c_proj.bias", -float("inf")), attn_out(0), "float64", ModelError, "holds NaN or infinity"),
        (_fill("h.0.mlp.c_proj.bias", 65530.0), resid(1), "float16", ShapeError,
         r"blocks\.0\.hook_resid_post in shard 1 .* reaches 6553\d.*, more than float16 can hold \(65504\)\. "
         r"Harvest with dtype='bfloat16' or 'float32'"),
        (_fill("h.0.mlp.c_proj.bias", -1e30), resid(1), "float16", ShapeError, "reaches 1e\\+30, more than float16"),
        (_scale(0), resid(0), "float32", ShapeError,
         r"blocks\.0\.hook_resid_pre in shard 1 .* is constant: all \d+ rows are the same, 0 first"),
        (_scale(1e-9), resid(0), "float16", ShapeError, "too small for the dtype of the store"),
        (_fill("h.1.attn.c_attn.weight", 0.0), z(1), "float16", ShapeError, "is constant"),
    ],
)  # fmt: skip
def test_what_no_store_should_hold_is_refused_by_site_and_shard(
    change: Callable[[Any], None], where: Any, dtype: str, kind: type[InterpError], message: str
) -> None:
    model = _spoil(change)
    manifest = identify(model, data(), [resid(0), where], **{**SETTINGS, "dtype": dtype})
    with pytest.raises(kind, match=message):
        gathered(model, manifest, data(), 1)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_another_dtype_takes_what_float16_cannot_hold(dtype: str) -> None:
    model = _spoil(lambda body: body.h[0].mlp.c_proj.bias[0].fill_(70000.0))
    for name in ("float16", dtype):
        manifest = identify(model, data(), resid(1), **{**SETTINGS, "dtype": name})
        if name == "float16":
            with pytest.raises(ShapeError, match="more than float16 can hold"):
                gathered(model, manifest, data(), 0)
        else:
            (rows,) = gathered(model, manifest, data(), 0)
            assert rows.isfinite().all()


def test_the_largest_number_of_float16_is_no_overflow() -> None:
    model = _spoil(_fill("h.0.ln_1.bias", 0.0))
    given = Sequences.of(torch.arange(14).reshape(2, 7))
    with torch.no_grad():
        model.hf.transformer.wpe.weight.zero_()
        model.hf.transformer.wte.weight.fill_(65519.0)  # rounds to 65504, 65520 would round to infinity
        model.hf.transformer.wte.weight[3] = 1.0
    manifest = identify(model, given, resid(0), **{**SETTINGS, "dtype": "float16"})
    (rows,) = gathered(model, manifest, given, 0)
    assert rows.max().item() == 65504.0


def test_rows_of_one_token_alone_may_be_constant() -> None:
    model = _spoil(lambda body: body.wpe.weight.zero_())
    given = Sequences.of(torch.full((2, 7), 3))
    manifest = identify(model, given, resid(0), **SETTINGS)
    (rows,) = gathered(model, manifest, given, 0)
    assert (rows == rows[0]).all()


def test_a_model_that_passes_a_site_by_is_a_clear_error() -> None:
    model = load(fresh("gpt2"))
    manifest = identify(model, data(), [resid(1), resid(2)], **SETTINGS)
    model.hf.forward = lambda **_: model.blocks[1](torch.zeros(2, 7, 32))  # neither the first block nor the norm
    with pytest.raises(ModelError, match=r"never passed blocks\.1\.hook_resid_post"):
        gathered(model, manifest, data(), 0)
