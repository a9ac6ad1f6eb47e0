"""Events of every kind of SAELens dictionary are the places where its latents are not 0."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from interp.dictionaries.loading import load, saelens
from interp.errors import ShapeError
from interp.token_graph import encoding
from interp.token_graph.encoding import fired
from tests.interp.dictionaries.small import Small, identity, random
from tests.interp.dictionaries.test_loading import LATENTS, TRAINED, WIDTH, saved


def states(seed: int = 0) -> Tensor:
    return torch.randn(4, 5, WIDTH, generator=torch.Generator().manual_seed(seed))


def kept(seed: int = 0) -> Tensor:
    return torch.rand(4, 5, generator=torch.Generator().manual_seed(seed)) < 0.7


def pairs(dictionary: Any, rows: Tensor, wanted: Tensor, threshold: float = 0.0) -> list[tuple[int, int]]:
    found = [torch.stack(part, 1) for part in fired(dictionary, rows, wanted, threshold)]
    return [(row, latent) for row, latent in torch.cat(found).tolist()]


def slowly(latents: Tensor, wanted: Tensor, threshold: float = 0.0) -> list[tuple[int, int]]:
    """From latents [sequence, position, latent]."""
    return [
        (row, latent)
        for row, one in enumerate(latents.flatten(0, 1).tolist())
        for latent, value in enumerate(one)
        if wanted.flatten()[row] and abs(value) > threshold
    ]


@pytest.mark.parametrize("block", [1, 47, 2**24])
@pytest.mark.parametrize("architecture", TRAINED)
def test_every_architecture(architecture: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "BLOCK", block)
    dictionary = load(saved(saelens(), tmp_path, architecture))
    with torch.no_grad():
        latents = dictionary.encode(states().flatten(0, 1)).view(4, 5, LATENTS)
    truth = slowly(latents, kept())
    assert pairs(dictionary, states(), kept()) == truth
    assert 0 < len(truth) < LATENTS * int(kept().sum())
    middle = float(latents.abs()[latents != 0].median())
    assert pairs(dictionary, states(), kept(), middle) == slowly(latents, kept(), middle)


@pytest.mark.parametrize("kind", ["Transcoder", "SkipTranscoder", "JumpReLUTranscoder"])
def test_transcoders_of_another_output_width(kind: str) -> None:
    lens = saelens()
    from sae_lens.saes import transcoder

    config = getattr(transcoder, f"{kind}Config")(d_in=WIDTH, d_out=WIDTH, d_sae=LATENTS, apply_b_dec_to_input=False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        dictionary = getattr(lens, kind)(config)
    if not kind.startswith("Skip"):
        dictionary.W_dec = torch.nn.Parameter(torch.zeros(LATENTS, 3))
    with torch.no_grad():
        latents = dictionary.encode(states())
    assert pairs(dictionary, states(), kept()) == slowly(latents, kept())


@pytest.mark.parametrize("block", [1, 250, 2**24])
def test_a_dictionary_that_reads_sequences_gets_them_whole(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "BLOCK", block)
    lens = saelens()
    from sae_lens.saes.temporal_sae import TemporalSAEConfig

    config = TemporalSAEConfig(
        d_in=WIDTH, d_sae=LATENTS, n_heads=2, bottleneck_factor=2, sae_diff_type="topk", kval_topk=3
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        dictionary = lens.TemporalSAE(config)
    with torch.no_grad():
        latents = dictionary.encode(states())
        alone = dictionary.encode(states()[:, 2:])
    assert not torch.allclose(latents[:, 2:], alone), "what came before matters"
    assert pairs(dictionary, states(), kept()) == slowly(latents, kept())


class Sparse(Small):
    """Latents as a sparse tensor whose entries are in no order, as SAELens's TopK can give them."""

    def encode(self, x: Tensor) -> Tensor:
        latents = super().encode(x)
        rows, columns = latents.nonzero(as_tuple=True)
        order = torch.arange(len(rows) - 1, -1, -1)
        places = torch.stack([rows, columns])[:, order]
        return torch.sparse_coo_tensor(
            places, latents[rows, columns][order], latents.shape, check_invariants=True
        )  # fmt: skip


def test_sparse_latents_stay_sparse() -> None:
    small = random(WIDTH, LATENTS, dtype=torch.float32)
    sparse = Sparse(small.W_enc.detach(), small.W_dec.detach(), small.b_enc, small.b_dec)
    assert pairs(sparse, states(), kept()) == pairs(small, states(), kept())
    assert pairs(sparse, states(), kept(), 0.5) == pairs(small, states(), kept(), 0.5)


def test_heads_are_read_as_one_row() -> None:
    dictionary = identity(WIDTH)
    assert pairs(dictionary, states().view(4, 5, 2, 3), kept()) == pairs(dictionary, states(), kept())


def test_what_cannot_be_encoded_is_a_clear_error() -> None:
    dictionary = identity(WIDTH)
    with pytest.raises(ShapeError, match=rf"reads rows of width {WIDTH}, not \[5\]"):
        pairs(dictionary, states()[..., :5], kept())
    wrong = states()
    wrong[*kept().nonzero()[0].tolist(), 0] = torch.nan
    with pytest.raises(ShapeError, match="NaN"):
        pairs(dictionary, wrong, kept())
    assert pairs(dictionary, states(), torch.zeros(4, 5, dtype=torch.bool)) == []
