from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import interp
from interp import Model, ShapeError, Site, UnknownNameError
from interp.activations.watch import copying
from tests.architectures import VOCABULARY, fresh, made, some_tokens

TOKENS = some_tokens()


@contextmanager
def counted(modules: dict[str, nn.Module]) -> Iterator[dict[str, int]]:
    """How often each module is called inside the block, counted by a hook of our own."""
    calls = dict.fromkeys(modules, 0)

    def count(name: str) -> Any:
        return lambda *_: calls.__setitem__(name, calls[name] + 1)

    handles = [module.register_forward_pre_hook(count(name)) for name, module in modules.items()]
    yield calls
    for handle in handles:
        handle.remove()


def test_the_model_stops_after_the_deepest_site(model: Model) -> None:
    parts = {"0": model.blocks[0], "1": model.blocks[1], "head": model.hf.get_output_embeddings()}
    parts |= {"attention": model.part(model.anatomy.attention, 0), "mlp": model.part(model.anatomy.mlp, 0)}
    everything = {"attention": 1, "mlp": 1, "0": 1, "1": 1, "head": 1}
    # A block is entered, since its hook reads the residual stream on the way in, but not run.
    stops: list[tuple[list[Site], dict[str, int]]] = [
        ([interp.resid(0)], {"0": 1, "1": 0, "head": 0, "attention": 0, "mlp": 0}),
        ([interp.pattern(0)], {"0": 1, "1": 0, "head": 0, "attention": 1, "mlp": 0}),
        ([interp.resid(1), interp.q(0)], {"0": 1, "1": 1, "head": 0, "attention": 1, "mlp": 1}),
        ([interp.resid(2), interp.z(1)], everything | {"head": 0}),
        ([interp.final_norm(), interp.mlp_out(0)], everything | {"head": 0}),
    ]
    for sites, calls in stops:
        with counted(parts) as seen:
            interp.capture(model, TOKENS, sites)
        assert seen == calls, sites


@torch.no_grad()
def test_captures_are_copies_that_nobody_can_change(model: Model) -> None:
    with (
        interp.watch(model, model.sites) as live,
        copying(model, model.sites, None, None, grad=False, stop=False) as own,
    ):
        model(TOKENS)
    kept = {site: tensor.clone() for site, tensor in own.items()}
    for tensor in live.values():
        tensor.zero_()
    assert all(torch.equal(own[site], kept[site]) for site in model.sites)
    assert all(live[site].eq(0).all() and own[site].ne(0).any() for site in model.sites)


@torch.no_grad()
def test_a_later_hook_that_works_in_place_does_not_reach_back_into_a_capture(model: Model) -> None:
    truth = interp.capture(model, TOKENS, interp.resid(0))[interp.resid(0)]

    def spoil(_: nn.Module, arguments: tuple[Tensor, ...], output: Any) -> None:
        arguments[0].zero_()

    handle = model.blocks[0].register_forward_hook(spoil)
    acts = interp.capture(model, TOKENS, [interp.resid(0), interp.resid(1)])
    handle.remove()
    assert torch.equal(acts[interp.resid(0)], truth)


def test_batches_give_what_the_whole_gives(gpt2: Model) -> None:
    tokens = some_tokens(batch=7)
    whole = interp.capture(gpt2, tokens, gpt2.sites)
    for batch in (1, 3, 7, 100):
        parts = interp.capture(gpt2, tokens, gpt2.sites, batch=batch)
        for site in gpt2.sites:
            torch.testing.assert_close(parts[site], whole[site])
    with counted({"block": gpt2.blocks[0]}) as calls:
        interp.capture(gpt2, tokens, interp.resid(1), batch=3)
    assert calls == {"block": 3}


def test_sequences_of_different_lengths_come_back_in_order(gpt2: Model) -> None:
    lengths = [4, 2, 4, 7, 1, 2, 4]
    sequences = [some_tokens(1, length, seed=place)[0] for place, length in enumerate(lengths)]
    sites = [interp.resid(2), interp.pattern(1), interp.z(0)]
    for batch in (None, 1, 2):
        acts = interp.capture(gpt2, sequences, sites, batch=batch)
        for site in sites:
            assert len(acts[site]) == len(lengths)
            for sequence, tensor in zip(sequences, acts[site], strict=True):
                torch.testing.assert_close(tensor, interp.capture(gpt2, sequence[None], site)[site][0])
    last = interp.capture(gpt2, sequences, interp.resid(2), at=-1)[interp.resid(2)]
    assert all(tensor.shape == (gpt2.width,) for tensor in last)
    with counted({"block": gpt2.blocks[0]}) as calls:
        interp.capture(gpt2, sequences, interp.resid(1))
    assert calls == {"block": 4}, "sequences of one length run together"


def test_one_sequence_in_a_list_is_still_a_list(gpt2: Model) -> None:
    acts = interp.capture(gpt2, [TOKENS[0]], "blocks.0.hook_resid_post")
    (tensor,) = acts["blocks.0.hook_resid_post"]
    assert torch.equal(tensor, interp.capture(gpt2, TOKENS[:1], interp.resid(1))[interp.resid(1)][0])


