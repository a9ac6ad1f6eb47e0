import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, Sequences, ShapeError, Site, UnknownNameError
from interp.dictionaries.dictionary import Dictionary
from interp.dictionaries.metrics.recovered import Recovered, recovered
from interp.files import write_json
from tests.architectures import DEPTH, VOCABULARY, WIDTH, made
from tests.interp.dictionaries.small import Small, constant, identity, random

SHARED = Path(__file__).parents[4].parent / "shared" / "data"


@torch.no_grad()
def own_tokens(model: Model, sequences: int = 10, length: int = 12) -> Tensor:
    """What the model itself says is likely, so that an ablation costs it something."""
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(VOCABULARY, (sequences, 1), generator=generator)
    while tokens.shape[1] < length:
        likely = (3 * model(tokens)[:, -1]).softmax(-1)
        tokens = torch.cat([tokens, torch.multinomial(likely, 1, generator=generator)], 1)
    return tokens


def with_separators(tokens: Tensor) -> Sequences:
    """Sequences that begin with a BOS and hold a separator in the middle; the last has nothing that counts."""
    tokens, kept = tokens.clone(), torch.ones_like(tokens, dtype=torch.bool)
    tokens[:, [0, 5]], kept[:, [0, 5]], kept[-1] = 0, False, False
    return Sequences.of(tokens, kept, "a corpus")


Hook = Callable[..., Any]


def hooked(model: Model, site: Site, change: Callable[[Tensor], Tensor]) -> Any:
    """A plain PyTorch hook at one of three sites of a GPT-2 or a Llama, knowing nothing of the library."""
    body = model.hf.transformer if hasattr(model.hf, "transformer") else model.hf.model
    blocks = body.h if hasattr(body, "h") else body.layers
    if site.kind == "mlp_out":
        return blocks[site.layer].mlp.register_forward_hook(lambda _, __, out: change(out))
    if site.layer < len(blocks):
        return blocks[site.layer].register_forward_pre_hook(lambda _, args: (change(args[0]), *args[1:]))
    final = body.ln_f if hasattr(body, "ln_f") else body.norm
    return final.register_forward_pre_hook(lambda _, args: (change(args[0]),))


@torch.no_grad()
def oracle(model: Model, data: Sequences, site: Site, dictionary: Dictionary, ablation: str) -> dict[str, float]:
    """All at once, position by position, in double."""
    seen: list[Tensor] = []
    handle = hooked(model, site, lambda x: seen.append(x.double()) or x)  # type: ignore[func-returns-value]
    logits = {"clean": model.hf(data.tokens).logits}
    handle.remove()
    mean = torch.stack([seen[0][i, t] for i, t in data.kept.nonzero().tolist()]).mean(0)
    stands_for = {"spliced": lambda row: dictionary.decode(dictionary.encode(row[None]))[0], "ablated": lambda _: mean}
    if ablation == "zero":
        stands_for["ablated"] = torch.zeros_like
    for name, instead in stands_for.items():

        def change(x: Tensor, instead: Callable[[Tensor], Tensor] = instead) -> Tensor:
            new = x.clone()
            for i, t in data.kept.nonzero().tolist():
                new[i, t] = instead(x[i, t])
            return new

        handle = hooked(model, site, change)
        logits[name] = model.hf(data.tokens).logits
        handle.remove()
    found: dict[str, list[float]] = {name: [] for name in (*logits, "kl_spliced", "kl_ablated")}
    for i in range(len(data.tokens)):
        for t in range(data.tokens.shape[1] - 1):
            if data.kept[i, t] and data.kept[i, t + 1]:
                said = {name: values[i, t].double().log_softmax(0) for name, values in logits.items()}
                for name, row in said.items():
                    found[name].append(-float(row[data.tokens[i, t + 1]]))
                for name in ("spliced", "ablated"):
                    found[f"kl_{name}"].append(float((said["clean"].exp() * (said["clean"] - said[name])).sum()))
    means = {name: sum(values) / len(values) for name, values in found.items()}
    share = (means["ablated"] - means["spliced"]) / (means["ablated"] - means["clean"])
    return means | {"recovered": share, "predictions": len(found["clean"])}


