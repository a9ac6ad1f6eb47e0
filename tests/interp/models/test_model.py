import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import interp
from interp import Model, ModelError, ShapeError
from interp.models.anatomy import ANATOMIES, anatomy_of
from tests.architectures import ARCHITECTURES, CONTEXT, DEPTH, HEADS, VOCABULARY, WIDTH, fresh, made, some_tokens

TOKENS = some_tokens()


def test_a_model_knows_its_sizes(model: Model) -> None:
    assert (model.depth, model.width, model.heads) == (DEPTH, WIDTH, HEADS)
    assert (model.vocabulary, model.context) == (VOCABULARY, CONTEXT)
    acts = interp.capture(model, TOKENS, [interp.q(0), interp.k(0)])
    assert acts[interp.q(0)].shape[2:] == (model.heads, model.d_head)
    assert acts[interp.k(0)].shape[2:] == (model.kv_heads, model.d_head)
    assert (model.device.type, model.dtype) == ("cpu", torch.float32)
    assert repr(model) == f"Model({model.name!r}, depth=2, width=32, heads=4, cpu)"


def test_every_known_architecture_is_tested() -> None:
    tested = {fresh(name).config.model_type for name in ARCHITECTURES}
    assert tested | {"tlens_gpt2"} == set(ANATOMIES), "the tests of tlens.py have that one"


def test_integers_of_every_size_are_tokens(gpt2: Model) -> None:
    logits = gpt2(TOKENS)
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32):
        assert torch.equal(gpt2(TOKENS.to(dtype)), logits), dtype


def test_the_longest_sequence_and_the_last_token_are_allowed(gpt2: Model) -> None:
    assert gpt2(torch.full((1, CONTEXT), VOCABULARY - 1)).isfinite().all()
    with pytest.raises(ShapeError, match="Cut them"):
        gpt2(torch.zeros(1, CONTEXT + 1, dtype=torch.long))


def test_logits_come_as_a_tensor_whatever_the_configuration_returns() -> None:
    hf = fresh("gptj")
    hf.config.return_dict = False
    assert torch.equal(interp.load(hf)(TOKENS), made("gptj")(TOKENS))


def test_unembedding_passes_hooks_by(gpt2: Model) -> None:
    last = interp.capture(gpt2, TOKENS, interp.resid(DEPTH))[interp.resid(DEPTH)]
    logits = gpt2(TOKENS)
    with interp.edited(gpt2, interp.zero_ablate(interp.resid(DEPTH)), interp.zero_ablate(interp.final_norm())):
        torch.testing.assert_close(gpt2.unembed(last), logits)


def test_an_anatomy_that_does_not_fit_is_an_error() -> None:
    hf = fresh("llama")
    with pytest.raises(ModelError, match=r"has no part 'transformer.h': its anatomy does not fit it"):
        interp.load(hf, anatomy=anatomy_of(fresh("gpt2").config))
    for part in ("q", "z", "mlp_pre", "mlp_out", "attention"):
        wrong: dict[str, Any] = {part: "nowhere"}
        model = interp.load(hf, anatomy=replace(anatomy_of(hf.config), **wrong))
        with pytest.raises(ModelError, match="nowhere"):
            interp.capture(model, TOKENS, model.sites)


def test_a_part_that_is_never_passed_is_an_error() -> None:
    hf = fresh("llama")
    hf.model.layers[0].mlp.idle = torch.nn.Linear(2, 2)
    model = interp.load(hf, anatomy=replace(anatomy_of(hf.config), mlp_post="mlp.idle"))
    hf.model.layers[1].mlp.idle = torch.nn.Linear(2, 2)
    with pytest.raises(ModelError, match=r"never passed blocks.0.mlp.hook_post.*anatomy does not fit"):
        interp.capture(model, TOKENS, [interp.resid(1), interp.mlp_post(0)])


def test_a_part_called_without_hidden_states_is_an_error() -> None:
    hf = fresh("llama")
    model = interp.load(
        hf, anatomy=replace(anatomy_of(hf.config), mlp="mlp", before_mlp=None, final_norm="model.rotary_emb")
    )
    hf.model.rotary_emb.register_forward_pre_hook(
        lambda _, args, kwargs: ((), {"x": args[0], **kwargs}), with_kwargs=True
    )
    with pytest.raises(ModelError, match="without hidden states"):
        interp.capture(model, TOKENS, interp.resid(DEPTH))


def test_an_unknown_architecture_is_an_error_that_says_what_to_do() -> None:
    from transformers import OPTConfig, OPTForCausalLM

    config = OPTConfig(
        vocab_size=9, hidden_size=8, num_hidden_layers=1, ffn_dim=8, num_attention_heads=2, word_embed_proj_dim=8
    )
    with pytest.raises(ModelError, match=r"'opt' is not known. Known: gpt2, .*anatomy=interp.Anatomy"):
        interp.load(OPTForCausalLM(config))


def test_an_architecture_without_a_bound_reads_any_length() -> None:
    class Unbounded:
        model_type, hidden_size, num_attention_heads = "gpt2", WIDTH, HEADS

    hf = fresh("gpt2")
    model = Model(hf, anatomy_of(hf.config), "x")
    assert model.context == CONTEXT
    config: Any = Unbounded()
    hf.__dict__["config"] = config
    assert Model(hf, anatomy_of(config), "x").context == sys.maxsize


def test_a_configuration_without_sizes_is_an_error() -> None:
    class Sizeless:
        model_type = "gpt2"

    hf = fresh("gpt2")
    hf.__dict__["config"] = Sizeless()
    with pytest.raises(ModelError, match="no hidden_size"):
        Model(hf, anatomy_of(hf.config), "odd")


def test_a_model_without_tokenizer_says_so(gpt2: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no tokenizer; hand in token ids"):
        _ = gpt2.tokenizer
    gpt2.hf.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="no tokenizer; hand in token ids"):
        _ = interp.load(tmp_path).tokenizer
