import math
from pathlib import Path

import pytest
import torch

from experiments.othello.model import Shape, build, mean_loss, next_move_losses, top1_legal
from experiments.othello.subject import subject
from interp.errors import ModelError

SMALL = Shape(size=4, depth=1, width=8, heads=2)


def test_the_same_seed_builds_the_same_weights_and_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    one, two, other = build(SMALL, 0), build(SMALL, 0), build(SMALL, 1)
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_uniform_logits_cost_the_log_of_the_vocabulary_and_nothing_after_the_end() -> None:
    tokens = torch.tensor([[1, 2, 3, 0], [4, 5, 0, 0]])
    logits = torch.zeros(2, 3, 13)
    cost = math.log(13)
    expected = torch.tensor([[cost, cost, 0], [cost, 0, 0]])
    torch.testing.assert_close(next_move_losses(logits, tokens), expected)
    torch.testing.assert_close(mean_loss(logits, tokens), torch.tensor(cost))


def test_a_sure_right_answer_costs_nothing_and_a_sure_wrong_one_much() -> None:
    tokens = torch.tensor([[1, 2, 3]])
    logits = torch.full((1, 2, 4), -50.0)
    logits[0, 0, 2] = 50.0
    logits[0, 1, 1] = 50.0
    losses = next_move_losses(logits, tokens)
    assert losses[0, 0] < 1e-6
    assert losses[0, 1] == pytest.approx(100.0)


def test_top1_is_legal_where_the_mask_says_so() -> None:
    logits = torch.tensor([[[0.0, 1.0, 2.0], [0.0, 3.0, 2.0]]])
    legal = torch.tensor([[[False, False, True], [False, False, True]]])
    assert top1_legal(logits, legal).tolist() == [[True, False]]


def test_a_model_saved_to_a_folder_is_an_othello_subject_of_its_board(tmp_path: Path) -> None:
    build(SMALL, 0).save_pretrained(tmp_path)  # type: ignore[operator]
    model, rules = subject(str(tmp_path), "cpu", "float32")
    assert (rules.size, model.depth, model.context) == (4, 1, 11)


def test_a_model_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=50, n_positions=64, n_embd=8, n_layer=1, n_head=1, bos_token_id=None, eos_token_id=None
    )
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="no Othello model: 50 token ids"):
        subject(str(tmp_path), "cpu", "float32")
