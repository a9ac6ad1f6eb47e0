"""Weights published as a bare file of tensors: which file is meant, here or on the hub, and what it holds."""

from pathlib import Path, PurePosixPath
from typing import Any

from torch import Tensor

from interp.errors import FileError, ModelError
from interp.files import read_json, read_tensors

SUFFIXES = (".safetensors", ".pth", ".pt")
"""Endings of files of tensors."""


def is_weights(name: str) -> bool:
    """Whether a name ends as a file of tensors does."""
    return name.endswith(SUFFIXES)


def weights_file(place: Path | str, revision: str) -> Path | None:
    """The file of tensors that `place` means; None where it can only be a Hugging Face model.

    `place` is such a file, a folder without a Hugging Face configuration, or `owner/repository/file` on the hub,
    which is downloaded. Raises `ModelError` when a folder holds several.
    """
    if isinstance(place, str):
        return _downloaded(*_split(place), revision) if is_weights(place) and place.count("/") > 1 else None
    if place.is_file():
        return place
    if is_hugging_face(place):
        return None
    found = _only([path.name for path in place.iterdir() if is_weights(path.name)], str(place))
    return place / found if found else None


def published_file(repository: str, revision: str) -> Path | None:
    """The file of tensors of a hub repository whose configuration transformers cannot read, downloaded.

    None if it has none, and if its configuration names a model type, which makes it a Hugging Face model. Raises
    `ModelError` when it has several.
    """
    from huggingface_hub import list_repo_files
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.errors import HTTPError as NoAnswer  # type: ignore[attr-defined]  # of httpx or its successor

    if _names_a_type(repository, revision):
        return None
    try:
        names = [name for name in list_repo_files(repository, revision=revision) if is_weights(name)]
    except (NoAnswer, HFValidationError, OSError):
        return None
    found = _only(names, repository)
    return _downloaded(repository, found, revision) if found else None


def is_hugging_face(folder: Path) -> bool:
    """Whether transformers is to read the folder, if only to say what is wrong with its configuration."""
    if not (folder / "config.json").is_file():
        return False
    try:
        content = read_json(folder / "config.json")
    except FileError:
        return True
    return not isinstance(content, dict) or "model_type" in content


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, on the CPU; a pickle is read as tensors and never executed.

    Raises `ModelError` for a damaged file and for one that holds anything else than tensors by name.
    """
    try:
        found = read_tensors(path)[0] if path.suffix == ".safetensors" else _unpickled(path)
    except FileError as error:
        raise ModelError(f"cannot load {path}: it is missing or damaged. Copy or download it again.") from error
    if not isinstance(found, dict) or not all(isinstance(tensor, Tensor) for tensor in found.values()):
        raise ModelError(f"cannot load {path}: it holds something else than tensors by name (a state dict).")
    return {str(name): tensor.detach() for name, tensor in found.items()}


def read_settings(path: Path) -> dict[str, Any] | None:
    """The configuration beside a file of tensors: `<its name>.json`, else `config.json`; None without either.

    An object `tl_config` inside it goes first. Raises `ModelError` when it cannot be read.
    """
    for beside in (path.with_suffix(".json"), path.parent / "config.json"):
        if beside.is_file():
            content = _json(beside)
            content = content.get("tl_config", content) if isinstance(content, dict) else content
            if not isinstance(content, dict):
                raise ModelError(f"{beside.name} beside it is no JSON object of settings")
            return content
    return None


def _unpickled(path: Path) -> Any:
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # A damaged pickle fails with whatever its bytes happen to ask for.
        raise ModelError(
            f"cannot load {path}: it is damaged, or holds more than tensors by name, which is never executed "
            f"({' '.join(str(error).split())[:120]})."
        ) from error


def _json(path: Path) -> Any:
    try:
        return read_json(path)
    except FileError as error:
        raise ModelError(str(error)) from error


def _names_a_type(repository: str, revision: str) -> bool:
    from transformers import PreTrainedConfig

    try:
        return "model_type" in PreTrainedConfig.get_config_dict(repository, revision=revision)[0]
    except OSError:
        return False


def _only(names: list[str], where: str) -> str | None:
    """The name, if there is one; several are an error that says how to choose."""
    if len(names) > 1:
        raise ModelError(
            f"{where} is no Hugging Face model (no config.json with a model_type) but holds several files of weights: "
            f"{', '.join(sorted(names)[:12])}. Name one, as in load('{where}/{min(names)}')."
        )
    return names[0] if names else None


def _split(name: str) -> tuple[str, str]:
    """(repository, file) of `owner/repository/file`."""
    owner, repository, file = name.split("/", 2)
    return f"{owner}/{repository}", file


def _downloaded(repository: str, file: str, revision: str) -> Path:
    """The file on this machine, its configuration beside it."""
    from huggingface_hub import snapshot_download

    wanted = [file, str(PurePosixPath(file).with_suffix(".json")), str(PurePosixPath(file).parent / "config.json")]
    path = Path(snapshot_download(repository, revision=revision, allow_patterns=wanted)) / file
    if not path.is_file():
        raise ModelError(f"{repository} has no file {file} at the revision {revision}, or it was not downloaded.")
    return path
