"""Masks: sets of weights of one model, and the files that they are kept in."""

from pathlib import Path

import pytest
import torch

import interp
from interp import FileError, Model, ModelError, ShapeError
from interp.files import read_tensors, write_tensors
from interp.models.fingerprint import fingerprint
from interp.subnetworks import Mask, parameters, units
from tests.architectures import fresh, made

NAMES = ["transformer.h.0.attn.c_proj.weight", "transformer.h.1.mlp.c_fc.bias", "transformer.ln_f.weight"]


def drawn(model: Model, seed: int, share: float = 0.3, names: list[str] | None = None) -> Mask:
    generator = torch.Generator().manual_seed(seed)
    chosen = parameters(model, names)
    return Mask({n: torch.rand(w.shape, generator=generator) < share for n, w in chosen.items()}, fingerprint(model))


def weights(mask: Mask) -> set[tuple[str, int]]:
    """The kept weights, one by one."""
    return {(n, int(i)) for n, kept in mask.kept.items() for i in kept.flatten().nonzero()}


def test_masks_are_sets_of_weights(gpt2: Model) -> None:
    a, b = drawn(gpt2, 0, names=NAMES), drawn(gpt2, 1, names=NAMES)
    every = weights(Mask.full(gpt2, NAMES))
    assert weights(a | b) == weights(a) | weights(b)
    assert weights(a & b) == weights(a) & weights(b)
    assert weights(a - b) == weights(a) - weights(b)
    assert weights(~a) == every - weights(a)
    assert a.size == len(weights(a))
    assert a.total == len(every) == 32 * 32 + 128 + 32
    assert a.share == a.size / a.total


def test_masks_are_equal_when_they_keep_the_same_weights_of_the_same_model(gpt2: Model) -> None:
    a = drawn(gpt2, 0)
    assert a == drawn(gpt2, 0)
    assert a != drawn(gpt2, 1)
    assert a != drawn(gpt2, 0, names=NAMES)
    assert a != Mask(a.kept, "0" * 64)
    assert a != "a mask"
    assert (a | ~a) == Mask.full(gpt2)
    assert (a & ~a) == Mask.empty(gpt2)
    assert (a - Mask.full(gpt2)).size == 0
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)


def test_full_and_empty_masks_cover_what_is_named(model: Model) -> None:
    full, empty = Mask.full(model), Mask.empty(model)
    assert full.size == full.total == empty.total == sum(weight.numel() for weight in parameters(model).values())
    assert (empty.size, empty.share, full.share) == (0, 0, 1)
    assert list(full.kept) == list(parameters(model))
    assert ~full == empty
    name = list(full.kept)[2]
    assert list(Mask.full(model, name).kept) == [name]


def test_the_mask_of_some_units_keeps_their_weights(gpt2: Model) -> None:
    found = units(gpt2, "neuron")
    kept = torch.zeros(found.count, dtype=torch.bool)
    kept[3] = kept[130] = True
    mask = Mask.of_units(found, kept)
    first, second = (mask.kept[f"transformer.h.{block}.mlp.c_fc.weight"] for block in (0, 1))
    assert first.any(0).nonzero().flatten().tolist() == [3]
    assert second.any(0).nonzero().flatten().tolist() == [2]
    assert mask.kept["transformer.h.1.mlp.c_proj.weight"][2].all()
    assert mask.size == 4 * 32
    assert mask.model == fingerprint(gpt2)
    with pytest.raises(ShapeError, match=r"there are 256 units, but kept is \[2\]"):
        Mask.of_units(found, kept[:2])


def test_masks_of_other_models_or_parameters_do_not_mix(gpt2: Model) -> None:
    a = drawn(gpt2, 0)
    others = [Mask(a.kept, "0" * 64), Mask.full(made("gptj")), Mask.full(made("gpt2-tied"))]
    for other in others:
        for join in (Mask.__or__, Mask.__and__, Mask.__sub__):
            with pytest.raises(ModelError, match="of different models"):
                join(a, other)
    with pytest.raises(ShapeError, match="different parameters: only one of them covers"):
        a | drawn(gpt2, 0, names=NAMES)
    name = NAMES[0]
    with pytest.raises(ShapeError, match=r"\[2, 2\] and \[1, 2\]"):
        Mask({name: torch.ones(2, 2).bool()}, "a") | Mask({name: torch.ones(1, 2).bool()}, "a")


def test_a_mask_is_made_of_booleans_over_something_and_does_not_change() -> None:
    with pytest.raises(ShapeError, match="at least one parameter"):
        Mask({}, "a")
    own = {"w": torch.ones(2).bool()}
    mask = Mask(own, "a")
    own["v"] = torch.ones(2).bool()
    assert list(mask.kept) == ["w"]
    with pytest.raises(TypeError):
        mask.kept["v"] = own["v"]  # type: ignore[index]
    assert repr(Mask(own, "a" * 64)) == "Mask(4 of 4 weights, 100.000%, model aaaaaaaa)"


