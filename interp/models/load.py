"""Load a model: a zoo name, a Hugging Face folder, a hub id, or a `TransformerBridge` that is there already."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from interp.errors import ModelError, unknown
from interp.models.anatomy import Anatomy, anatomy_of
from interp.models.model import Model
from interp.models.zoo import zoo

DTYPES = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float64": torch.float64,
}


def load(
    source: str | os.PathLike[str] | Any,
    *,
    revision: str = "main",
    dtype: torch.dtype | str = torch.float32,
    device: torch.device | str | None = None,
    anatomy: Anatomy | None = None,
) -> Model:
    """The model that `source` names, in evaluation mode.

    `source` is a zoo name (`interp zoo` lists them), a folder written by `save_pretrained`, a hub id with its
    `revision`, a Hugging Face module, or a `TransformerBridge`, whose weights are shared and which stays usable.
    `device` defaults to the GPU if there is one; modules handed in stay as and where they are. `anatomy` names the
    parts of an architecture that the library does not know.

    Raises `ModelError` for a missing, damaged or half-written folder, NaN or infinite weights, an unknown
    architecture, and `UnknownNameError` for a name that is nothing of all this.
    """
    if not isinstance(source, str | os.PathLike):
        hf, name = _from_object(source)
        return Model(_checked(hf, name), anatomy or anatomy_of(hf.config), name)
    place = _locate(os.fspath(source))
    hf = _read(place, revision, _dtype(dtype))
    target = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    name = Path(place).name if isinstance(place, Path) else place
    return Model(_checked(hf, name).to(target), anatomy or anatomy_of(hf.config), name, place, revision)


def _dtype(asked: torch.dtype | str) -> torch.dtype:
    if isinstance(asked, torch.dtype):
        return asked
    if asked not in DTYPES:
        raise unknown("dtype", asked, DTYPES)
    return DTYPES[asked]


def _locate(source: str) -> Path | str:
    """A folder, or the hub id when it can be nothing else."""
    models = zoo()
    if source in models:
        return models[source]
    folder = Path(source).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ModelError(f"{source} has no config.json: it is no model folder, or one that was only half written.")
        return folder
    if folder.exists() or source.startswith((".", "/", "~")) or source.count("/") > 1:
        raise ModelError(f"{source} is not a folder. load() takes a zoo name, a Hugging Face folder or a hub id.")
    return source


def _read(place: Path | str, revision: str, dtype: torch.dtype) -> Any:
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        with _quiet():
            hf, facts = AutoModelForCausalLM.from_pretrained(
                place, revision=revision, dtype=dtype, use_safetensors=True, output_loading_info=True
            )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise _unreadable(place, error) from error
    if facts["missing_keys"]:
        raise ModelError(
            f"{place} is not whole: {len(facts['missing_keys'])} weights are missing, "
            f"{sorted(facts['missing_keys'])[0]!r} among them. Copy or download it again."
        )
    return hf


def _unreadable(place: Path | str, error: Exception) -> Exception:
    reason = str(error).strip().split("\n")[0]
    if isinstance(place, Path):
        return ModelError(
            f"cannot load {place}: {reason} The folder is damaged or half written, or its weights are "
            "no safetensors; copy or download it again."
        )
    hint = f"It is no folder either, and the hub does not give it ({reason})"
    return unknown("model", place, zoo(), hint=hint)


def _from_object(source: Any) -> tuple[Any, str]:
    if type(source).__name__ == "TransformerBridge":
        from interp.models.bridge import unbridge

        return unbridge(source)
    if not isinstance(source, torch.nn.Module) or not hasattr(source, "config"):
        raise ModelError(f"cannot load a {type(source).__name__}: give a name, a folder or a Hugging Face module.")
    if any(type(part).__name__ == "BlockBridge" for part in source.modules()):
        raise ModelError("this module is wrapped by a TransformerBridge: hand the bridge to load() instead.")
    return source, str(source.config.name_or_path or type(source).__name__)


def _checked(hf: Any, name: str) -> Any:
    for path, weight in hf.named_parameters():
        if not weight.isfinite().all():
            raise ModelError(f"the weights of {name} hold NaN or infinity, first in {path!r}. The file is damaged.")
    return hf.eval()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without progress bars and reports of transformers: what matters in them comes back as an error."""
    from transformers.utils import logging as reports

    level, bars = reports.get_verbosity(), reports.is_progress_bar_enabled()
    reports.set_verbosity(logging.CRITICAL)
    reports.disable_progress_bar()
    try:
        yield
    finally:
        reports.set_verbosity(level)
        if bars:
            reports.enable_progress_bar()
