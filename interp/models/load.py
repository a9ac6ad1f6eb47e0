"""Load a model: a zoo name, a folder, a file of weights, a hub id, or a `TransformerBridge` that is there already."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from interp.errors import InterpError, ModelError, unknown
from interp.models.anatomy import Anatomy, anatomy_of
from interp.models.model import Model
from interp.models.statedict import is_weights, published_file, weights_file
from interp.models.tlens import read_tlens
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
    Weights published under TransformerLens's (or minGPT's) names are a folder or hub id too, or, where several lie
    there, a file: "folder/model.pth", "owner/repository/model.pth". `from_tlens` says what is assumed of them.
    `device` defaults to the GPU if there is one; modules handed in keep their dtype and device. `anatomy` names the
    parts of an architecture that the library does not know.

    Raises `ModelError` for a missing, damaged or half-written folder, NaN or infinite weights, an unknown
    architecture, and `UnknownNameError` for a name that is nothing of all this.
    """
    if not isinstance(source, str | os.PathLike):
        hf, name = _from_object(source)
        known = anatomy or anatomy_of(hf.config)
        return Model(_checked(hf, name), known, name, tokenizer=getattr(source, "tokenizer", None))
    place, kind, target = _locate(source), _dtype(dtype), _device(device)
    name = place.name if isinstance(place, Path) else place
    with _quiet(), _explained(place):
        file, config = _find(place, revision)
        if file:
            hf = read_tlens(file, kind)
            known = anatomy or anatomy_of(hf.config)
        else:
            # An architecture that nobody knows is found out before its weights are read.
            known = anatomy or anatomy_of(config)
            hf = _read(place, revision, kind)
    return Model(_checked(hf, name).to(target), known, name, None if file else place, revision)


def _dtype(asked: torch.dtype | str) -> torch.dtype:
    if isinstance(asked, torch.dtype):
        return asked
    if asked not in DTYPES:
        raise unknown("dtype", asked, DTYPES)
    return DTYPES[asked]


def _device(asked: torch.device | str | None) -> torch.device:
    if asked is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=asked).device
    except (RuntimeError, AssertionError) as error:
        raise ModelError(f"cannot use the device {asked}: {str(error).splitlines()[0]}") from error


def _locate(source: str | os.PathLike[str]) -> Path | str:
    """A folder, a file of weights, or the hub id (and file) when it can be nothing else."""
    name = os.fspath(source)
    models = zoo()
    if name in models:
        return models[name]
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file() and not any(is_weights(inside.name) for inside in path.iterdir()):
            raise ModelError(f"{name} has no config.json: it is no model folder, or one that was only half written.")
        return path
    if path.is_file() and is_weights(name):
        return path
    too_deep = name.count("/") > 1 and not is_weights(name)
    a_path = isinstance(source, os.PathLike) or name.startswith((".", "/", "~")) or too_deep
    if path.exists() or a_path:
        raise ModelError(
            f"{name} is not a folder, nor a file of weights. load() takes a zoo name, a model's folder, a hub id, or "
            "either with the name of a file in it."
        )
    return name


def _find(place: Path | str, revision: str) -> tuple[Path | None, Any]:
    """(file of weights that transformers does not know, configuration of a Hugging Face model): one of the two."""
    file = weights_file(place, revision)
    if file:
        return file, None
    try:
        return None, _config(place, revision)
    except (OSError, ValueError):
        file = published_file(place, revision) if isinstance(place, str) else None
        if not file:
            raise
        return file, None


def _config(place: Path | str, revision: str) -> Any:
    from transformers import AutoConfig

    import interp.models.tlens_gpt2  # noqa: F401 - makes its model type known

    return AutoConfig.from_pretrained(place, revision=revision, trust_remote_code=False)


def _read(place: Path | str, revision: str, dtype: torch.dtype) -> Any:
    from transformers import AutoModelForCausalLM

    hf, facts = AutoModelForCausalLM.from_pretrained(
        place,
        revision=revision,
        dtype=dtype,
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    if facts["missing_keys"]:
        raise ModelError(
            f"{place} is not whole: {len(facts['missing_keys'])} weights are missing, "
            f"{sorted(facts['missing_keys'])[0]!r} among them. Copy or download it again."
        )
    return hf


@contextmanager
def _explained(place: Path | str) -> Iterator[None]:
    """What transformers raises for a bad folder or an id that the hub does not give, as an error a user can act on."""
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError

    kinds = (OSError, ValueError, LookupError, RuntimeError, TypeError, AttributeError, ImportError)
    try:
        yield
    except InterpError:
        raise
    except (*kinds, SafetensorError, StrictDataclassError) as error:
        reason = " ".join(str(error).split())[:300]
        if isinstance(place, str) and isinstance(error, OSError):
            hint = f"It is no folder either, and the hub does not give it ({reason})"
            raise unknown("model", place, zoo(), hint=hint) from error
        raise ModelError(
            f"cannot load {place}: {reason} If it is damaged, half written, or its weights are no safetensors, "
            "copy or download it again."
        ) from error


def _from_object(source: Any) -> tuple[Any, str]:
    if type(source).__name__ == "TransformerBridge":
        from interp.models.bridge import unbridge

        return unbridge(source)
    if not isinstance(source, torch.nn.Module) or not hasattr(source, "config"):
        raise ModelError(f"cannot load a {type(source).__name__}: give a name, a folder or a Hugging Face module.")
    if any(type(part).__name__ == "BlockBridge" for part in source.modules()):
        raise ModelError("this module is wrapped by a TransformerBridge: hand the bridge to load() instead.")
    config: Any = source.config
    return source, str(config.name_or_path or type(source).__name__)


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
