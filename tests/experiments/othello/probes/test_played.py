import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import interp
from experiments.othello.model import Shape, build
from experiments.othello.probes.played import measure_played, selected
from experiments.othello.rules import Rules
from interp import Model, ShapeError
from interp.models.circuits import ov
from probes import LinearProbe
from tests.architectures import ARCHITECTURES, fresh, redraw

RULES = Rules(4)
D_HEAD = 8


def othello() -> Model:
    hf = build(Shape(size=4, depth=1, width=32, heads=4), 0)
    redraw(hf)
    return interp.load(hf.eval())


def of_family(name: str) -> Model:
    """A tiny model of an architecture with one token per move."""
    assert name in ARCHITECTURES
    return interp.load(fresh(name, vocab_size=13))


def some_probe(width: int = 32) -> LinearProbe:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(3, (200, 16), generator=generator)
    return LinearProbe().fit(torch.randn(200, width, generator=generator), labels, classes=3)


def of_gpt2(block: Any, head: int) -> tuple[Tensor, Tensor, Tensor]:
    """W_V, W_O and the gain of the norm."""
    begin = head * D_HEAD
    values = block.attn.c_attn.weight[:, 64 + begin : 64 + begin + D_HEAD]
    return values, block.attn.c_proj.weight[begin : begin + D_HEAD], block.ln_1.weight


def of_llama(block: Any, head: int) -> tuple[Tensor, Tensor, Tensor]:
    begin, shared = head * D_HEAD, head // 2 * D_HEAD
    values = block.self_attn.v_proj.weight[shared : shared + D_HEAD].T
    return values, block.self_attn.o_proj.weight[:, begin : begin + D_HEAD].T, block.input_layernorm.weight


def of_neox(block: Any, head: int) -> tuple[Tensor, Tensor, Tensor]:
    begin = head * D_HEAD
    values = block.attention.query_key_value.weight[(3 * head + 2) * D_HEAD : (3 * head + 3) * D_HEAD].T
    return values, block.attention.dense.weight[:, begin : begin + D_HEAD].T, block.input_layernorm.weight


@pytest.mark.parametrize(
    ("model", "weights", "centred"),
    [(othello(), of_gpt2, True), (of_family("llama"), of_llama, False), (of_family("neox"), of_neox, True)],
    ids=["gpt2", "llama", "neox"],
)
@torch.no_grad()
def test_cosines_are_those_of_weights_read_by_hand(
    model: Model, weights: Callable[[Any, int], tuple[Tensor, Tensor, Tensor]], centred: bool
) -> None:
    probe = some_probe()
    found = measure_played(model, RULES, probe, np.random.default_rng(0))
    for move, square in enumerate(RULES.playable.tolist()):
        embedding = model.hf.get_input_embeddings().weight[move + 1]
        empty = probe.direction(square, 0)
        for name in ("formula", "gain"):
            cosines = []
            for head in range(4):
                values, output, gain = weights(model.blocks[0], head)
                read = embedding
                if name == "gain":
                    read = (embedding - embedding.mean() if centred else embedding) * gain
                cosines.append(float(torch.cosine_similarity(read @ values @ output, empty, dim=0)))
            best = int(np.abs(cosines).argmax())
            assert found[name]["cosine"][square] == pytest.approx(cosines[best], abs=1e-4)
            assert found[name]["head"][square] == best


class Against(LinearProbe):
    """A probe whose empty directions point away from what one head writes of the moves."""

    def __init__(self, written: Tensor):
        super().__init__()
        self.written = torch.nn.functional.normalize(written.float(), dim=-1)

    def direction(self, target: str | int, class_: str | int, against: str | int | None = None) -> Tensor:
        assert (class_, against) == (0, None)
        return -self.written[RULES.playable.tolist().index(target)]


@torch.no_grad()
def test_a_probe_that_points_away_from_what_a_head_writes_gives_minus_one() -> None:
    model = othello()
    probe = Against(model.hf.get_input_embeddings().weight[1:] @ ov(model, 0)[2])
    found = measure_played(model, RULES, probe, np.random.default_rng(0))["formula"]
    assert found["mean"].value == pytest.approx(-1, abs=1e-5)
    assert found["by_head"][2].value == pytest.approx(-1, abs=1e-5)
    assert {head for head in found["head"] if head is not None} == {2}
    assert found["shuffled"]["mean"].low > -0.9
    assert abs(found["random"]["mean"].value) < 0.1


def test_the_choice_of_heads_makes_chance_large_in_size_and_not_in_mean() -> None:
    found = measure_played(othello(), RULES, some_probe(), np.random.default_rng(0))["formula"]["random"]
    # The largest in size of 4 cosines in 32 dimensions, each about normal with a spread of 1 / sqrt(32).
    assert 0.15 < found["size"] < 0.35
    assert found["size95"] > found["size"]
    assert found["mean"].low < 0 < found["mean"].high


def test_the_centre_has_no_cosine_and_the_rest_is_plain_json() -> None:
    found = measure_played(othello(), RULES, some_probe(), np.random.default_rng(0))
    assert {square for square, c in enumerate(found["gain"]["cosine"]) if c is None} == set(RULES.centre)
    mean = np.mean([c for c in found["gain"]["cosine"] if c is not None])
    assert found["gain"]["mean"].value == pytest.approx(mean)
    assert found["gain"]["mean"].n == 12
    json.dumps(found)


def test_the_largest_in_size_keeps_its_sign() -> None:
    assert selected(np.array([[0.2, -0.9], [0.5, -0.4]])).tolist() == [-0.9, 0.5]


def test_a_vocabulary_of_other_moves_is_an_error() -> None:
    with pytest.raises(ShapeError, match="12 moves"):
        measure_played(interp.load(fresh("gpt2")), RULES, some_probe(), np.random.default_rng(0))
