import torch

import interp
from interp import Model
from tests.architectures import fresh, some_tokens

TOKENS = some_tokens()


def test_random_weights_are_those_of_their_seed_and_of_no_other(model: Model) -> None:
    one, again, other = (interp.random_weights(model, seed) for seed in (1, 1, 2))
    ours, same, different = (control.hf.state_dict() for control in (one, again, other))
    assert all(torch.equal(ours[name], same[name]) for name in ours)
    assert any(not torch.equal(ours[name], different[name]) for name in ours)
    assert any(not torch.equal(ours[name], weight) for name, weight in model.hf.state_dict().items())
    assert ours.keys() == model.hf.state_dict().keys()
    assert one(TOKENS).shape == model(TOKENS).shape
    assert "random weights (seed 1)" in one.name


def test_drawing_them_leaves_the_generator_alone(gpt2: Model) -> None:
    state = torch.random.get_rng_state()
    interp.random_weights(gpt2, 3)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_they_share_nothing_with_the_model(gpt2: Model) -> None:
    control = interp.random_weights(gpt2, 0)
    assert control.hf.config is not gpt2.hf.config
    assert not {w.data_ptr() for w in control.hf.parameters()} & {w.data_ptr() for w in gpt2.hf.parameters()}
    with interp.edited(gpt2, interp.knockout(0)):
        assert control.hf.config._attn_implementation == "sdpa"


def test_they_have_the_dtype_of_the_model() -> None:
    control = interp.random_weights(interp.load(fresh("llama").to(torch.bfloat16)), 0)
    assert control.dtype == torch.bfloat16
    assert not control.hf.training