@pytest.mark.usefixtures("unchecked")
def test_numbers_are_no_mask() -> None:
    with pytest.raises(ShapeError, match=r"that of w is torch\.float32"):
        Mask({"w": torch.ones(2)}, "a")


def test_the_digest_tells_masks_apart(gpt2: Model) -> None:
    a = drawn(gpt2, 0)
    others = [drawn(gpt2, 1), ~a, drawn(gpt2, 0, names=NAMES), Mask(a.kept, "0" * 64)]
    one = Mask({"w": torch.zeros(9).bool()}, "a")
    longer = Mask({"w": torch.zeros(10).bool()}, "a")  # the same bytes when packed
    assert len({mask.digest for mask in [a, *others, one, longer]}) == 7
    assert a.digest == drawn(gpt2, 0).digest


@pytest.mark.parametrize("names", [None, NAMES, ["transformer.ln_f.bias"]])
def test_a_mask_comes_back_from_its_file_at_a_bit_a_weight(
    gpt2: Model, names: list[str] | None, tmp_path: Path
) -> None:
    mask = drawn(gpt2, 0, names=names)
    mask.save(tmp_path / "a.safetensors")
    assert Mask.load(tmp_path / "a.safetensors") == mask
    assert Mask.load(tmp_path / "a.safetensors", gpt2) == mask
    packed, _ = read_tensors(tmp_path / "a.safetensors")
    assert sum(bits.numel() for bits in packed.values()) == sum((kept.numel() + 7) // 8 for kept in mask.kept.values())


@pytest.mark.parametrize("count", [1, 7, 8, 9, 65])
def test_lengths_that_fill_no_byte_come_back_too(count: int, tmp_path: Path) -> None:
    kept = torch.rand(count, generator=torch.Generator().manual_seed(count)) < 0.5
    mask = Mask({"w": kept, "matrix": kept[None].expand(3, -1).clone()}, "a")
    mask.save(tmp_path / "a")
    assert Mask.load(tmp_path / "a") == mask


def test_a_mask_of_another_model_is_refused_where_a_model_is_given(gpt2: Model, tmp_path: Path) -> None:
    drawn(gpt2, 0).save(tmp_path / "a")
    other = interp.load(fresh("gpt2"))
    Mask.load(tmp_path / "a", other)
    with torch.no_grad():
        other.hf.transformer.h[0].ln_1.bias[3] += 1e-3
    with pytest.raises(ModelError, match="another checkpoint"):
        Mask.load(tmp_path / "a", other)


def test_a_file_that_is_missing_cut_short_or_no_mask_is_refused(gpt2: Model, tmp_path: Path) -> None:
    path = tmp_path / "a"
    with pytest.raises(FileError, match="missing or damaged"):
        Mask.load(path)
    drawn(gpt2, 0).save(path)
    whole = path.read_bytes()
    for length in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(FileError, match="damaged"):
            Mask.load(path)
    write_tensors(path, {"w": torch.ones(2)})
    with pytest.raises(FileError, match="is no mask"):
        Mask.load(path)


def test_a_file_whose_content_was_changed_is_refused(gpt2: Model, tmp_path: Path) -> None:
    path = tmp_path / "a"
    drawn(gpt2, 0, names=NAMES).save(path)
    packed, facts = read_tensors(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(FileError, match="not those that were written"):
        Mask.load(path)
    wrong = [
        (packed | {"more": torch.zeros(1).byte()}, facts),
        ({NAMES[0]: packed[NAMES[0]]}, facts),
        (packed | {NAMES[0]: packed[NAMES[0]][:-1]}, facts),
        (packed | {NAMES[0]: packed[NAMES[0]].float()}, facts),
        (packed, facts | {"shapes": "[1, 2]"}),
        (packed, facts | {"shapes": "{"}),
        (packed, facts | {"shapes": "{}"}),
        (packed, facts | {"model": "0" * 64}),
        (packed, {key: value for key, value in facts.items() if key != "model"}),
    ]
    for tensors, about in wrong:
        write_tensors(path, tensors, about)
        with pytest.raises(FileError, match="is damaged"):
            Mask.load(path)


def test_an_interrupted_write_leaves_the_old_mask(gpt2: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = drawn(gpt2, 0), drawn(gpt2, 1)
    old.save(tmp_path / "a")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(FileError, match="No space left"):
        new.save(tmp_path / "a")
    monkeypatch.undo()
    assert Mask.load(tmp_path / "a", gpt2) == old
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
