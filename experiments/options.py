"""Command-line words to options and settings, and settings back to words."""

from collections.abc import Sequence
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from interp.errors import InterpError, UnknownNameError

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class RunOptions:
    """What every experiment is told besides its settings."""

    preset: str = "small"
    """tiny (seconds), small (minutes on 2 cores) or paper (the paper's size, GPU)."""
    seed: int = 0
    """Every random choice of the run follows from it."""
    out: Path | None = None
    """Run folder; runs/PAPER/EXPERIMENT-PRESET-seedN when not given."""
    device: str = "auto"
    """cpu, cuda, cuda:1; auto takes a GPU when there is one."""
    dtype: Literal["float32", "float64", "bfloat16", "float16"] = "float32"
    """Number format of the model."""
    dry_run: bool = False
    """Print the plan and write nothing."""
    record: bool = False
    """Keep the finished record for the ledger, in experiments/PAPER/records."""


@dataclass(frozen=True)
class TrainOptions:
    """What every training is told besides its settings."""

    out: Path | None = None
    """Folder of the model; runs/train/MODEL when not given. A training that was stopped there goes on."""
    device: str = "auto"
    """cpu, cuda, cuda:1; auto takes a GPU when there is one."""
    dry_run: bool = False
    """Print the plan and write nothing."""
    publish: bool = False
    """Put the finished model into the zoo, in place of the one there."""


@dataclass(frozen=True)
class FindingsOptions:
    """How the ledger is shown."""

    json: bool = False
    """As JSON."""
    write: bool = False
    """Write FINDINGS.md at the root of the project instead of printing."""


@dataclass(frozen=True)
class NoOptions:
    """For commands and tests that need one of the two halves only."""


def parse(options: T, words: Sequence[str], command: str, settings: S, description: str | None = None) -> tuple[T, S]:
    """The words as flags over the defaults `options` and `settings`, both dataclasses, in one flat list of flags.

    An unknown flag or a bad value ends the process with code 2 and the nearest flags on standard error, --help with 0:
    tyro's behaviour.
    """
    import tyro

    halves = {"options": options, "settings": settings}
    flat = [(name, Annotated[type(half), tyro.conf.arg(name="")]) for name, half in halves.items()]
    kind = make_dataclass("Arguments", flat)
    found: Any = tyro.cli(
        kind, default=kind(**halves), args=list(words), prog=f"interp {command}", description=description or ""
    )
    return found.options, found.settings


def peek(words: Sequence[str], flag: str, default: str) -> str:
    """The value of one flag, before the rest can be understood; the last one counts."""
    for here, following in zip(reversed(words), [None, *reversed(words)], strict=False):
        name, equals, value = here.partition("=")
        if name == flag and (equals or following is not None):
            return value if equals else str(following)
    return default


def first(words: Sequence[str], noun: str, names: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The name that a command is about, and the words after it. Raises `UnknownNameError` when there is none."""
    if not words or words[0].startswith("-"):
        raise UnknownNameError(f"name the {noun}, one of: {', '.join(names)}. Options follow the name")
    return words[0], words[1:]


def overrides(default: Any, settings: Any) -> str:
    """The flags that lead from `default` to `settings`, each with a blank before it; "" when they are equal."""
    from interp.settings import settings_json

    return "".join(_flags(settings_json(default), settings_json(settings), "--"))


def _flags(old: dict[str, Any], new: dict[str, Any], prefix: str) -> list[str]:
    words: list[str] = []
    for key, value in new.items():
        flag = prefix + key.replace("_", "-")
        if isinstance(value, dict):
            words += _flags(old[key], value, f"{flag}.")
        elif value != old[key] and isinstance(value, bool):
            words.append(f" {flag}" if value else f" {prefix}no-{key.replace('_', '-')}")
        elif value != old[key]:
            words.append(f" {flag} {' '.join(map(str, value)) if isinstance(value, list) else value}".rstrip())
    return words


def device(name: str) -> str:
    """The device to work on; "auto" is a GPU when there is one. Raises `InterpError` for one that is not there."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise InterpError(f"cannot use the device {name!r}: {str(error).splitlines()[0]}. Try --device cpu") from error
    return name


__all__ = [
    "FindingsOptions", "NoOptions", "RunOptions", "TrainOptions", "device", "first", "overrides", "parse", "peek",
]  # fmt: skip
