from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import interp
from interp import Model, ShapeError, by_token, conditional_means, with_first
from interp.ablation.keys import Keys
from interp.models.sites import KINDS
from tests.architectures import fresh
from tests.interp.ablation.made import lists, prompts, slow


def with_positions(model: Model) -> list[interp.Site]:
    return [site for site in model.sites if KINDS[site.kind].position_axis == 1]


def test_means_of_every_site_are_those_of_a_dictionary_of_lists(model: Model) -> None:
    tokens, sites = prompts(), with_positions(model)
    means = conditional_means(model, tokens, sites, batch=16)
    assert means.sites == tuple(sites)
    for site in sites:
        truth = slow(model, tokens, site, tokens[:6])
        found = means.at(site, tokens[:6])
        assert found.dtype == torch.float32
        torch.testing.assert_close(found.double(), truth, rtol=1e-4, atol=1e-5, msg=site.name)


def test_heads_stay_apart(gpt2: Model) -> None:
    means = conditional_means(gpt2, prompts(), [interp.z(1), "blocks.0.attn.hook_q"])
    assert means.at(interp.z(1), prompts(3)).shape == (3, 5, 4, 8)
    assert means.at(interp.q(0), prompts(3)).shape == (3, 5, 4, 8)
    assert means.mean(interp.z(1)).shape == (5, 4, 8)


@pytest.mark.parametrize("keys", [by_token, with_first, lambda tokens: tokens % 2, lambda tokens: tokens.cumsum(1)])
@pytest.mark.parametrize("first", [9, None])
def test_any_keys_give_the_means_of_a_dictionary_of_lists(gpt2: Model, keys: Keys, first: int | None) -> None:
    tokens = prompts(first=first)
    means = conditional_means(gpt2, tokens, keys=keys, batch=7)
    assert means.sites == (interp.resid(0), interp.resid(1), interp.resid(2))
    for site in means.sites:
        truth = slow(gpt2, tokens, site, tokens, keys)
        torch.testing.assert_close(means.at(site, tokens).double(), truth, rtol=1e-4, atol=1e-5)
    found = lists(gpt2, tokens, interp.resid(0), keys)
    counted = {
        (int(position), int(key)): int(count)
        for position, key, count in zip(means.row_position, torch.cat(means.slots), means.counts, strict=True)
    }
    assert counted == {name: len(rows) for name, rows in found.items()}


def test_at_depth_0_token_keyed_means_are_the_embedding_itself(model: Model) -> None:
    """The embedding depends on token and position alone, and a sum of equal float32 in float64 is exact."""
    tokens = prompts(200)
    means = conditional_means(model, tokens, batch=64)
    own = interp.capture(model, tokens, interp.resid(0))[interp.resid(0)]
    assert torch.equal(means.at(interp.resid(0), tokens), own)


def test_behind_a_constant_first_token_the_second_keeps_its_state_at_every_depth(model: Model) -> None:
    tokens = prompts(60)
    means = conditional_means(model, tokens)
    own = interp.capture(model, tokens, means.sites)
    for site in means.sites:
        torch.testing.assert_close(means.at(site, tokens)[:, :2], own[site][:, :2], rtol=1e-5, atol=1e-5)
    # The last position has read the rest, which its key does not tell.
    assert (means.at(interp.resid(2), tokens)[:, -1] - own[interp.resid(2)][:, -1]).abs().max() > 0.1


def test_with_the_first_token_in_the_key_the_second_keeps_its_state_although_the_first_varies(model: Model) -> None:
    tokens = prompts(100, first=None)
    own = interp.capture(model, tokens, interp.resid(2))[interp.resid(2)]
    with_both = conditional_means(model, tokens, keys=with_first).at(interp.resid(2), tokens)
    torch.testing.assert_close(with_both[:, :2], own[:, :2], rtol=1e-5, atol=1e-5)
    assert (conditional_means(model, tokens).at(interp.resid(2), tokens)[:, 1] - own[:, 1]).abs().max() > 0.1


@pytest.mark.parametrize("name", ["gpt2", "gptj", "llama", "gemma2"])
def test_means_depend_neither_on_batches_nor_on_the_order_of_prompts(name: str) -> None:
    model, tokens = interp.load(fresh(name).double()), prompts(70)
    truth = conditional_means(model, tokens)
    assert truth.table(interp.resid(1)).dtype == torch.float64
    shuffled = tokens[torch.randperm(70, generator=torch.Generator().manual_seed(1))]
    others = [conditional_means(model, tokens, batch=batch) for batch in (1, 7, 69)]
    for other in [*others, conditional_means(model, shuffled, batch=11)]:
        for mine, its in zip(truth.layout.slots + truth.layout[1:], other.layout.slots + other.layout[1:], strict=True):
            assert torch.equal(mine, its)
        for site in truth.sites:
            torch.testing.assert_close(other.table(site), truth.table(site), rtol=1e-12, atol=1e-12)


