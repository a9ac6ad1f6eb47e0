"""Weights under TransformerLens's names, with TransformerLens itself as the oracle of what they compute."""

import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub.errors
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import interp
from experiments.othello.subject import subject
from interp import Model, ModelError, UnknownNameError
from interp.models.fingerprint import fingerprint
from interp.models.tlens import ACTIVATIONS, NORMS, from_tlens
from tests.conftest import require_same, trace

SIZES = {"n_layers": 2, "d_model": 32, "n_heads": 4, "d_head": 8, "n_ctx": 12, "d_vocab": 21, "d_mlp": 48}
TOKENS = torch.randint(21, (3, 9), generator=torch.Generator().manual_seed(0))
SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "modular_addition"


def told(**settings: Any) -> dict[str, Any]:
    """A configuration in TransformerLens's keys."""
    return SIZES | {"act_fn": "gelu", "normalization_type": "LNPre"} | settings


def drawn(settings: dict[str, Any], seed: int = 0) -> Any:
    """TransformerLens's model of a configuration, with weights and biases from a normal of 0.2 about what they were."""
    from transformer_lens import HookedTransformer, HookedTransformerConfig

    with warnings.catch_warnings():
        # TransformerLens 4 does without this class; the weights that it wrote stay.
        warnings.simplefilter("ignore", DeprecationWarning)
        oracle = HookedTransformer(HookedTransformerConfig(**settings, init_weights=False, device="cpu")).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(oracle.named_parameters()):
            centre = float(name.endswith(".w"))
            weight.copy_(centre + 0.2 * torch.randn(weight.shape, generator=generator))
    return oracle


