import numpy as np
import pytest
import torch

from experiments.language.dictionaries.labelling import labelled, labels
from interp.sequences import Sequences


@pytest.fixture
def fresh() -> Sequences:
    return Sequences.of(torch.randint(0, 5, (40, 9), generator=torch.Generator().manual_seed(0)))


def test_labels_say_which_token_stands_here_and_which_comes_next(fresh: Sequences) -> None:
    found = labels(fresh, "abcde".__getitem__)
    here, after = found.names.index("is 'c'"), found.names.index("next is 'c'")
    assert torch.equal(found.values[:, here], (fresh.tokens == 2).flatten())
    assert not found.values.view(40, 9, -1)[:, -1, 5:].any()  # nothing is known to come after a window
    assert torch.equal(found.values.view(40, 9, -1)[:, :-1, after], fresh.tokens[:, 1:] == 2)


def test_a_latent_that_is_a_token_is_found_and_beats_its_controls(fresh: Sequences) -> None:
    found = labels(fresh, "abcde".__getitem__)
    generator = torch.Generator().manual_seed(1)
    rows = torch.randn(360, 12, generator=generator)
    latents = torch.rand(360, 6, generator=generator) * (torch.rand(360, 6, generator=generator) < 0.2)
    latents[:, 4] = (fresh.tokens == 3).flatten() * 2.0
    _, measured = labelled(latents, rows, found, fresh.documents.flatten().long(), np.random.default_rng(0))
    place = measured["names"].index("is 'd'")
    assert measured["latent"][place] == 4
    assert measured["f1"][place][0] == 1.0
    assert max(measured["shuffled"][place], measured["random"][place]) < 0.6
