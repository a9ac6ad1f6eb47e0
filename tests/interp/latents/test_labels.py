import warnings

import numpy as np
import pytest
import torch

from interp.errors import ShapeError
from interp.latents.labels import best_labels
from interp.matching import Matches, match


def world() -> Matches:
    """Latent 2 knows "even" well and "odd or rare" less; nothing is known of "never"."""
    generator = torch.Generator().manual_seed(0)
    latents = torch.rand(400, 4, generator=generator)
    even = torch.rand(400, generator=generator) < 0.5
    latents[:, 2] = even * (1 + latents[:, 2])
    noisy = even ^ (torch.rand(400, generator=generator) < 0.2)
    labels = torch.stack([noisy, even, torch.zeros(400, dtype=torch.bool)], 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return match(latents, labels, torch.arange(400) // 10, np.random.default_rng(0))


def test_a_latent_gets_the_label_it_was_chosen_for_with_numbers_of_the_other_half() -> None:
    matches = world()
    assert matches.best.latent.tolist() == [2, 2, -1]
    found = best_labels(matches, ["noisy", "even", "never"])
    assert found.keys() == {2}
    label = found[2]
    assert (label.name, label.by, label.f1, label.auroc, label.selected) == ("even", "f1", 1.0, 1.0, 1.0)
    assert (label.selecting, label.reporting) == (200, 200)
    assert label.interval == (1.0, 1.0, 20)
    assert label.shuffled is not None
    assert label.shuffled < 0.9


def test_what_is_not_defined_is_none() -> None:
    matches = world()
    nothing = matches.shuffled.f1.fill_(torch.nan)
    assert (
        best_labels(matches._replace(shuffled=matches.shuffled._replace(f1=nothing)), list("abc"))[2].shuffled is None
    )


def test_each_label_needs_a_name() -> None:
    with pytest.raises(ShapeError, match="one name a label: 1 for 3"):
        best_labels(world(), ["noisy"])