def test_half_precision_is_summed_in_float64_and_kept_in_float32() -> None:
    model, tokens = interp.load(fresh("llama").bfloat16()), prompts(300)
    means = conditional_means(model, tokens, batch=300)
    site = interp.resid(2)
    assert means.table(site).dtype == torch.float32
    truth = slow(model, tokens, site, tokens[:5])
    torch.testing.assert_close(means.at(site, tokens[:5]).double(), truth, rtol=1e-6, atol=1e-6)


def test_a_key_of_one_context_keeps_the_state_of_that_prompt(gpt2: Model) -> None:
    tokens = torch.randperm(50, generator=torch.Generator().manual_seed(0)).reshape(10, 5)
    means = conditional_means(gpt2, tokens)
    own = interp.capture(gpt2, tokens, means.sites)
    for site in means.sites:
        assert torch.equal(means.at(site, tokens), own[site])
    assert means.counts.eq(1).all()
    assert means.smallest(tokens) == 1


@pytest.fixture
def reading(gpt2: Model) -> Iterator[list[int]]:
    """How many prompts each pass of the model reads."""
    passes: list[int] = []

    def count(_: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        passes.append(len(arguments[0]))

    handle = gpt2.blocks[0].register_forward_pre_hook(count)
    yield passes
    handle.remove()


def test_the_model_reads_every_prompt_once_in_batches(gpt2: Model, reading: list[int]) -> None:
    conditional_means(gpt2, prompts(40), batch=16)
    assert reading == [16, 16, 8]


def test_a_list_of_equally_long_prompts_is_as_good_as_a_tensor(gpt2: Model) -> None:
    tokens = prompts(9)
    site = interp.resid(2)
    assert torch.equal(
        conditional_means(gpt2, list(tokens)).table(site), conditional_means(gpt2, tokens.to(torch.uint8)).table(site)
    )


def test_progress_is_said_when_asked(gpt2: Model, capsys: pytest.CaptureFixture[str]) -> None:
    conditional_means(gpt2, prompts(8), batch=4)
    assert capsys.readouterr().err == ""
    conditional_means(gpt2, prompts(8), batch=4, progress=True)
    assert "prompt 8/8" in capsys.readouterr().err


BAD: list[tuple[Any, dict[str, Any], str]] = [
    (torch.zeros(0, 5, dtype=torch.int64), {}, "empty"),
    (torch.zeros(3, 0, dtype=torch.int64), {}, "empty"),
    ([], {}, "equally long.*no prompts"),
    ([torch.tensor([1, 2]), torch.tensor([1, 2, 3])], {}, "equally long.*lengths 2, 3"),
    (prompts(3), {"floor": 0}, "floor and batch must be 1 or more"),
    (prompts(3), {"batch": 0}, "floor and batch must be 1 or more"),
    (prompts(3) + 45, {}, "not in the vocabulary"),
    (prompts(3), {"sites": interp.pattern(0)}, "means by position"),
    (prompts(3), {"sites": [interp.resid(0), interp.scores(1)]}, "means by position"),
    (prompts(3), {"keys": lambda tokens: tokens[:, 0]}, "must give an integer"),
    (prompts(3), {"sites": []}, "no sites"),
]


@pytest.mark.parametrize(("tokens", "settings", "complaint"), BAD)
def test_what_cannot_be_averaged_is_refused(gpt2: Model, tokens: Any, settings: Any, complaint: str) -> None:
    with pytest.raises(ShapeError, match=complaint):
        conditional_means(gpt2, tokens, **settings)


def test_unknown_sites_are_refused(gpt2: Model) -> None:
    with pytest.raises(interp.UnknownNameError, match="2 blocks"):
        conditional_means(gpt2, prompts(3), [interp.resid(3)])


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
def test_activations_without_a_mean_are_refused_by_the_name_of_their_site(gpt2: Model, wrong: float) -> None:
    spoil = interp.Edit(interp.resid(1), lambda part: torch.full_like(part, wrong), at=2)
    with (
        interp.edited(gpt2, spoil),
        pytest.raises(ShapeError, match=r"blocks\.0\.hook_resid_post hold NaN or infinity \(position 2\)"),
    ):
        conditional_means(gpt2, prompts(3))
