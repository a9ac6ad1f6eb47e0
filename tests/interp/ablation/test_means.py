import pytest
import torch

import interp
from interp import MissingKeyError, Model, ModelError, ShapeError, UnknownNameError, conditional_means
from interp.ablation.keys import by_token, with_first
from tests.architectures import fresh
from tests.interp.ablation.made import prompts

TOKENS = torch.tensor([[9, 5, 3], [9, 4, 3], [9, 5, 3], [9, 5, 2]])


def test_rows_counts_and_tokens_of_a_case_by_hand(gpt2: Model) -> None:
    means = conditional_means(gpt2, TOKENS)
    assert means.positions == 3
    assert [slot.tolist() for slot in means.slots] == [[9], [4, 5], [2, 3]]
    assert means.counts.tolist() == [4, 1, 3, 1, 3]
    assert means.row_position.tolist() == [0, 1, 1, 2, 2]
    assert means.row_token.tolist() == [9, 4, 5, 2, 3]
    assert means.row_first.tolist() == [9, 9, 9, 9, 9]
    assert means.rows(TOKENS).tolist() == [[0, 2, 4], [0, 1, 4], [0, 2, 4], [0, 2, 3]]
    # Both tokens were seen, though never together: conditional means serve such a prompt.
    assert means.rows(torch.tensor([[9, 4, 2]])).tolist() == [[0, 1, 3]]


def test_the_first_token_of_a_row_is_told_where_it_is_one(gpt2: Model) -> None:
    tokens = TOKENS.clone()
    tokens[0, 0] = 8
    assert conditional_means(gpt2, tokens).row_first.tolist() == [8, 9, 9, -1, 9, -1]
    split = conditional_means(gpt2, tokens, keys=with_first)
    assert split.row_first.tolist() == [8, 9, 8, 9, 9, 8, 9, 9]
    assert split.row_token.tolist() == [8, 9, 5, 4, 5, 3, 2, 3]


def test_the_mean_of_a_case_by_hand(gpt2: Model) -> None:
    site = interp.resid(2)
    means, own = conditional_means(gpt2, TOKENS), interp.capture(gpt2, TOKENS, site)[site]
    torch.testing.assert_close(means.at(site, TOKENS)[0, 1], (own[0, 1] + own[2, 1] + own[3, 1]) / 3)
    torch.testing.assert_close(means.at(site.name, TOKENS)[0, 2], (own[0, 2] + own[1, 2] + own[2, 2]) / 3)
    assert torch.equal(means.at(site, TOKENS), means.table(site)[means.rows(TOKENS)])


def test_the_plain_mean_forgets_the_token(model: Model) -> None:
    tokens = prompts(50, first=None)
    sites = [interp.resid(1), interp.z(1), interp.mlp_post(0)]
    for keys in (by_token, with_first):
        means = conditional_means(model, tokens, sites, keys=keys, floor=60)
        for site in sites:
            own = interp.capture(model, tokens, site)[site]
            assert means.mean(site).dtype == own.dtype
            torch.testing.assert_close(means.mean(site), own.double().mean(0).float(), rtol=1e-4, atol=1e-5)


def test_keys_of_too_few_contexts_and_keys_never_seen_are_named(gpt2: Model) -> None:
    means = conditional_means(gpt2, TOKENS, floor=2)
    with pytest.raises(MissingKeyError, match=r"key 4 \(token 4\) at position 1 has too few contexts: 1, .* least 2"):
        means.rows(TOKENS)
    with pytest.raises(MissingKeyError, match=r"key 30 \(token 30\) at position 2 has too few contexts: 0,"):
        means.at(interp.resid(0), torch.tensor([[9, 5, 3], [9, 5, 30]]))
    # 5 is known, but not at the last position.
    with pytest.raises(MissingKeyError, match=r"position 2 .* 0,"):
        means.smallest(torch.tensor([[9, 5, 5]]))
    asked = torch.tensor([[9, 5, 3], [9, 4, 3], [9, 5, 2], [9, 5, 30], [8, 5, 3]])
    assert means.known(asked).tolist() == [True, False, False, False, False]
    assert means.smallest(asked[means.known(asked)]) == 3


def test_what_is_known_is_what_can_be_served(gpt2: Model) -> None:
    means = conditional_means(gpt2, prompts(100, first=None, values=3), floor=8, keys=with_first)
    asked = prompts(60, first=None, values=4, seed=1)
    served = []
    for prompt in asked:
        try:
            served.append(means.smallest(prompt[None]) >= 8)
        except MissingKeyError:
            served.append(False)
    assert means.known(asked).tolist() == served
    assert 0 < sum(served) < 60


def test_no_prompts_are_served_without_complaint(gpt2: Model) -> None:
    means = conditional_means(gpt2, TOKENS)
    none = TOKENS[:0]
    assert means.at(interp.resid(0), none).shape == (0, 3, 32)
    assert means.known(none).shape == (0,)


def test_prompts_of_another_length_have_no_means(gpt2: Model) -> None:
    means = conditional_means(gpt2, TOKENS)
    for other in (TOKENS[:, :2], torch.cat([TOKENS, TOKENS], 1)):
        with pytest.raises(MissingKeyError, match=f"prompts of 3 tokens say nothing about prompts of {other.shape[1]}"):
            means.rows(other)
        assert means.known(other).tolist() == [False] * 4


def test_tokens_without_a_batch_are_an_error(gpt2: Model, unchecked: None) -> None:
    means = conditional_means(gpt2, TOKENS)
    with pytest.raises(ShapeError, match=r"\[batch, position\], not \[3\]"):
        means.rows(TOKENS[0])
    with pytest.raises(ShapeError, match=r"\[batch, position\], not \[3\]"):
        means.known(TOKENS[0])


def test_means_move_to_another_device_whole(gpt2: Model) -> None:
    means = conditional_means(gpt2, TOKENS, floor=2)
    moved = means.to("meta")
    tensors = [*moved.slots, *moved.layout[1:], *moved.values.values()]
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert (moved.sites, moved.floor, moved.keys, moved.model) == (means.sites, 2, means.keys, means.model)
    assert means.counts.device.type == "cpu"


def test_sites_that_were_not_asked_for_are_named(gpt2: Model) -> None:
    means = conditional_means(gpt2, TOKENS, interp.resid(1))
    with pytest.raises(UnknownNameError, match="Ask for it when you fit them"):
        means.at(interp.resid(2), TOKENS)
    with pytest.raises(UnknownNameError, match=r"blocks\.0\.hook_resid_post"):
        means.mean("blocks.1.hook_resid_post")


def test_means_know_their_model(gpt2: Model) -> None:
    means = conditional_means(gpt2, TOKENS)
    means.require_model(gpt2)
    means.require_model(interp.load(fresh("gpt2")))
    hf = fresh("gpt2")
    hf.transformer.wte.weight.data[3, 0] += 0.01
    other = interp.load(hf)
    with pytest.raises(ModelError, match="other weights"):
        means.require_model(other)
