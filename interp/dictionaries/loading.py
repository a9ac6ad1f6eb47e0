"""Load a dictionary: a folder in SAELens's format, or one that SAELens knows on the hub."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from interp.errors import FileError
from interp.files import read_json

CONFIG, WEIGHTS, SCALER = "cfg.json", "sae_weights.safetensors", "activation_scaler.json"
"""The files of a folder: what SAELens reads, and the scale of activations that stands beside some checkpoints."""

_UNFOLDED = ("expected_average_only_in", "covariance_whitening")
"""Ways to process activations that SAELens applies in training only and folds into the weights at the end."""


def load(source: str | os.PathLike[str], *, device: torch.device | str = "cpu", dtype: str | None = None) -> Any:
    """The `sae_lens.SAE` in a folder, or of "release/sae_id" (or "owner/repository/folder") on the hub.

    What comes back is the inference form, which is what there is to evaluate: checkpoints of training architectures
    that have none on disk (BatchTopK, Matryoshka) are turned into it as SAELens does when it saves them.
    A folder's activation scale is folded into the weights where it was not yet. `dtype` ("float32", "bfloat16" ...)
    defaults to that of the folder, and to float32 on the hub.

    Raises `FileError`, naming the file and what to do, for a folder or file that is missing, truncated or damaged,
    for weights that do not fit the configuration or hold NaN, and for a name that neither disk nor hub knows.
    """
    place = Path(source)
    if place.is_dir():
        return _from_folder(place, str(device), dtype)
    name = os.fspath(source)
    if place.exists():
        raise FileError(f"{name} is a file. Hand in the folder that holds {CONFIG} and {WEIGHTS}.")
    if isinstance(source, str) and "/" in name.strip("/") and not name.startswith(("/", ".", "~")):
        return _from_hub(name, str(device), dtype or "float32")
    raise FileError(f"there is no folder {name}. A dictionary is a folder with {CONFIG} and {WEIGHTS}.")


def _from_folder(folder: Path, device: str, dtype: str | None) -> Any:
    config = _config(folder, ("d_in", "d_sae") if dtype else ("d_in", "d_sae", "dtype"))
    _require_whole(folder / WEIGHTS)
    lens = saelens()
    known, trainable = lens.registry.SAE_CLASS_REGISTRY, lens.registry.SAE_TRAINING_CLASS_REGISTRY
    architecture = config.get("architecture", "standard")
    if architecture not in known and architecture not in trainable:
        names = ", ".join(sorted({*known, *trainable}))
        raise FileError(
            f"{folder / CONFIG} names the architecture {architecture!r}; SAELens {lens.__version__} knows {names}. "
            "Register yours with sae_lens.register_sae_class, or install a newer SAELens."
        )
    with _translated(folder, f"The weights and {CONFIG} must come from the same save; copy both again."):
        if architecture in known:
            found = lens.SAE.load_from_disk(folder, device=device, dtype=dtype)
        else:
            found = _inference_form(lens, folder, device, dtype)
        if found.cfg.normalize_activations in _UNFOLDED:
            _fold(found, folder)
    _require_numbers(found, folder / WEIGHTS)
    return found


def _config(folder: Path, needed: tuple[str, ...]) -> dict[str, Any]:
    path = folder / CONFIG
    if not path.is_file():
        inside = ", ".join(sorted(one.name for one in folder.iterdir())[:8]) or "nothing"
        raise FileError(
            f"{path} is missing: {folder} is no dictionary in SAELens's format (it holds {inside}). Name the folder "
            "that save_inference_model wrote, or copy the file again."
        )
    config = read_json(path)
    if not isinstance(config, dict):
        raise FileError(f"{path} must hold a JSON object, not {type(config).__name__}. Copy it again.")
    missing = [name for name in needed if name not in config]
    if missing:
        raise FileError(f"{path} does not say {', '.join(missing)}. Copy it again from where the dictionary was saved.")
    return config


def _require_whole(path: Path) -> None:
    """Open the weights without reading them: a file that was cut is found before anything is loaded."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise FileError(f"{path} is missing: {CONFIG} alone is no dictionary. Copy it from where it was saved.")
    try:
        with safe_open(path, framework="pt"):
            pass
    except (OSError, SafetensorError) as error:
        raise FileError(
            f"{path} ({path.stat().st_size} bytes) is truncated or no safetensors file: {error}. Copy it again."
        ) from error


