"""What a model can be asked: the tasks of its training record, or those that are named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.mental_math.sampling import Sampling
from experiments.mental_math.tasks import task
from interp.errors import InterpError, unknown
from interp.files import read_json
from interp.last_token.setting import AllForOne
from interp.models.zoo import zoo


@dataclass(frozen=True)
class Known:
    """The training record of a calculator, as far as prompts need it."""

    tasks: Mapping[str, Sampling]
    """The operands and answers that it learnt, by task."""
    planted: AllForOne | None
    """The circuit that its training planted; None where that was another one, or none."""


def known(name: str) -> Known | None:
    """What the training record of a model says; None for a model without one, or one that is no calculator."""
    path = zoo().get(name, Path(name)) / "training.json"
    trained: Any = read_json(path).get("settings", {}) if path.is_file() else {}
    if "spans" not in trained:
        return None
    tasks = {span["task"]: Sampling(0, span["high"], (0, trained["largest"])) for span in trained["spans"]}
    is_planted = trained["circuit"] == "all for one"
    return Known(tasks, AllForOne(trained["wait"], trained["transfer"]) if is_planted else None)


def asked(name: str, tasks: Sequence[str], default: Sampling, *, every: bool = True) -> dict[str, Sampling]:
    """Tasks with their operands and answers, for a model; those of its record when `tasks` is empty.

    Raises `UnknownNameError` for a task that is none, or that its record lacks; with `every` False such are left out.
    Raises `InterpError` when nothing is left to ask.
    """
    for each in tasks:
        task(each)
    record = known(name)
    if record is None:
        if not tasks:
            raise InterpError(f"{name} has no training record that lists its tasks: name them with --tasks")
        return dict.fromkeys(tasks, default)
    found = {each: record.tasks[each] for each in tasks or record.tasks if each in record.tasks}
    if every and (strays := [each for each in tasks if each not in record.tasks]):
        raise unknown(f"task that {name} was trained on", strays[0], record.tasks)
    if not found:
        raise InterpError(f"{name} was trained on {', '.join(record.tasks)}, none of which is asked for")
    return found


__all__ = ["Known", "asked", "known"]
