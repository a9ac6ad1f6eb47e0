"""Writing a trained dictionary in SAELens's file format, which `sae_lens.SAE.load_from_disk` opens."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from torch import Tensor

from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.weights import Weights
from interp.files import write_json, write_tensors

CONFIG, TENSORS = "cfg.json", "sae_weights.safetensors"


def save(weights: Weights, architecture: Architecture, folder: Path, metadata: Mapping[str, Any] | None = None) -> None:
    """Write `cfg.json` and `sae_weights.safetensors`, in the model's own units, into `folder`.

    `metadata` goes into the config as SAELens keeps it (`model_name`, `hook_name`, ...), with the version of SAELens
    that stands beside us: a config without one counts as old, and its metadata is dropped on loading.

    Raises `FileError` when the folder cannot be written; what was there before stays.
    """
    own, more = architecture.saved(weights)
    latents, width = weights.decoder.shape
    tensors = unscaled(weights, more)
    config = {
        **own,
        "d_in": width,
        "d_sae": latents,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        "metadata": {"sae_lens_version": version("sae-lens"), **(metadata or {})},
    }
    write_tensors(folder / TENSORS, tensors)
    write_json(folder / CONFIG, config)


def unscaled(weights: Weights, more: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors in the model's units, by SAELens's names.

    With s the scale, `s x - b` seen by an encoder is s times `x - b / s`; dividing every bias and threshold by s
    divides all activations by s and leaves both matrices, and so the length of decoder directions, as they are.
    """
    scale = weights.scale
    return {
        "W_enc": weights.encoder.detach().T.contiguous(),
        "b_enc": weights.encoder_bias.detach() / scale,
        "W_dec": weights.decoder.detach().clone(),
        "b_dec": weights.decoder_bias.detach() / scale,
        **{name: tensor / scale for name, tensor in more.items()},
    }


__all__ = ["save", "unscaled"]