def state(settings: dict[str, Any] | None = None, seed: int = 0) -> dict[str, Tensor]:
    """A state dict as it is published, buffers and all."""
    return {name: tensor.clone() for name, tensor in drawn(settings or told(), seed).state_dict().items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder laid out as `NeelNanda/Othello-GPT-Transformer-Lens` is, with other sizes."""
    home = tmp_path / "othello"
    home.mkdir()
    torch.save(state(), home / "synthetic_model.pth")
    torch.save(state(seed=1), home / "championship_model.pth")
    return home


@pytest.fixture
def alone(folder: Path) -> Path:
    """A folder with one file of weights, and its configuration."""
    (folder / "championship_model.pth").unlink()
    (folder / "config.json").write_text(json.dumps(told()))
    return folder


def test_buffers_are_in_what_is_published() -> None:
    assert {"blocks.0.attn.mask", "blocks.0.attn.IGNORE", "unembed.b_U"} <= state().keys()
    assert "blocks.0.ln1.w" not in state()


@torch.no_grad()
@pytest.mark.parametrize("norm", NORMS)
def test_every_activation_is_that_of_transformer_lens(norm: str | None) -> None:
    settings = told(normalization_type=norm, eps=0.03)
    oracle = drawn(settings)
    model = interp.load(from_tlens(oracle.state_dict(), settings, torch.float32))
    logits, cache = oracle.run_with_cache(TOKENS)
    torch.testing.assert_close(model(TOKENS), logits, rtol=1e-5, atol=1e-5)
    acts = interp.capture(model, TOKENS, model.sites)
    assert {site.kind for site in model.sites if site.name not in cache} == {"mlp_in", "final_norm"}
    for site in model.sites:
        if site.name in cache:
            allowed = acts[site] > -torch.inf
            assert acts[site].shape == cache[site.name].shape, site
            assert (cache[site.name][~allowed] == -torch.inf).all(), site
            torch.testing.assert_close(acts[site][allowed], cache[site.name][allowed], rtol=1e-5, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("norm", NORMS)
def test_an_edit_does_what_it_does_in_transformer_lens(norm: str | None) -> None:
    settings = told(normalization_type=norm)
    oracle = drawn(settings)
    model = interp.load(from_tlens(oracle.state_dict(), settings, torch.float32))
    before = trace(model.hf)
    vector = torch.randn(32, generator=torch.Generator().manual_seed(1))
    for site in (interp.resid(0), interp.mid(0), interp.resid(1), interp.mid(1), interp.resid(2)):
        hook = (site.name, lambda tensor, hook: tensor + vector)  # noqa: ARG005
        with interp.edited(model, interp.add(site, vector)):
            edited = model(TOKENS)
        torch.testing.assert_close(edited, oracle.run_with_hooks(TOKENS, fwd_hooks=[hook]), rtol=1e-5, atol=1e-5)
        assert (edited - model(TOKENS)).abs().max() > 0.01
    with interp.edited(model, interp.knockout(0)):
        assert not torch.allclose(model(TOKENS), oracle(TOKENS), atol=1e-3)
    require_same(before, trace(model.hf))


@torch.no_grad()
@pytest.mark.parametrize(
    "changed",
    [
        *({"act_fn": name} for name in ACTIVATIONS),
        {"use_attn_scale": False},
        {"attn_scale": math.sqrt(8)},
        {"scale_attn_by_inverse_layer_idx": True},
    ],
    ids=str,
)
def test_the_configuration_decides_what_tensors_cannot_tell(changed: dict[str, Any]) -> None:
    settings = told(**changed)
    oracle = drawn(settings)
    model = interp.load(from_tlens(oracle.state_dict(), settings, torch.float32))
    torch.testing.assert_close(model(TOKENS), oracle(TOKENS), rtol=1e-5, atol=1e-5)
    plain = from_tlens(oracle.state_dict(), None, torch.float32)
    same = changed in ({"act_fn": "gelu"}, {"attn_scale": math.sqrt(8)})
    assert torch.equal(interp.load(plain)(TOKENS), model(TOKENS)) == same


@torch.no_grad()
def test_without_a_configuration_it_is_what_the_published_othello_models_have() -> None:
    for norm in ("LN", "LNPre"):
        oracle = drawn(told(normalization_type=norm, eps=1e-5))
        hf = from_tlens(oracle.state_dict(), None, torch.float32)
        torch.testing.assert_close(interp.load(hf)(TOKENS), oracle(TOKENS), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_a_bias_of_the_unembedding_is_in_the_logits_the_lens_and_the_fingerprint() -> None:
    from transformers import GPT2LMHeadModel

    weights = state()
    biased = interp.load(from_tlens(weights, None, torch.float32))
    bias = weights.pop("unembed.b_U")
    absent = from_tlens(weights, None, torch.float32)
    zero = from_tlens(weights | {"unembed.b_U": torch.zeros(21)}, None, torch.float32)
    assert type(absent) is type(zero) is GPT2LMHeadModel
    unbiased = interp.load(absent)
    torch.testing.assert_close(biased(TOKENS), unbiased(TOKENS) + bias)
    torch.testing.assert_close(interp.logit_lens(biased, TOKENS), interp.logit_lens(unbiased, TOKENS) + bias)
    other = interp.load(from_tlens(weights | {"unembed.b_U": bias + 1}, None, torch.float32))
    assert len({fingerprint(model) for model in (biased, unbiased, other)}) == 3
    assert fingerprint(unbiased) == fingerprint(interp.load(zero))


@pytest.mark.parametrize("norm", NORMS)
def test_what_is_saved_as_a_hugging_face_folder_comes_back(norm: str | None, tmp_path: Path) -> None:
    settings = told(normalization_type=norm)
    model = interp.load(from_tlens(state(settings), settings, torch.float32))
    model.hf.save_pretrained(tmp_path)
    again = interp.load(tmp_path)
    assert type(again.hf) is type(model.hf)
    assert fingerprint(again) == fingerprint(model)
    assert torch.equal(again(TOKENS), model(TOKENS))


@pytest.mark.parametrize("norm", NORMS)
def test_random_weights_have_the_same_parts(norm: str | None) -> None:
    settings = told(normalization_type=norm)
    model = interp.load(from_tlens(state(settings), settings, torch.float32))
    control = interp.random_weights(model, 0)
    ours, theirs = control.hf.state_dict(), model.hf.state_dict()
    assert {name: tensor.shape for name, tensor in ours.items()} == {name: t.shape for name, t in theirs.items()}
    assert [name for name, part in control.hf.named_modules() if isinstance(part, nn.LayerNorm)] == [
        name for name, part in model.hf.named_modules() if isinstance(part, nn.LayerNorm)
    ]
    assert all(tensor.eq("weight" in name).all() for name, tensor in ours.items() if "ln_" in name)
    assert ours["lm_head.bias"].eq(0).all()
    assert ours["lm_head.weight"].std().item() == pytest.approx(0.02, rel=0.1)
    assert interp.random_weights(model, 0)(TOKENS).equal(control(TOKENS))
    assert not interp.random_weights(model, 1)(TOKENS).equal(control(TOKENS))


@torch.no_grad()
def test_a_folder_as_on_the_hub_is_loaded_by_the_name_of_its_file(folder: Path) -> None:
    for name, seed in (("synthetic_model.pth", 0), ("championship_model.pth", 1)):
        logits = drawn(told(), seed)(TOKENS)
        for source in (folder / name, str(folder / name)):
            model = interp.load(source)
            assert model.name == name
            torch.testing.assert_close(model(TOKENS), logits, rtol=1e-5, atol=1e-5)
    with pytest.raises(
        ModelError, match=r"several files of weights: championship_model.pth, synthetic_model.pth. Name"
    ):
        interp.load(folder)
    with pytest.raises(ModelError, match="has no tokenizer"):
        _ = model.tokenizer


def test_a_folder_with_one_file_is_loaded_by_its_own_name(alone: Path) -> None:
    model = interp.load(alone)
    assert (model.name, model.depth, model.width, model.heads) == ("othello", 2, 32, 4)
    assert (model.vocabulary, model.context, model.d_head) == (21, 12, 8)
    weights = torch.load(alone / "synthetic_model.pth", weights_only=True)
    (alone / "synthetic_model.pth").unlink()
    save_file(weights, alone / "model.safetensors")
    assert fingerprint(interp.load(alone)) == fingerprint(model)


def test_a_configuration_of_the_files_own_name_goes_first(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps(told(act_fn="silu")))
    (folder / "synthetic_model.json").write_text(json.dumps({"tl_config": told(act_fn="relu"), "task": "some"}))
    assert interp.load(folder / "synthetic_model.pth").hf.config.activation_function == "relu"
    assert interp.load(folder / "championship_model.pth").hf.config.activation_function == "silu"


def test_dtype_and_device_are_those_asked_for_and_no_random_number_is_drawn(alone: Path) -> None:
    before = torch.random.get_rng_state()
    for name in ("float16", "bfloat16", "float64"):
        model = interp.load(alone, dtype=name, device="cpu")
        assert {weight.dtype for weight in model.hf.parameters()} == {getattr(torch, name)}
        assert model(TOKENS).isfinite().all()
    assert not model.hf.training
    assert torch.equal(torch.random.get_rng_state(), before)
    with pytest.raises(ModelError, match="cannot use the device gpu"):
        interp.load(alone, device="gpu")


def changed(alone: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = alone / "synthetic_model.pth"
    weights = torch.load(path, weights_only=True)
    change(weights)
    torch.save(weights, path)


def said(alone: Path, **settings: Any) -> None:
    (alone / "config.json").write_text(json.dumps(told(**settings)))


def cut(alone: Path, size: int) -> None:
    path = alone / "synthetic_model.pth"
    path.write_bytes(path.read_bytes()[:size])


def unsaid(alone: Path, key: str) -> None:
    (alone / "config.json").write_text(json.dumps({k: v for k, v in told().items() if k != key}))


def narrow(weights: dict[str, Tensor]) -> None:
    for layer in range(2):
        for name in ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V"):
            weights[f"blocks.{layer}.attn.{name}"] = weights[f"blocks.{layer}.attn.{name}"][:3]


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "cut in half": (lambda f: cut(f, 40_000), "cannot load .*synthetic_model.pth: it is damaged"),
    "cut to a few bytes": (lambda f: cut(f, 5), "it is damaged"),
    "empty": (lambda f: cut(f, 0), "it is damaged"),
    "a list": (lambda f: torch.save([1, 2], f / "synthetic_model.pth"), "something else than tensors by name"),
    "a number inside": (lambda f: changed(f, lambda w: w.update(step=3)), "something else than tensors by name"),
    "a tensor missing": (
        lambda f: changed(f, lambda w: w.pop("blocks.1.attn.W_K")),
        "not whole: 1 are missing, 'blocks.1.attn.W_K'",
    ),
    "a size missing": (lambda f: changed(f, lambda w: w.pop("pos_embed.W_pos")), "have no 'pos_embed.W_pos'"),
    "a tensor too many": (
        lambda f: changed(f, lambda w: w.update({"blocks.0.attn.W_gate": torch.ones(2)})),
        "1 tensors have no place in this model: 'blocks.0.attn.W_gate'",
    ),
    "a far block": (
        lambda f: changed(f, lambda w: w.update({"blocks.7.x": torch.ones(2)})),
        "n_layers 2, but .* say 3",
    ),
    "another shape": (
        lambda f: changed(f, lambda w: w.update({"blocks.1.mlp.b_in": torch.ones(9)})),
        r"blocks.1.mlp.b_in has the shape \[9\], not \[48\]",
    ),
    "other axes": (lambda f: changed(f, lambda w: w.update({"embed.W_E": torch.ones(9)})), "must have 2 axes"),
    "too few heads": (lambda f: changed(f, narrow), r"3 heads of 8 are not as wide as the residual stream \(32\)"),
    "a NaN": (lambda f: changed(f, lambda w: w["blocks.1.mlp.W_in"][0].fill_(math.nan)), "NaN or infinity, first in"),
    "other names": (lambda f: torch.save({"wte": torch.ones(2)}, f / "synthetic_model.pth"), "not in TransformerLens"),
    "another width said": (lambda f: said(f, d_model=64), "says d_model 64, but the tensors say 32"),
    "norms said": (lambda f: said(f, normalization_type="LN"), "not whole: 10 are missing, 'blocks.0.ln1.b'"),
    "another norm said": (lambda f: said(f, normalization_type="RMS"), "'RMS' is none that GPT-2 can have: 'LN', 'LN"),
    "no norm said": (lambda f: unsaid(f, "normalization_type"), 'say as "normalization_type"'),
    "no activation said": (lambda f: unsaid(f, "act_fn"), r'"act_fn" .* must be one of .*, not None'),
    "nothing said": (lambda f: (f / "config.json").write_text("{}"), 'say as "normalization_type"'),
    "another activation said": (lambda f: said(f, act_fn="solu_ln"), "must be one of 'gelu', .*, not 'solu_ln'"),
    "another scale said": (lambda f: said(f, attn_scale=3.0), "attn_scale 3.0 is not the root of d_head"),
    "rotary positions said": (lambda f: said(f, positional_embedding_type="rotary"), "'rotary' in the configuration"),
    "a soft cap said": (lambda f: said(f, output_logits_soft_cap=30.0), "output_logits_soft_cap 30.0 in the conf"),
    "a wrong type said": (lambda f: said(f, eps="small"), "cannot load"),
    "configuration cut short": (lambda f: (f / "config.json").write_text('{"act_fn": '), "cannot load"),
    "configuration no object": (lambda f: (f / "synthetic_model.json").write_text("[1]"), "no JSON object of settings"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_cannot_be_read_is_an_error_that_says_why(alone: Path, damage: str) -> None:
    spoil, complaint = DAMAGES[damage]
    spoil(alone)
    before = {path.name: path.read_bytes() for path in alone.iterdir()}
    with pytest.raises(ModelError, match=complaint) as caught:
        interp.load(alone)
    assert len(str(caught.value)) < 700
    assert {path.name: path.read_bytes() for path in alone.iterdir()} == before


def test_a_file_of_a_hugging_face_model_is_not_taken_for_one_of_these(gpt2: Model, tmp_path: Path) -> None:
    gpt2.hf.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="load the folder instead of the file"):
        interp.load(tmp_path / "model.safetensors")
    torch.save({"step": 3}, tmp_path / "optimizer.pt")
    assert fingerprint(interp.load(tmp_path)) == fingerprint(gpt2)


def test_nothing_in_a_pickle_is_executed(folder: Path) -> None:
    class Touch:
        def __reduce__(self) -> Any:
            return Path.touch, (folder / "touched",)

    torch.save({"embed.W_E": Touch()}, folder / "bad.pth")
    with pytest.raises(ModelError, match="never executed"):
        interp.load(folder / "bad.pth")
    assert not (folder / "touched").exists()
    torch.load(folder / "bad.pth", weights_only=False)
    assert (folder / "touched").exists(), "it would have been"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """What a hub that nobody can reach gave before: `someone/othello`, laid out as `folder`."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    home = tmp_path / "hub" / "models--someone--othello"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text("a" * 40)
    (home / "snapshots").mkdir()
    return folder.rename(home / "snapshots" / ("a" * 40))


def test_a_hub_id_with_the_name_of_a_file_is_downloaded(hub: Path) -> None:
    model = interp.load("someone/othello/synthetic_model.pth")
    assert model.name == "someone/othello/synthetic_model.pth"
    assert fingerprint(model) == fingerprint(interp.load(hub / "synthetic_model.pth"))
    (hub / "config.json").write_text(json.dumps(told(act_fn="relu")))
    assert interp.load("someone/othello/synthetic_model.pth").hf.config.activation_function == "relu"
    with pytest.raises(ModelError, match=r"someone/othello has no file other.pth at the revision main"):
        interp.load("someone/othello/other.pth")


def test_a_hub_id_without_a_network_fails_and_says_so(hub: Path) -> None:
    for name in ("nobody/nothing/model.pth", "nobody/nothing"):
        with pytest.raises(UnknownNameError, match=rf"unknown model '{name}'.*the hub does not give it \(.+\)"):
            interp.load(name)
    with pytest.raises(UnknownNameError, match=r"unknown model 'someone/othello/synthetic_model\.pth'"):
        interp.load("someone/othello/synthetic_model.pth", revision="step-3")


def test_a_hub_id_alone_is_enough_when_it_has_one_file_of_weights(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = ["README.md", "synthetic_model.pth", "championship_model.pth"]
    monkeypatch.setattr("huggingface_hub.list_repo_files", lambda repository, revision: listed)  # noqa: ARG005
    with pytest.raises(ModelError, match=r"several .*Name one, as in load\('someone/othello/championship_model.pth'\)"):
        interp.load("someone/othello")
    listed.pop()
    assert fingerprint(interp.load("someone/othello")) == fingerprint(interp.load(hub / "synthetic_model.pth"))


def test_a_hub_id_that_names_a_model_type_is_left_to_transformers(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.list_repo_files", lambda repository, revision: pytest.fail("was asked"))  # noqa: ARG005
    (hub / "config.json").write_text(json.dumps({"model_type": "starship"}))
    with pytest.raises(ModelError, match=r"cannot load someone/othello: .*starship"):
        interp.load("someone/othello")


def test_a_hub_that_breaks_off_is_an_error_that_says_so(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(repository: str, revision: str) -> list[str]:
        raise vars(huggingface_hub.errors)["HTTPError"]("the line is cut")

    monkeypatch.setattr("huggingface_hub.list_repo_files", broken)
    with pytest.raises(UnknownNameError, match="unknown model 'someone/othello'"):
        interp.load("someone/othello")


def mingpt(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same weights as minGPT names and lays them out, written without the library's table."""
    new = {
        "tok_emb.weight": weights["embed.W_E"],
        "pos_emb": weights["pos_embed.W_pos"][None],
        "ln_f.weight": weights["ln_final.w"],
        "ln_f.bias": weights["ln_final.b"],
        "head.weight": weights["unembed.W_U"].T,
    }
    for block in ("blocks.0", "blocks.1"):
        for letter, name in (("Q", "query"), ("K", "key"), ("V", "value")):
            heads = [weights[f"{block}.attn.W_{letter}"][head].T for head in range(4)]
            new[f"{block}.attn.{name}.weight"] = torch.cat(heads)
            new[f"{block}.attn.{name}.bias"] = weights[f"{block}.attn.b_{letter}"].flatten()
        heads = [weights[f"{block}.attn.W_O"][head].T for head in range(4)]
        new[f"{block}.attn.proj.weight"] = torch.cat(heads, dim=1)
        new[f"{block}.attn.proj.bias"] = weights[f"{block}.attn.b_O"]
        new[f"{block}.attn.mask"] = torch.ones(12, 12).tril()[None, None]
        for place, name in (("mlp.0", "in"), ("mlp.2", "out")):
            new[f"{block}.{place}.weight"] = weights[f"{block}.mlp.W_{name}"].T
            new[f"{block}.{place}.bias"] = weights[f"{block}.mlp.b_{name}"]
        for norm in ("ln1", "ln2"):
            new[f"{block}.{norm}.weight"] = weights[f"{block}.{norm}.w"]
            new[f"{block}.{norm}.bias"] = weights[f"{block}.{norm}.b"]
    return {name: tensor.contiguous() for name, tensor in new.items()}


def test_weights_under_mingpts_names_are_the_same_model(tmp_path: Path) -> None:
    weights = state(told(normalization_type="LN"))
    weights["unembed.b_U"].zero_()
    torch.save(mingpt(weights), tmp_path / "final.pth")
    for wrong in (None, {"act_fn": "gelu"}, {"n_heads": 5}, {"n_heads": "4"}):
        if wrong:
            (tmp_path / "config.json").write_text(json.dumps(wrong))
        with pytest.raises(ModelError, match=r"do not tell the number of heads. Say a divisor of 32 as"):
            interp.load(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(told(normalization_type="LN", architecture="mingpt")))
    expected = interp.load(from_tlens(weights, None, torch.float32))
    assert fingerprint(interp.load(tmp_path)) == fingerprint(expected)
    torch.save(mingpt(weights) | {"extra": torch.ones(1)}, tmp_path / "final.pth")
    with pytest.raises(ModelError, match="1 tensors have no place in this model: 'extra'"):
        interp.load(tmp_path)


def test_an_othello_experiment_takes_the_published_shape(tmp_path: Path) -> None:
    """Vocabulary and context of the published models, which are wider and deeper."""
    torch.save(state(told(d_vocab=61, n_ctx=59)), tmp_path / "synthetic_model.pth")
    model, rules = subject(str(tmp_path / "synthetic_model.pth"), "cpu", "float32")
    assert (rules.size, model.vocabulary, model.context) == (8, 61, 59)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real data is not beside the project")
@pytest.mark.parametrize(("seed", "accuracy"), [(0, 0.9997), (1, 0.9992), (2, 1.0)])
@torch.no_grad()
def test_a_published_model_is_as_accurate_as_published(seed: int, accuracy: float) -> None:
    file = SHARED / f"modadd113_rib_seed{seed}.safetensors"
    model = interp.load(file)
    first, second = torch.cartesian_prod(torch.arange(113), torch.arange(113)).unbind(1)
    tokens = torch.stack([first, second, torch.full_like(first, 113)], dim=1)
    right = model(tokens)[:, 2, :113].argmax(-1) == (first + second) % 113
    assert right.float().mean().item() == pytest.approx(accuracy, abs=5e-5)
    assert load_file(file).keys() <= state(told(normalization_type=None)).keys()
