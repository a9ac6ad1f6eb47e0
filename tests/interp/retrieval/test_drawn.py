import numpy as np
import pytest
import torch

import interp
from interp import Model, Sequences, ShapeError
from interp.retrieval.drawn import drawn
from tests.architectures import VOCABULARY, WIDTH, some_tokens
from tests.interp.dictionaries.small import random

SITE = interp.resid(1)
EVERYWHERE = np.ones(VOCABULARY, np.bool_)


def test_the_latents_that_come_back_most_surprisingly_stand_first(gpt2: Model) -> None:
    data, dictionary = Sequences.of(some_tokens(2, 9)), random(WIDTH, 20, dtype=torch.float32)
    density = np.linspace(0.01, 0.6, 20)
    found = drawn(gpt2, dictionary, SITE, data, 1, density, EVERYWHERE, count=4)
    values = dictionary.encode(interp.capture(gpt2, data.tokens, SITE)[SITE][1, 1:]).detach().numpy()
    assert found.positions == tuple(range(1, 9))
    assert found.tokens == tuple(data.tokens[1, 1:].tolist())
    surprise = {}
    for latent in range(20):
        active = np.flatnonzero(values[:, latent])
        if len(active) > 1:
            behind, again = 7 - active[0], len(active) - 1
            surprise[latent] = again * np.log(again / (behind * density[latent]))
    best = sorted(surprise, key=lambda latent: -surprise[latent])[:4]
    assert [one.latent for one in found.latents] == best
    for one in found.latents:
        assert one.activations == pytest.approx(values[:, one.latent].tolist(), abs=1e-6)
        assert one.begins == np.flatnonzero(values[:, one.latent])[0]
        assert one.density == density[one.latent]


def test_only_the_longest_document_is_read_and_only_from_origins(gpt2: Model) -> None:
    tokens = some_tokens(1, 9)
    documents = torch.tensor([[3, 3, 3, 5, 5, 5, 5, 5, 5]])
    kept = torch.ones_like(tokens, dtype=torch.bool)
    kept[0, 4] = False
    data = Sequences(tokens, documents, torch.arange(9)[None], kept, "by hand")
    dictionary, density = random(WIDTH, 20, dtype=torch.float32), np.full(20, 0.1)
    found = drawn(gpt2, dictionary, SITE, data, 0, density, EVERYWHERE, count=99)
    assert found.positions == (3, 5, 6, 7, 8)
    origins = np.zeros(VOCABULARY, np.bool_)
    origins[tokens[0, 3]] = True
    fewer = drawn(gpt2, dictionary, SITE, data, 0, density, origins, count=99)
    wanted = [one for one in found.latents if origins[found.tokens[one.begins]]]
    assert fewer.latents == tuple(wanted)
    assert drawn(gpt2, dictionary, SITE, data, 0, density, ~EVERYWHERE).latents == ()


def test_bad_input_is_refused(gpt2: Model) -> None:
    data, dictionary = Sequences.of(some_tokens(1, 5)), random(WIDTH, 20, dtype=torch.float32)
    with pytest.raises(ShapeError, match="no sequence 1"):
        drawn(gpt2, dictionary, SITE, data, 1, np.ones(20), EVERYWHERE)
    with pytest.raises(ShapeError, match="densities of 19"):
        drawn(gpt2, dictionary, SITE, data, 0, np.ones(19), EVERYWHERE)
