"""Random masks to stand beside those that were searched for."""

import torch

from experiments.bigrams.subject import Subject
from interp.subnetworks.controls import Match, random_like
from interp.subnetworks.mask import Mask


def drawn(subject: Subject, mask: Mask, purpose: str, match: Match = "count") -> Mask:
    """A random mask with as many weights of every matrix as `mask`; another one for every purpose and run."""
    generator = torch.Generator().manual_seed(int(subject.rng(purpose).integers(2**62)))
    return random_like(subject.model, mask, generator, match)


__all__ = ["drawn"]
