"""The models of the study: each trained once, kept beside the run folders, and loaded from then on."""

from collections.abc import Callable
from pathlib import Path

from experiments.mental_math.model import Shape
from experiments.mental_math.questions import Span
from experiments.mental_math.train import TrainSettings, run
from experiments.mental_math.when_models_wait.settings import Candidate, Settings
from interp.files import read_json
from interp.settings import identity, settings_from_json

TRAINED = "trained"
"""The folder beside the run folders in which trained models are kept for all runs."""
SEEDS = 3
"""Seeds of the base model, which other seeds of the run may not meet again."""


def tasks(operands: int) -> tuple[str, str]:
    """The two tasks that a model of so many operands learns."""
    return ("A+B", "A-B") if operands == 2 else ("A+B+C", "A-B-C")


def highest(settings: Settings, operands: int) -> int:
    """The largest operand of questions with so many."""
    return settings.two if operands == 2 else settings.three


def training(settings: Settings, this: Candidate, seed: int) -> TrainSettings:
    """How one model is trained: no circuit is planted, all attention edges are there at all times."""
    return TrainSettings(
        shape=Shape(depth=this.depth, width=settings.width),
        spans=tuple(Span(name, highest(settings, this.operands)) for name in tasks(this.operands)),
        circuit="none",
        spare=this.spare,
        steps=this.steps,
        batch=settings.batch,
        rate=settings.rate,
        warmup=min(100, this.steps // 3),
        weight_decay=this.weight_decay,
        seed=this.seed + SEEDS * seed,
    )


def trained(settings: Settings, seed: int, folder: Path, device: str, say: Callable[[str], None]) -> list[Path]:
    """The folder of every finished model, in the order of the settings.

    Models that are finished in `folder` are left alone; a training that was stopped there goes on.
    """
    found = []
    for number, this in enumerate(settings.models, 1):
        plan = training(settings, this, seed)
        name = this.name.replace(",", "").replace(" ", "-")
        model = _finished(plan, folder, name)
        if model is None:
            say(f"training model {number} of {len(settings.models)}: {this.name}")
            place = folder / f"{name}-{identity(plan)[:8]}"
            run(plan, place, device)
            model = place / "model"
        found.append(model)
    return found


def _finished(plan: TrainSettings, folder: Path, name: str) -> Path | None:
    """The model that was trained by this plan, if one was.

    Records are compared and not names of folders: a setting that trainings learn later has its default in older ones.
    """
    for path in sorted(folder.glob(f"{name}-*/model/training.json")):
        # `config.json` is written last: where it lies the model is whole.
        whole = (path.parent / "config.json").exists()
        if whole and settings_from_json(TrainSettings, read_json(path)["settings"]) == plan:
            return path.parent
    return None


__all__ = ["SEEDS", "TRAINED", "highest", "tasks", "trained", "training"]