def test_progress_is_printed_only_when_wanted(gpt2: Model, capsys: pytest.CaptureFixture[str]) -> None:
    interp.capture(gpt2, some_tokens(batch=5), interp.resid(1), batch=2)
    assert capsys.readouterr() == ("", "")
    interp.capture(gpt2, some_tokens(batch=5), interp.resid(1), batch=2, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "sequence 5/5" in err


def test_copies_go_to_the_device_asked_for(gpt2: Model) -> None:
    site = interp.resid(1)
    assert interp.capture(gpt2, TOKENS, site, device="meta")[site].device.type == "meta"
    assert interp.capture(gpt2, [TOKENS[0]], site, device="meta")[site][0].device.type == "meta"
    assert interp.capture(gpt2, TOKENS, site)[site].device == gpt2.device


def test_gradients_flow_through_captures_just_when_wanted(model: Model) -> None:
    assert not any(tensor.requires_grad for tensor in interp.capture(model, TOKENS, model.sites).values())
    acts = interp.capture(model, TOKENS, model.sites, grad=True)
    embedding = model.hf.get_input_embeddings().weight
    for site in model.sites:
        tensor = acts[site]
        (gradient,) = torch.autograd.grad(tensor[tensor.isfinite()].square().sum(), embedding, retain_graph=True)
        assert gradient.abs().sum() > 0, site


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", ["llama", "gptj"])
@torch.no_grad()
def test_half_precision_stays_finite_and_near(kind: str, dtype: torch.dtype) -> None:
    half = interp.load(fresh(kind).to(dtype))
    full = interp.capture(made(kind), TOKENS, made(kind).sites)
    acts = interp.capture(half, TOKENS, half.sites)
    for site in half.sites:
        near, truth = acts[site].float(), full[site]
        assert torch.equal(near.isfinite(), truth.isfinite()), site
        torch.testing.assert_close(near, truth, rtol=0.1, atol=0.2)
    with interp.edited(half, interp.knockout(0, queries=4), interp.knockout(1, keys=0)):
        acts = interp.capture(half, TOKENS, [interp.pattern(0), interp.pattern(1), interp.final_norm()])
        assert half(TOKENS).isfinite().all()
    assert acts[interp.pattern(0)][:, :, 4].eq(0).all()
    assert acts[interp.pattern(1)][:, :, 1:].sum(-1).float().sub(1).abs().max() < 0.02
    assert all(tensor.isfinite().all() for tensor in acts.values())


def test_unknown_sites_are_errors_that_name_the_nearest(model: Model) -> None:
    for wrong, near in [
        ("blocks.0.hook_resid_pst", "blocks.0.hook_resid_post"),
        ("blocks.1.attn.hook_patern", "blocks.1.attn.hook_pattern"),
        ("blocks.9.hook_mlp_out", "blocks.1.hook_mlp_out"),
    ]:
        with pytest.raises(UnknownNameError, match=near):
            interp.capture(model, TOKENS, [interp.resid(0), wrong])
    for site in (interp.resid(3), interp.pattern(2), "nonsense", ""):
        with pytest.raises(UnknownNameError):
            interp.capture(model, TOKENS, site)
    with pytest.raises(ShapeError, match="no sites"):
        interp.capture(model, TOKENS, [])


def test_a_site_named_twice_is_captured_once(gpt2: Model) -> None:
    acts = interp.capture(gpt2, TOKENS, ["blocks.0.hook_out", interp.resid(1), "blocks.1.hook_resid_pre"])
    assert list(acts) == [interp.resid(1)]
    name: Any = "blocks.0.hook_out"
    assert name in acts
    assert len(acts) == 1


def test_what_was_not_captured_is_missing_by_name(gpt2: Model) -> None:
    acts = interp.capture(gpt2, TOKENS, [interp.resid(1), interp.z(0)])
    with pytest.raises(UnknownNameError, match=r"resid_post.*Ask for it"):
        acts[interp.resid(2)]
    with pytest.raises(UnknownNameError, match="hook_z"):
        acts["blocks.0.attn.hook_zz"]
    assert interp.resid(2) not in acts
    rubbish: Any = "rubbish"
    assert rubbish not in acts
    assert acts.get(interp.resid(2)) is None
    assert acts.get("blocks.0.attn.hook_z") is acts[interp.z(0)]
    assert repr(acts) == "Activations(blocks.0.hook_resid_post, blocks.0.attn.hook_z)"


@pytest.mark.parametrize(
    ("tokens", "complaint"),
    [
        (torch.tensor([[0, VOCABULARY]]), "token id 50 is not in the vocabulary of .*: 0 to 49"),
        (torch.tensor([[0, -1]]), "token id -1"),
        (torch.zeros(2, 3), "must be integers"),
        (torch.zeros(2, 3, dtype=torch.bool), "must be integers"),
        (torch.zeros(3, dtype=torch.long), r"\[batch, position\]"),
        (torch.zeros(0, 3, dtype=torch.long), "empty"),
        (torch.zeros(3, 0, dtype=torch.long), "empty"),
        (torch.zeros(1, 17, dtype=torch.long), "17 positions are more than the 16"),
        ([], "no sequences"),
        ([torch.zeros(2, dtype=torch.long), torch.zeros(1, 2, dtype=torch.long)], "sequence 1 must be"),
        ([torch.tensor([1, 2]), torch.tensor([3, 77])], "token id 77"),
        ([torch.zeros(0, dtype=torch.long)], "empty"),
        ([torch.tensor([0.5])], "must be integers"),
    ],
)
def test_bad_tokens_are_errors_before_the_model_runs(gpt2: Model, unchecked: None, tokens: Any, complaint: str) -> None:
    with counted({"block": gpt2.blocks[0]}) as calls, pytest.raises(ShapeError, match=complaint):
        interp.capture(gpt2, tokens, interp.resid(1))
    assert calls == {"block": 0}
    if isinstance(tokens, Tensor):
        with pytest.raises(ShapeError, match=complaint):
            gpt2(tokens)


def test_a_batch_of_nothing_is_an_error(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="batch must be 1 or more"):
        interp.capture(gpt2, TOKENS, interp.resid(1), batch=0)
