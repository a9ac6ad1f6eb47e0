import pytest
import torch

import interp
from interp import Model, ShapeError
from interp.surprisals import surprisals
from tests.architectures import VOCABULARY, fresh, some_tokens

TOKENS = some_tokens()


@torch.no_grad()
def test_they_are_the_log_softmax_of_the_models_logits(name: str) -> None:
    model = interp.load(fresh(name).double())
    logs = model(TOKENS)[:, :-1].log_softmax(-1)
    expected = -logs.gather(-1, TOKENS[:, 1:, None])[..., 0]
    for batch, chunk in ((32, None), (2, 4), (1, 1)):
        found = surprisals(model, TOKENS, batch=batch, chunk=chunk)
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@torch.no_grad()
def test_their_mean_is_the_loss_and_edits_act(gpt2: Model) -> None:
    def loss() -> torch.Tensor:
        return torch.nn.functional.cross_entropy(gpt2(TOKENS)[:, :-1].flatten(0, 1), TOKENS[:, 1:].flatten())

    whole = surprisals(gpt2, TOKENS).mean()
    torch.testing.assert_close(whole.float(), loss())
    with interp.edited(gpt2, interp.zero_ablate(interp.mlp_out(0))):
        torch.testing.assert_close(surprisals(gpt2, TOKENS).mean().float(), loss())
        assert abs(float(surprisals(gpt2, TOKENS).mean() - whole)) > 1e-3


def test_a_token_that_is_all_but_ruled_out_is_still_finite() -> None:
    hf = fresh("llama")
    with torch.no_grad():
        hf.lm_head.weight.mul_(1e4)
    found = surprisals(interp.load(hf), TOKENS)
    assert found.dtype == torch.float64
    assert bool(found.isfinite().all())
    assert float(found.max()) > 1e4


def test_no_graph_is_kept(gpt2: Model) -> None:
    assert not surprisals(gpt2, TOKENS).requires_grad


def test_a_whole_context_and_the_token_after_it_can_be_judged() -> None:
    model = interp.load(fresh("gpt2"))
    assert surprisals(model, some_tokens(1, model.context + 1)).shape == (1, model.context)
    with pytest.raises(ShapeError, match="more than the 16"):
        surprisals(model, some_tokens(1, model.context + 2))


@pytest.mark.usefixtures("unchecked")
def test_what_cannot_be_read_is_refused(gpt2: Model) -> None:
    for tokens in (TOKENS[:, :1], TOKENS[:0], TOKENS[0]):
        with pytest.raises(ShapeError, match="at least 2 positions"):
            surprisals(gpt2, tokens)
    wrong = TOKENS.clone()
    wrong[2, -1] = VOCABULARY
    with pytest.raises(ShapeError, match="not in the vocabulary"):
        surprisals(gpt2, wrong)
    with pytest.raises(ShapeError, match="integers"):
        surprisals(gpt2, TOKENS.float())
    for settings in ({"batch": 0}, {"chunk": 0}):
        with pytest.raises(ShapeError, match=r"1 (row )?or more"):
            surprisals(gpt2, TOKENS, **settings)