@pytest.mark.parametrize("ablation", ["mean", "zero"])
@pytest.mark.parametrize("site", [interp.resid(1), interp.resid(DEPTH), interp.mlp_out(0)])
@pytest.mark.parametrize("architecture", ["gpt2", "llama"])
def test_it_is_what_plain_hooks_measure(architecture: str, site: Site, ablation: str) -> None:
    model = made(architecture)
    data = with_separators(own_tokens(model))
    dictionary = random(WIDTH, 64, dtype=torch.float32)
    found = recovered(model, data, site, dictionary, ablation=ablation, batch=3)
    truth = oracle(model, data, site, dictionary, ablation)
    for name, value in truth.items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-4, abs=1e-5), name
    assert (found.ablation, found.site) == (ablation, site.name)


def test_no_batch_changes_it(gpt2: Model) -> None:
    data, dictionary = with_separators(own_tokens(gpt2)), random(WIDTH, 64, dtype=torch.float32)
    whole = recovered(gpt2, data, interp.resid(1), dictionary)
    for batch in (1, 4, 9, 100):
        part = recovered(gpt2, data, interp.resid(1), dictionary, batch=batch)
        assert part[2:7] == pytest.approx(whole[2:7], rel=1e-5)
        assert part.predictions == whole.predictions


def test_a_dictionary_that_gives_back_what_it_reads_recovers_everything(gpt2: Model) -> None:
    for ablation in ("mean", "zero"):
        found = recovered(gpt2, own_tokens(gpt2), interp.resid(1), identity(WIDTH), ablation=ablation)
        assert found.recovered == 1.0
        assert found.spliced == found.clean
        assert found.kl_spliced == 0.0


def test_a_dictionary_that_says_the_ablation_recovers_nothing(gpt2: Model) -> None:
    tokens, site = own_tokens(gpt2), interp.resid(1)
    zeros = recovered(gpt2, tokens, site, constant(torch.zeros(WIDTH)), ablation="zero")
    assert zeros.recovered == 0.0
    assert zeros.kl_spliced == zeros.kl_ablated > 0
    mean = interp.capture(gpt2, tokens, site)[site].double().mean((0, 1)).float()
    found = recovered(gpt2, tokens, site, constant(mean), ablation="mean")
    assert found.recovered == pytest.approx(0, abs=1e-5)
    assert recovered(gpt2, tokens, site, constant(mean), mean=mean).recovered == 0.0


def test_a_mean_that_is_handed_in_is_the_one_that_is_used(gpt2: Model) -> None:
    tokens, site = own_tokens(gpt2), interp.resid(1)
    zeros = recovered(gpt2, tokens, site, identity(WIDTH), mean=torch.zeros(WIDTH))
    assert zeros.ablated == recovered(gpt2, tokens, site, identity(WIDTH), ablation="zero").ablated
    with pytest.raises(ShapeError, match=r"the mean is \[5\]"):
        recovered(gpt2, tokens, site, identity(WIDTH), mean=torch.zeros(5))
    with pytest.raises(ShapeError, match="the ablation is 'zero'"):
        recovered(gpt2, tokens, site, identity(WIDTH), ablation="zero", mean=torch.zeros(WIDTH))


def test_heads_are_read_together_where_a_site_keeps_them_apart(gpt2: Model) -> None:
    class Heads(Small):
        def encode(self, x: Tensor) -> Tensor:
            return super().encode(x.flatten(1))

        def decode(self, latents: Tensor) -> Tensor:
            return super().decode(latents).reshape(len(latents), gpt2.heads, gpt2.d_head)

    eye = torch.eye(WIDTH)
    dictionary = Heads(torch.cat([eye, -eye], 1), torch.cat([eye, -eye]))
    assert recovered(gpt2, own_tokens(gpt2), interp.z(0), dictionary).recovered == 1.0


def test_what_cannot_be_measured_is_refused(gpt2: Model) -> None:
    tokens, dictionary = own_tokens(gpt2), identity(WIDTH)
    with pytest.raises(UnknownNameError, match=r"unknown ablation 'means'\. Did you mean 'mean'"):
        recovered(gpt2, tokens, interp.resid(1), dictionary, ablation="means")
    with pytest.raises(UnknownNameError, match="unknown site"):
        recovered(gpt2, tokens, "blocks.7.hook_resid_post", dictionary)
    with pytest.raises(ShapeError, match="batch head query key"):
        recovered(gpt2, tokens, interp.pattern(0), dictionary)
    with pytest.raises(ShapeError, match="reads rows of width 7"):
        recovered(gpt2, tokens, interp.resid(1), identity(7))
    with pytest.raises(ShapeError, match="batch must be"):
        recovered(gpt2, tokens, interp.resid(1), dictionary, batch=0)


