"""Dictionaries small enough to know what they do."""

import torch
from torch import Tensor, nn


class Small(nn.Module):
    """relu(x W_enc + b_enc) and back: all that a reader of dictionaries may ask for, without SAELens."""

    W_enc: nn.Parameter
    W_dec: nn.Parameter

    def __init__(self, encoder: Tensor, decoder: Tensor, b_enc: Tensor | float = 0.0, b_dec: Tensor | float = 0.0):
        super().__init__()
        self.W_enc, self.W_dec = nn.Parameter(encoder), nn.Parameter(decoder)
        self.b_enc, self.b_dec = torch.as_tensor(b_enc).to(encoder), torch.as_tensor(b_dec).to(decoder)

    def encode(self, x: Tensor) -> Tensor:
        return (x @ self.W_enc + self.b_enc).relu()

    def decode(self, latents: Tensor) -> Tensor:
        return latents @ self.W_dec + self.b_dec


def identity(width: int, scale: float = 1.0, dtype: torch.dtype = torch.float32) -> Small:
    """Gives back `scale` times what it reads, bit for bit where the scale is a power of two: a latent a sign."""
    eye = torch.eye(width, dtype=dtype)
    return Small(torch.cat([eye, -eye], 1), scale * torch.cat([eye, -eye]))


def constant(value: Tensor, latents: int = 5) -> Small:
    """Says `value` whatever it reads; no latent ever fires."""
    zeros = torch.zeros(len(value), latents, dtype=value.dtype)
    return Small(zeros, zeros.T.clone(), b_enc=-1.0, b_dec=value)


def random(width: int, latents: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Small:
    """Random weights; about a third of the latents fire."""
    generator = torch.Generator().manual_seed(seed)
    encoder = torch.randn(width, latents, generator=generator, dtype=dtype) / width**0.5
    decoder = torch.randn(latents, width, generator=generator, dtype=dtype) / latents**0.5
    return Small(encoder, decoder, b_enc=-0.5, b_dec=torch.randn(width, generator=generator, dtype=dtype))


def some_rows(count: int = 100, width: int = 6, seed: int = 1, dtype: torch.dtype = torch.float32) -> Tensor:
    """Rows whose mean is far from zero, as activations have it."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, width, generator=generator, dtype=dtype) + 3 * torch.arange(width, dtype=dtype)
