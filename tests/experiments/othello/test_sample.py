import numpy as np
import torch

from experiments.othello.games import random_games, stream
from experiments.othello.labels import legal
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out, legal_tokens
from experiments.othello.tokens import encode

RULES = Rules(6)


def test_the_token_mask_marks_exactly_the_legal_squares() -> None:
    sample = held_out(RULES, 20, seed=0)
    squares = torch.from_numpy(legal(sample.trace))
    assert torch.equal(sample.legal[:, :, 1:], squares[:, :, RULES.playable.astype(np.int64)])


def test_padding_is_never_legal() -> None:
    assert not held_out(RULES, 20, seed=0).legal[..., 0].any()


def test_every_move_that_was_made_was_legal_before_it() -> None:
    sample = held_out(RULES, 50, seed=1)
    following = sample.tokens[:, 1:]
    allowed = sample.legal[:, :-1].gather(-1, following[..., None]).squeeze(-1)
    assert allowed[following > 0].all()


def test_a_model_reads_all_plies_but_the_last() -> None:
    sample = held_out(RULES, 3, seed=0)
    assert torch.equal(sample.seen, sample.tokens[:, : RULES.plies - 1])


def test_held_out_games_differ_from_training_games_and_between_purposes() -> None:
    ours = held_out(RULES, 8, seed=0).tokens
    training = torch.from_numpy(encode(RULES, random_games(RULES, 8, stream(0, "train", 0)).moves))
    assert not torch.equal(ours, training)
    assert not torch.equal(ours, held_out(RULES, 8, seed=0, purpose="probe test").tokens)
    assert torch.equal(ours, held_out(RULES, 8, seed=0).tokens)


def test_a_board_without_legal_moves_gives_an_empty_mask() -> None:
    assert not legal_tokens(RULES, np.zeros((2, 3), np.uint64)).any()
