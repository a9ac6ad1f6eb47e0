"""A run folder: what one experiment did, with what, on what, and the numbers that came out.

    with run(folder, "othello/legality", settings, seed=0, preset="small", command="interp run ...") as this:
        this.note(model_hash=..., data_hash=...)        # facts only the experiment knows
        this.say("512 of 2,000 games")                  # a progress line
        torch.save_something(this.folder / "...")       # more files of this run
        this.keep(metrics)                              # plain JSON numbers; once, at the end

While it goes on, everything lies in `folder/attempt/`; when it is whole it takes the place of the record before it, so
that a run that died harms nothing. Its folder `work` is left alone: checkpoints of a resumable job belong there.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import torch

from interp.errors import FileError, InterpError
from interp.files import read_json, write_json
from interp.settings import identity, portable, settings_from_json, settings_json

PACKAGES = ("interp", "torch", "transformers", "numpy", "safetensors", "transformer-lens", "sae-lens")
ATTEMPT, WORK = "attempt", "work"


class Record(NamedTuple):
    """One finished run, as read from its folder or from one committed file."""

    run: dict[str, Any]
    """`run.json`: experiment, preset, settings, identity, seed, command, device, versions, git, wall seconds, facts."""
    metrics: dict[str, Any]
    """`metrics.json`: what the experiment returned."""


class Run:
    """A run under way: where it writes, what it was asked, and the hands it has for facts, progress and metrics."""

    def __init__(self, folder: Path, facts: dict[str, Any], say: Callable[[str], None]):
        self.folder = folder / ATTEMPT
        """Files written here become part of the record when the run is whole."""
        self.work = folder / WORK
        """Survives attempts: checkpoints, caches. Not part of the record; created by who uses it."""
        self.say = say
        """Prints one progress line, or nothing in tests and notebooks."""
        self.seed: int = facts["seed"]
        self.device: str = facts["device"]
        self.dtype: str = facts["dtype"]
        self.facts = facts
        self.metrics: dict[str, Any] | None = None
        self._start = monotonic()

    def note(self, **facts: Any) -> None:
        """Add facts to `run.json` under "facts": model_hash, data_hash, games."""
        self.facts["facts"].update(facts)
        self._write()

    def keep(self, metrics: Mapping[str, Any]) -> Record:
        """Write `metrics.json`. Raises `InterpError` naming the key of a value that is no plain finite JSON."""
        self.metrics = _checked(metrics, "metrics")
        write_json(self.folder / "metrics.json", self.metrics)
        self._write()
        return Record(self.facts, self.metrics)

    def _write(self, **changes: Any) -> None:
        self.facts.update(changes, wall_seconds=round(monotonic() - self._start, 2))
        write_json(self.folder / "run.json", _checked(self.facts, "run"))


@contextmanager
def run(
    folder: Path,
    experiment: str,
    settings: Any,
    seed: int,
    *,
    preset: str,
    command: str,
    device: str = "cpu",
    dtype: str = "float32",
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Run]:
    """Open the run folder, yield the `Run`, and publish the record when the block ends well.

    `experiment` is "paper/name"; `settings` a frozen dataclass; `command` what makes the run again, without paths of
    this machine. Raises `FileError` before any work when the folder cannot be written or holds a run of another
    experiment, other settings, another seed or dtype, or files that no run wrote.
    """
    facts = {
        "experiment": experiment, "command": command, "preset": preset, "seed": seed,
        "settings": settings_json(settings), "identity": identity(settings),
        "device": device, "dtype": dtype, **surroundings(device), "facts": {},
        "started": datetime.now(UTC).isoformat(timespec="seconds"), "status": "running",
    }  # fmt: skip
    _settle(folder)
    _refuse_strangers(folder, facts)
    if (folder / ATTEMPT).exists():
        shutil.rmtree(folder / ATTEMPT)
    this = Run(folder, facts, say)
    this._write()
    try:
        yield this
        if this.metrics is None:
            raise InterpError(f"{experiment} ended without keep(metrics), so there is nothing to record")
    except BaseException as error:
        this._write(status="failed", error=f"{type(error).__name__}: {error}")
        raise
    this._write(status="finished")
    _settle(folder)


def read_record(path: Path) -> Record:
    """The finished record in a run folder, or in one file written by `write_record`. Raises `FileError`."""
    if not path.is_dir():
        content = read_json(path)
        if not isinstance(content, dict) or content.keys() != {"run", "metrics"}:
            raise FileError(f"{path} is no record: it must hold 'run' and 'metrics'. Make it again with --record")
        return Record(content["run"], content["metrics"])
    _settle(path)
    if not (path / "run.json").exists():
        raise FileError(f"{path} holds no finished run. Start the same command again")
    return Record(read_json(path / "run.json"), read_json(path / "metrics.json"))


def write_record(path: Path, record: Record) -> None:
    """One file with the whole record, for keeping under version control."""
    write_json(path, record._asdict())


def surroundings(device: str) -> dict[str, Any]:
    """Versions, threads, the name of the device and the state of git: all that a number may depend on."""
    return {
        "versions": {"python": sys.version.split()[0], **{name: _version(name) for name in PACKAGES}},
        "device_name": torch.cuda.get_device_name(device) if device.startswith("cuda") else platform.machine(),
        "threads": torch.get_num_threads(),
        "git": git_state(Path(__file__)),
    }


def git_state(file: Path) -> dict[str, Any] | None:
    """The commit that `file` is tracked at and whether the code differs from it; None outside git."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(file.parent), *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        git("ls-files", "--error-unmatch", file.name)
        changed = git("status", "--porcelain", "--", ":(top)*.py", ":(top)*.toml")
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(changed)}
    except (OSError, subprocess.CalledProcessError):
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _checked(value: Any, where: str) -> Any:
    """`value` with tuples as lists, or an `InterpError` that names the key JSON cannot hold."""
    if isinstance(value, Mapping):
        return {str(key): _checked(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(item, f"{where}[{index}]") for index, item in enumerate(value)]
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InterpError(f"{where} is {value!r}, which a record cannot hold: use finite plain numbers") from error
    return value


def _refuse_strangers(folder: Path, facts: Mapping[str, Any]) -> None:
    """A folder may only be reused by the very run whose record or attempt lies in it."""
    for path in (folder / "run.json", folder / ATTEMPT / "run.json"):
        if path.exists():
            old = read_json(path)
            for key in ("experiment", "seed", "dtype", "identity"):
                if old[key] != facts[key]:
                    what = "other settings" if key == "identity" else f"{key} {old[key]}, not {facts[key]}"
                    raise FileError(f"{folder} holds a run with {what}. Choose another folder with --out or delete it")
            return
    try:
        strangers = sorted(path.name for path in folder.iterdir() if path.name not in (ATTEMPT, WORK))
    except FileNotFoundError:
        return
    except OSError as error:
        raise FileError(f"cannot use {portable(folder)}: {error.strerror}. Choose another folder with --out") from error
    if strangers:
        raise FileError(f"{folder} holds files that no run wrote ({strangers[0]}). Choose another folder with --out")


def _settle(folder: Path) -> None:
    """Put a finished attempt in place of the record before it. Killed half-way, the next call completes it."""
    attempt = folder / ATTEMPT
    if not (attempt / "run.json").exists() or read_json(attempt / "run.json")["status"] != "finished":
        return
    for path in sorted(attempt.iterdir(), key=lambda path: path.name == "run.json"):
        if (folder / path.name).is_dir():
            shutil.rmtree(folder / path.name)
        os.replace(path, folder / path.name)
    attempt.rmdir()


__all__ = [
    "Record", "Run", "read_record", "run", "write_record", "git_state", "surroundings",
    "identity", "settings_from_json", "settings_json",
]  # fmt: skip
