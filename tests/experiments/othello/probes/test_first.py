import numpy as np
import pytest
import torch

from experiments.othello.model import Shape, build, top1_legal
from experiments.othello.probes.first import Lens, compare, first_depth, read_lens, settled_depth, top_is_legal
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from interp.errors import ShapeError
from interp.lens import logit_lens
from interp.models.load import load


def test_the_top_n_are_legal_just_when_topk_says_so() -> None:
    generator = torch.Generator().manual_seed(0)
    legal = torch.rand(40, 5, 6, generator=generator) < 0.3
    logits = torch.randn(40, 5, 6, generator=generator) + 3 * legal
    found = top_is_legal(logits, legal)
    for game in range(40):
        for ply in range(5):
            allowed = set(legal[game, ply].nonzero().flatten().tolist())
            top = set(logits[game, ply].topk(len(allowed)).indices.tolist())
            assert found[game, ply] == (top == allowed and bool(allowed))
    assert 0 < found.float().mean() < 1


def test_a_tie_for_the_last_place_is_no_knowledge_and_all_legal_is() -> None:
    legal = torch.tensor([[[True, False, True]], [[True, True, True]]])
    logits = torch.tensor([[[2.0, 1.0, 1.0]], [[0.0, 0.0, 0.0]]])
    assert top_is_legal(logits, legal).tolist() == [[False], [True]]


def test_first_and_settled_depths_by_hand() -> None:
    right = np.array([[0, 1, 0, 1, 0], [1, 0, 0, 1, 0], [0, 1, 0, 1, 1]], dtype=bool)
    assert first_depth(right).tolist() == [1, 0, 3, 0, 2]
    assert settled_depth(right).tolist() == [3, 2, 3, 0, 2]


def test_first_and_settled_depths_are_those_of_a_slow_loop() -> None:
    right = np.random.default_rng(0).random((4, 6, 7)) < 0.5
    for place in np.ndindex(6, 7):
        column = right[(slice(None), *place)]
        first = next((depth for depth in range(4) if column[depth]), 4)
        settled = next((depth for depth in range(4) if column[depth:].all()), 4)
        assert first_depth(right)[place] == first
        assert settled_depth(right)[place] == settled


def test_every_order_is_counted_and_positions_without_a_next_move_are_not() -> None:
    # One game of six plies; the squares of a board are right together.
    whole = np.array([[[0, 1, 1, 0, 0, 1]], [[1, 1, 1, 0, 0, 1]]], dtype=bool)
    exact = np.array([[[1, 0, 1, 0, 1, 1]], [[0, 1, 1, 0, 1, 1]]], dtype=bool)
    counted = np.array([[True, True, True, True, True, False]])
    board = np.repeat(whole[..., None], 4, axis=-1)
    board[0, 0, 0, :3] = True  # three squares of four are no board
    found = compare(board, Lens(exact, exact, counted), np.random.default_rng(0))
    shares = {name: interval.value for name, interval in found["first"]["overall"].items()}
    assert shares == pytest.approx(
        {"moves": 2 / 5, "board": 1 / 5, "same": 1 / 5, "neither": 1 / 5, "moves only": 1 / 5, "board only": 0}
    )
    # The moves of the first position do not stay right.
    settled = {name: interval.value for name, interval in found["settled"]["overall"].items()}
    assert settled == pytest.approx(
        {"moves": 1 / 5, "board": 2 / 5, "same": 1 / 5, "neither": 1 / 5, "moves only": 1 / 5, "board only": 1 / 5}
    )
    by_ply = found["first"]["by_ply"]["moves"]
    assert [None if interval is None else interval.value for interval in by_ply] == [1, 0, 0, 0, 1, None]
    assert [interval.value for interval in found["by_depth"]["board"]] == pytest.approx([2 / 5, 3 / 5])
    assert found["by_depth_and_ply"]["exact"] == [[1, 0, 1, 0, 1, None], [0, 1, 1, 0, 1, None]]
    assert found["positions"] == 5


def test_the_lens_is_read_in_batches_as_in_one_pass(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("model")
    build(Shape(size=4, depth=2, width=16, heads=2), 0).save_pretrained(folder)  # type: ignore[operator]
    model, sample = load(folder, device="cpu"), held_out(Rules(4), 11, 0)
    found = read_lens(model, sample, batch=4)
    assert found.exact.shape == found.top1.shape == (3, 11, 11)
    assert np.array_equal(found.counted, sample.legal[:, :-1].any(-1).numpy())
    rows = logit_lens(model, sample.seen)
    for depth in range(3):
        assert np.array_equal(found.top1[depth], top1_legal(rows[depth], sample.legal[:, :-1]).numpy())
    assert not found.exact[:, ~found.counted].any()
    assert (found.exact <= found.top1).all()


def test_boards_and_moves_of_other_games_are_refused() -> None:
    board, moves = np.ones((2, 3, 5, 4), dtype=bool), np.ones((2, 3, 6), dtype=bool)
    with pytest.raises(ShapeError, match="of the same games"):
        compare(board, Lens(moves, moves, moves[0]), np.random.default_rng(0))