def test_data_without_a_next_token_are_refused(gpt2: Model) -> None:
    tokens = own_tokens(gpt2)
    every_other = torch.zeros_like(tokens, dtype=torch.bool)
    every_other[:, ::2] = True
    for data in (tokens[:, :1], Sequences.of(tokens, every_other)):
        with pytest.raises(ShapeError, match="no next token to predict"):
            recovered(gpt2, data, interp.resid(1), identity(WIDTH))
    with pytest.raises(ShapeError, match="at least one of each"):
        recovered(gpt2, tokens[:0], interp.resid(1), identity(WIDTH))


def test_an_ablation_that_costs_nothing_is_an_error_and_no_infinity() -> None:
    hf = made("gpt2").hf
    mute = interp.load(type(hf)(hf.config).eval())
    with torch.no_grad():
        for layer in range(mute.depth):
            for weight in mute.part("mlp.c_proj", layer).parameters():
                weight.zero_()
    tokens = own_tokens(mute)
    with pytest.raises(ShapeError, match=r"the mean ablation of blocks.0.hook_mlp_out costs .* nats"):
        recovered(mute, tokens, interp.mlp_out(0), identity(WIDTH))


@pytest.mark.parametrize("where", ["W_enc", "W_dec"])
def test_a_dictionary_that_makes_no_numbers_is_an_error(gpt2: Model, where: str) -> None:
    broken = identity(WIDTH)
    getattr(broken, where).data.fill_(torch.nan)
    with pytest.raises(ShapeError, match=r"reconstruction at blocks\.0.hook_resid_post, kept row 0 holds NaN"):
        recovered(gpt2, own_tokens(gpt2), interp.resid(1), broken)


def test_a_result_is_plain_numbers(gpt2: Model, tmp_path: Path) -> None:
    found = recovered(gpt2, own_tokens(gpt2), interp.resid(1), identity(WIDTH))
    write_json(tmp_path / "recovered.json", found.to_json())
    assert Recovered(**json.loads((tmp_path / "recovered.json").read_text())) == found


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "stories260k").exists(), reason="the real data is not beside the project")
def test_a_real_model_loses_with_every_direction_that_a_dictionary_leaves_out() -> None:
    model = interp.load(SHARED / "stories260k")
    texts = json.loads((SHARED / "tinystories" / "tinystories_1000.json").read_text(encoding="utf8"))[:40]
    encoded = [model.tokenizer.encode(text, add_special_tokens=False, verbose=False) for text in texts]
    tokens = torch.tensor([[1, *ids[:127]] for ids in encoded if len(ids) >= 127][:16])
    kept = torch.ones_like(tokens, dtype=torch.bool)
    kept[:, 0] = False
    data, site = Sequences.of(tokens, kept, "stories"), interp.resid(3)
    rows = interp.capture(model, tokens, site)[site][kept].double()
    mean, (_, _, axes) = rows.mean(0), torch.linalg.svd(rows - rows.mean(0), full_matrices=False)
    found = [recovered(model, data, site, projection(mean, axes[:rank])) for rank in (1, 16, 40, 64)]
    shares = [one.recovered for one in found]
    assert shares == sorted(shares)
    assert -0.2 < shares[0] < 0.5 < shares[2] < shares[3]
    assert shares[3] == pytest.approx(1, abs=1e-4)
    assert 1 < found[0].clean < 2.2 < found[0].ablated
    assert found[0].kl_spliced > found[1].kl_spliced > found[2].kl_spliced > found[3].kl_spliced >= -1e-6
    zero = recovered(model, data, site, projection(mean, axes[:16]), ablation="zero")
    assert zero.spliced == found[1].spliced
    assert zero.ablated != found[1].ablated


def projection(mean: Tensor, axes: Tensor) -> Small:
    """Rows projected on some axes about their mean: two latents an axis."""
    axes, mean = axes.float(), mean.float()
    both = torch.cat([axes, -axes])
    return Small(both.T.contiguous(), both, b_enc=-(both @ mean), b_dec=mean)
