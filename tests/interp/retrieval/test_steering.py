import math
from typing import Any

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, ShapeError
from interp.generation import generate
from interp.models.sites import resid
from interp.retrieval.prompts import Prompts
from interp.retrieval.steering import Writer, mean_norms, steer
from interp.sequences import Sequences
from tests.architectures import CONTEXT, DEPTH, WIDTH, fresh, some_tokens

TOKENS = some_tokens(3, 5).long()
AT = torch.tensor([4, 2, 0])
VECTORS = 3 * torch.randn(3, WIDTH, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def by_hooks(hf: Any, depth: int, vectors: Tensor, count: int) -> Tensor:
    """The likeliest continuations, with plain PyTorch alone."""

    def add(_: Any, arguments: tuple[Tensor, ...], keywords: dict[str, Any]) -> Any:
        states = (arguments[0] if arguments else keywords["hidden_states"]).clone()
        for prompt, place in enumerate(AT.tolist()):
            states[prompt, place] += vectors[prompt]
        if arguments:
            return (states, *arguments[1:]), keywords
        return arguments, keywords | {"hidden_states": states}

    blocks = hf.transformer.h if hasattr(hf, "transformer") else hf.model.layers
    handle = blocks[depth].register_forward_pre_hook(add, with_kwargs=True)
    text = TOKENS
    for _ in range(count):
        logits = hf(input_ids=text, use_cache=False).logits
        text = torch.cat([text, logits[:, -1:].argmax(-1)], 1)
    handle.remove()
    return text[:, TOKENS.shape[1] :]


@pytest.mark.parametrize("name", ["gpt2", "gemma2", "neox"])
@pytest.mark.parametrize("depth", range(DEPTH))
def test_steered_continuations_are_those_of_plain_hooks(name: str, depth: int) -> None:
    hf = fresh(name)
    if name == "neox":
        hf.transformer = type("Blocks", (), {"h": hf.gpt_neox.layers})
    writer = Writer(interp.load(hf), Prompts(TOKENS, AT, AT), 6, temperature=0.0)
    assert torch.equal(writer(resid(depth), VECTORS), by_hooks(hf, depth, VECTORS, 6))
    one = VECTORS[:1].expand(3, WIDTH)
    assert torch.equal(writer(resid(depth), VECTORS[0]), by_hooks(hf, depth, one, 6))


def test_only_what_comes_after_the_position_changes(gpt2: Model) -> None:
    with torch.no_grad():
        before = gpt2(TOKENS)
        with interp.edited(gpt2, steer(resid(1), VECTORS, AT)):
            same = (gpt2(TOKENS) == before).all(-1)
    assert same.tolist() == [[place < at for place in range(5)] for at in AT.tolist()]


def test_continuations_are_those_of_generate_and_draw_the_same_chances(gpt2: Model) -> None:
    prompts = Prompts(TOKENS, AT, AT)
    writer = Writer(gpt2, prompts, 6, temperature=1.0, seed=3)
    plain = generate(gpt2, TOKENS, 6, torch.Generator().manual_seed(3), 1.0)
    assert torch.equal(writer(), plain)
    assert torch.equal(writer(resid(0), torch.zeros(WIDTH)), plain)
    assert not torch.equal(Writer(gpt2, prompts, 6, temperature=1.0, seed=4)(), plain)
    with interp.edited(gpt2, steer(resid(1), VECTORS, AT)):
        steered = generate(gpt2, TOKENS, 6, torch.Generator().manual_seed(3), 1.0)
    assert torch.equal(writer("blocks.0.hook_resid_post", VECTORS), steered)
    assert not torch.equal(steered, plain)


def test_a_prompt_of_one_token_is_steered(gpt2: Model) -> None:
    prompts = Prompts.of(TOKENS[:1, :1])
    writer = Writer(gpt2, prompts, 4, temperature=0.0)
    assert not torch.equal(writer(resid(1), 100 * VECTORS[0]), writer())


def test_mean_norms_by_hand(gpt2: Model) -> None:
    data = Sequences.of(TOKENS, TOKENS > 10)
    found = mean_norms(gpt2, data, [resid(0), resid(2)], batch=2)
    states = interp.capture(gpt2, TOKENS, [resid(0), resid(2)])
    for one in (resid(0), resid(2)):
        lengths = [
            float(states[one][row, place].norm())
            for row in range(3)
            for place in range(1, 5)
            if int(TOKENS[row, place]) > 10
        ]
        assert found[one] == pytest.approx(sum(lengths) / len(lengths), rel=1e-5)
    everywhere = mean_norms(gpt2, Sequences.of(TOKENS), [resid(0)], skip_first=False)[resid(0)]
    assert everywhere == pytest.approx(float(states[resid(0)].norm(dim=-1).mean()), rel=1e-5)


@pytest.mark.usefixtures("unchecked")
def test_what_cannot_be_steered_is_refused(gpt2: Model) -> None:
    for vector in (VECTORS[:2], VECTORS[None], VECTORS[0] * math.nan):
        with pytest.raises(ShapeError, match="need"):
            steer(resid(1), vector, AT)
    with pytest.raises(ShapeError, match="need prompts"):
        steer(resid(1), VECTORS[0], AT[:0])
    edit = steer(resid(1), VECTORS[0], AT)
    for tokens in (TOKENS[:2], TOKENS[:, :3]):
        with pytest.raises(ShapeError, match="does not fit a pass"), interp.edited(gpt2, edit):
            gpt2(tokens)
    with pytest.raises(ShapeError, match="would be forgotten"):
        Writer(gpt2, Prompts.of(TOKENS), CONTEXT - 4)
    for count, temperature in ((0, 1.0), (2, -1.0), (2, math.inf)):
        with pytest.raises(ShapeError, match="cannot write"):
            Writer(gpt2, Prompts.of(TOKENS), count, temperature)
    with pytest.raises(ShapeError, match="no position"):
        mean_norms(gpt2, Sequences.of(TOKENS[:, :1]), [resid(0)])
