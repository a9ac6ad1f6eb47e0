import json

import numpy as np
import pytest

import interp
from experiments.othello.model import Shape, build
from experiments.othello.probes.heads import SIDES, attention_by_parity, measure_heads, one_sided
from experiments.othello.rules import Rules
from experiments.othello.sample import Sample, held_out
from interp import Model
from interp.stats import Interval

RULES = Rules(4)


@pytest.fixture(scope="module")
def model() -> Model:
    return made(0)


def made(seed: int) -> Model:
    hf = build(Shape(size=4, depth=2, width=16, heads=2), seed)
    for weight in hf.parameters():
        weight.data.mul_(10)
    return interp.load(hf)


@pytest.fixture(scope="module")
def games() -> Sample:
    return held_out(RULES, 12, 0)


def by_hand(model: Model, games: Sample) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mass by [side, layer, head, game], that of uniform attention, and queries, one key at a time."""
    acts = interp.capture(model, games.seen, [interp.pattern(layer) for layer in range(model.depth)])
    count = len(games.tokens)
    mass, uniform = np.zeros((5, model.depth, model.heads, count)), np.zeros((5, count))
    queries = np.zeros(count, dtype=np.int64)
    trace = games.trace
    for game in range(count):
        for query in range(games.seen.shape[1]):
            if not trace.played[game, query]:
                continue
            sides = []
            for key in range(query):
                mine = trace.mover[game, key] == trace.next_mover[game, query]
                sides.append(("even" if (query - key) % 2 == 0 else "odd", "mine" if mine else "theirs"))
            if {side for pair in sides for side in pair} != {"even", "odd", "mine", "theirs"}:
                continue
            queries[game] += 1
            for key, pair in enumerate([*sides, ("self",)]):
                for side in pair:
                    uniform[SIDES.index(side), game] += 1 / (query + 1)
                    for layer in range(model.depth):
                        rows = acts[interp.pattern(layer)][game, :, query, key].numpy()
                        mass[SIDES.index(side), layer, :, game] += rows
    return mass, uniform, queries


def test_mass_is_what_a_loop_over_every_key_counts(model: Model, games: Sample) -> None:
    found, (mass, uniform, queries) = attention_by_parity(model, games, batch=5), by_hand(model, games)
    np.testing.assert_allclose(found.heads, mass, atol=1e-5)
    np.testing.assert_allclose(found.uniform, uniform, atol=1e-9)
    assert (found.queries == queries).all()
    passed = (games.trace.mover[:, 1:] == games.trace.mover[:, :-1]) & games.trace.played[:, 1:]
    assert passed.any()
    assert not np.allclose(found.heads[SIDES.index("even")], found.heads[SIDES.index("theirs")])


def test_the_sides_add_up_to_all_attention(model: Model, games: Sample) -> None:
    found = attention_by_parity(model, games, batch=12)
    own, even, odd, mine, theirs = found.heads
    np.testing.assert_allclose(own + even + odd, np.broadcast_to(found.queries, own.shape), atol=1e-5)
    np.testing.assert_allclose(own + mine + theirs, np.broadcast_to(found.queries, own.shape), atol=1e-5)


def test_shares_leave_the_own_move_out_and_are_plain_json(model: Model, games: Sample) -> None:
    found = measure_heads(model, made(1), games, np.random.default_rng(0), batch=5)
    mass, uniform, queries = by_hand(model, games)
    even, odd = mass[1, 1, 0].sum(), mass[2, 1, 0].sum()
    assert found["trained"]["even"][1][0].value == pytest.approx(even / (even + odd), abs=1e-5)
    assert found["trained"]["self"][1][0].value == pytest.approx(mass[0, 1, 0].sum() / queries.sum(), abs=1e-5)
    assert found["uniform"]["mine"].value == pytest.approx(uniform[3].sum() / uniform[3:].sum())
    assert found["heads"] == 4
    assert found["trained"] != found["random"]
    json.dumps(found)


def test_a_model_without_preferences_attends_uniformly(games: Sample) -> None:
    model = made(0)
    for block in model.blocks:
        block.get_parameter("attn.c_attn.weight").data[:, :16] = 0
        block.get_parameter("attn.c_attn.bias").data[:16] = 0
    found = measure_heads(model, model, games, np.random.default_rng(0))
    for name in ("self", "even", "mine"):
        values = [interval.value for layer in found["trained"][name] for interval in layer]
        np.testing.assert_allclose(values, found["uniform"][name].value, atol=1e-5)
    assert found["one_sided"]["trained"] == {"distance": [], "mover": []}


def test_one_sided_is_nine_tenths_on_either_side() -> None:
    shares = [[Interval(value, value, value, 1) for value in layer] for layer in ((0.9, 0.89), (0.11, 0.1))]
    assert one_sided(shares) == [[0, 0], [1, 1]]


def test_the_strongest_head_is_named_with_its_own_side(model: Model, games: Sample) -> None:
    found = measure_heads(model, model, games, np.random.default_rng(0))
    strongest = found["strongest"]["trained"]
    share = found["trained"]["even"][strongest["layer"]][strongest["head"]]
    sides = [max(one.value, 1 - one.value) for layer in found["trained"]["even"] for one in layer]
    assert strongest["share"].value == pytest.approx(max(sides))
    assert strongest["side"] == ("even" if share.value >= 0.5 else "odd")
    assert strongest["share"].low <= strongest["share"].value <= strongest["share"].high