def _inference_form(lens: Any, folder: Path, device: str, dtype: str | None) -> Any:
    """A checkpoint of a training architecture, saved and loaded as SAELens publishes it."""
    trained = lens.TrainingSAE.load_from_disk(folder, device=device, dtype=dtype)
    with tempfile.TemporaryDirectory() as aside:
        trained.save_inference_model(aside)
        return lens.SAE.load_from_disk(aside, device=device, dtype=dtype)


def _fold(found: Any, folder: Path) -> None:
    """Put the scale or whitening of activations that stands beside a checkpoint into its weights."""
    from sae_lens.training.activation_scaler import ActivationScaler

    if not (folder / SCALER).is_file():
        warnings.warn(
            f"{folder / CONFIG} says that activations are processed by {found.cfg.normalize_activations!r} before the "
            f"dictionary reads them, but {SCALER} is not beside it: it is loaded as it is, and fits raw activations "
            "only if the scale was folded into the weights.",
            stacklevel=4,
        )
        return
    scaler = ActivationScaler()
    scaler.load(folder / SCALER)
    if scaler.scaling_factor is not None:
        found.fold_activation_norm_scaling_factor(scaler.scaling_factor)
    if scaler.whitening is not None:
        white = scaler.whitening
        found.fold_activation_whitening(white.mean, white.matrix, white.inverse_matrix)


def _require_numbers(found: Any, path: Path) -> None:
    wrong = [name for name, weight in found.state_dict().items() if weight.isnan().any()]
    if wrong:
        raise FileError(f"{', '.join(wrong)} in {path} hold NaN: the training diverged. Take an earlier checkpoint.")


def _from_hub(name: str, device: str, dtype: str) -> Any:
    lens = saelens()
    from sae_lens.loading.pretrained_saes_directory import get_pretrained_saes_directory

    releases = get_pretrained_saes_directory()
    parts = name.split("/")
    # A release is one word; a repository of the hub has two.
    words = 1 if parts[0] in releases else 2
    release, sae_id = "/".join(parts[:words]), "/".join(parts[words:])
    if not sae_id:
        raise FileError(
            f"there is no folder {name}, and {parts[0]!r} is no release that SAELens knows. On the hub a dictionary is "
            'named "release/sae_id" or "owner/repository/folder".'
        )
    with _translated(name, "It is no folder here either; check the name and the network."):
        return lens.SAE.from_pretrained(release, sae_id, device=device, dtype=dtype)


@contextmanager
def _translated(place: Path | str, advice: str) -> Iterator[None]:
    """Whatever SAELens, torch or the hub raise over a dictionary, as a `FileError` that says what to do."""
    from safetensors import SafetensorError

    kinds = (OSError, ValueError, LookupError, RuntimeError, TypeError, AttributeError, AssertionError)
    try:
        with warnings.catch_warnings():
            # Advice for HookedSAETransformer, which is not used here.
            warnings.filterwarnings("ignore", "\nThis SAE has non-empty model_from_pretrained_kwargs", UserWarning)
            yield
    except FileError:
        raise
    except (*kinds, SafetensorError) as error:
        reason = " ".join(str(error).split())[:400]
        raise FileError(f"cannot load the dictionary {place}: {type(error).__name__}: {reason}. {advice}") from error


def saelens() -> Any:
    """The `sae_lens` package, imported when first needed (seconds), without its imports' own deprecation warnings."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The 'utils' module has been deprecated", DeprecationWarning)
        import sae_lens
        import sae_lens.registry
    return sae_lens


__all__ = ["CONFIG", "SCALER", "WEIGHTS", "load", "saelens"]
