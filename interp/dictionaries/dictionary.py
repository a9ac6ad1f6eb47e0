"""What readers of dictionaries need of one: a `sae_lens.SAE` has it, and so has any small module with two functions."""

import sys
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from interp.errors import ShapeError


@runtime_checkable
class Dictionary(Protocol):
    """A sparse dictionary in its inference form."""

    @property
    def W_dec(self) -> Tensor:
        """The direction that each latent writes, [latent, width]."""

    def encode(self, x: Tensor, /) -> Tensor:
        """Latents [row, latent] of rows [row, width]."""

    def decode(self, latents: Tensor, /) -> Tensor:
        """Rows [row, width] from latents [row, latent]."""


def reconstruct(
    dictionary: Dictionary, rows: Float[Tensor, "row *width"]
) -> tuple[Float[Tensor, "row latent"], Float[Tensor, "row *width"]]:
    """Latents and reconstruction of activation rows, without gradients, on the device and in the type of the decoder.

    Raises `ShapeError` for rows of another width, a transcoder (it writes another place than it reads), a module
    that is still being trained, and a dictionary that makes something else of rows than latents and rows.
    """
    require_inference(dictionary)
    decoder = dictionary.W_dec
    if rows.shape[1:].numel() != decoder.shape[-1]:
        raise ShapeError(
            f"the dictionary reads rows of width {decoder.shape[-1]}, not {list(rows.shape[1:])}: it was trained on "
            "another site or model"
        )
    with torch.no_grad():
        try:
            latents = dictionary.encode(rows.to(decoder.device, decoder.dtype))
            back = dictionary.decode(latents)
        except (RuntimeError, ValueError, IndexError) as error:
            raise ShapeError(f"the dictionary cannot read rows {list(rows.shape)}: {error}") from error
    if latents.shape != (len(rows), len(decoder)) or back.shape != rows.shape:
        raise ShapeError(
            f"of rows {list(rows.shape)} the dictionary made latents {list(latents.shape)} and rows "
            f"{list(back.shape)}; expected [{len(rows)}, {len(decoder)}] and {list(rows.shape)}"
        )
    return latents, back


def require_inference(dictionary: Dictionary) -> None:
    """Raise `ShapeError` for a SAELens transcoder or training module.

    Some architectures (BatchTopK, Matryoshka) compute something else in training than after they were saved and
    loaded: numbers about the training module are not numbers about the dictionary that others get.
    """
    if getattr(getattr(dictionary, "cfg", None), "d_out", None) is not None:
        raise ShapeError("a transcoder writes another place than it reads: it has no reconstruction of its input")
    saelens = sys.modules.get("sae_lens")  # who holds one of its modules has imported it
    if saelens is not None and isinstance(dictionary, saelens.TrainingSAE):
        raise ShapeError(
            f"{type(dictionary).__name__} is a training module: save it with save_inference_model(folder) and hand in "
            "interp.dictionaries.load(folder)"
        )


__all__ = ["Dictionary", "reconstruct", "require_inference"]
