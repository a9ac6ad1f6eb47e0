"""What is learned: encoder, decoder, biases and thresholds of one dictionary, and when each latent last fired."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from interp.errors import ShapeError


class Weights(nn.Module):
    """A dictionary while it is trained. Both matrices are kept [latent, width], so that a latent is a row.

    Everything is in units in which activations have been multiplied by `scale`; what is saved is in the model's own.
    """

    scale: Float[Tensor, ""]
    since_fired: Int64[Tensor, " latent"]
    batch_threshold: Float[Tensor, ""]
    threshold: Float[Tensor, " latent"] | None

    def __init__(self, width: int, latents: int, *, tied: bool = False, threshold: float | None = None) -> None:
        super().__init__()
        if width < 1 or latents < 1:
            raise ShapeError(f"a dictionary needs at least one dimension and one latent, not {width} and {latents}")
        self.decoder = nn.Parameter(torch.zeros(latents, width))
        self.encoder = self.decoder if tied else nn.Parameter(torch.zeros(latents, width))
        self.encoder_bias = nn.Parameter(torch.zeros(latents))
        self.decoder_bias = nn.Parameter(torch.zeros(width))
        learned = None if threshold is None else nn.Parameter(torch.full((latents,), threshold))
        self.register_parameter("threshold", learned)
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("since_fired", torch.zeros(latents, dtype=torch.int64))
        self.register_buffer("batch_threshold", torch.zeros((), dtype=torch.float64))

    @property
    def tied(self) -> bool:
        """Whether encoder and decoder are one matrix."""
        return self.encoder is self.decoder

    @property
    def thresholds(self) -> Float[Tensor, " latent"]:
        """The activation up to which each latent is silent. Raises `ShapeError` for kinds that have none."""
        if self.threshold is None:
            raise ShapeError("only JumpReLU dictionaries have thresholds")
        return self.threshold

    @torch.no_grad()
    def fired(self, latents: Int64[Tensor, " some"], rows: int) -> None:
        """Count `rows` more rows, in which `latents` fired at least once."""
        self.since_fired += rows
        self.since_fired[latents] = 0

    @torch.no_grad()
    def normalise(self) -> None:
        """Scale every latent's decoder direction to length one; a direction of length zero stays."""
        norms = torch.linalg.vector_norm(self.decoder, dim=1, keepdim=True)
        self.decoder.div_(norms.clamp_min_(torch.finfo(norms.dtype).tiny))

    @torch.no_grad()
    def drop_parallel(self) -> None:
        """Take from the decoder's gradient what would only change the length of a direction."""
        if self.decoder.grad is not None:
            along = torch.linalg.vecdot(self.decoder.grad, self.decoder)
            self.decoder.grad.addcmul_(along[:, None], self.decoder, value=-1)


__all__ = ["Weights"]
