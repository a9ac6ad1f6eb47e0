"""What can be run and trained: two lists of modules, imported when something asks for them.

A module of `MODULES` defines `EXPERIMENT: Experiment`, one of `TRAINER_MODULES` defines `TRAINERS: dict[str, Trainer]`.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from experiments.estimates import Estimate
from interp.errors import InterpError, unknown
from interp.findings import Finding, Row, ledger
from interp.records import Record, Run, read_record
from interp.report import Leaf, Panel

MODULES = (
    "experiments.othello.legality", "experiments.othello.probes", "experiments.othello.dictionaries",
    "experiments.othello.edits", "experiments.language.dictionaries", "experiments.mental_math.all_for_one",
    "experiments.mental_math.alternatives", "experiments.mental_math.necessity", "experiments.mental_math.styles",
    "experiments.mental_math.when_models_wait", "experiments.bigrams.search", "experiments.bigrams.development",
    "experiments.bigrams.geometry", "experiments.bigrams.overlap", "experiments.bigrams.necessity",
    "experiments.bigrams.core_plus_circuit", "experiments.function_tokens.graph",
    "experiments.function_tokens.retrieval", "experiments.function_tokens.consolidation",
    "experiments.function_tokens.steering",
)  # fmt: skip
TRAINER_MODULES = (
    "experiments.othello.trainers", "experiments.language.trainers", "experiments.mental_math.trainers",
)  # fmt: skip
OPTIONS = ("preset", "seed", "out", "device", "dtype", "dry_run", "record")
"""Flags of the command line that no field of any settings may be called."""

S = TypeVar("S")


@dataclass(frozen=True)
class Experiment(Generic[S]):
    """One thing to find out, with everything needed to run it and to show what came out.

    `Experiment("othello", "legality", question=..., presets={"tiny": ..., "small": ..., "paper": ...}, run=run,
    findings=(...), report=panels)`
    """

    paper: str
    """The folder under experiments/."""
    name: str
    """The module in that folder; the command line calls the experiment "paper/name"."""
    question: str
    """What is asked, in one sentence; the first line of the report."""
    presets: Mapping[str, S]
    """Frozen dataclasses of one type: tiny (seconds), small (minutes on 2 cores) and, where it differs, paper."""
    run: Callable[[S, Run], Mapping[str, Any]]
    """Settings and the open run to metrics: plain JSON, with "findings" as described in `interp.findings`."""
    findings: tuple[Finding, ...]
    """The rows of the ledger that this experiment measures."""
    report: Callable[[Mapping[str, Any]], Sequence[Panel]]
    """Metrics to figures with captions."""
    pages: Callable[[Mapping[str, Any]], Sequence[Leaf]] | None = None
    """Metrics to pages that stand folded under the figures."""
    steps: tuple[str, ...] = ()
    """What `run` does, in a few words each; printed by --dry-run."""
    estimate: Callable[[S, str, str], Estimate] | None = None
    """Settings, device and dtype to models, memory and time; printed by --dry-run."""
    inputs: tuple[str, ...] = ()
    """Settings that name a file of the user's to read besides: a run with them is still a run of its preset."""

    def __post_init__(self) -> None:
        """Refuse what the command line or the ledger would trip over later."""
        if not {"tiny", "small"} <= self.presets.keys() <= {"tiny", "small", "paper"}:
            raise InterpError(f"{self.path} needs presets tiny and small (and paper), not {sorted(self.presets)}")
        kinds = {type(settings) for settings in self.presets.values()}
        fields = [field.name for kind in kinds for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
        if len(kinds) > 1 or set(fields) & set(OPTIONS):
            raise InterpError(f"the presets of {self.path} must be of one type without fields called {OPTIONS}")
        if unknown_inputs := set(self.inputs) - set(fields):
            raise InterpError(f"{self.path} has no settings {sorted(unknown_inputs)} to name its inputs")
        if strays := [finding.id for finding in self.findings if finding.measured_by != self.path]:
            raise InterpError(f"{self.path} lists findings that it does not measure: {strays}")

    @property
    def path(self) -> str:
        """ "othello/legality": its name on the command line and in records."""
        return f"{self.paper}/{self.name}"

    def stands(self, settings: S, preset: str) -> bool:
        """Whether these are the settings of a preset, whatever files they name besides."""
        default = self.presets[preset]
        return all(
            getattr(settings, field.name) == getattr(default, field.name)
            for field in dataclasses.fields(default)  # type: ignore[arg-type]
            if field.name not in self.inputs
        )

    @property
    def settings(self) -> type[S]:
        """The type of the settings."""
        return type(self.presets["small"])


@dataclass(frozen=True)
class Trainer(Generic[S]):
    """How a model of the zoo is made.

    `run(settings, out, device)` trains (or resumes, when `out` holds a started training) and returns a Hugging Face
    folder in `out` with `training.json` beside the weights: steps, games, loss, legality, command.
    """

    name: str
    """The model's name: "othello-small"."""
    settings: S
    """A frozen dataclass; every field can be changed on the command line."""
    paper: str
    """The folder under experiments/ whose models/ it belongs to."""
    run: Callable[[S, Path, str], Path]
    """Settings, output folder, device; the folder of the finished model."""
    summary: str
    """One sentence: size, data, how long it takes."""


def names() -> list[str]:
    """Every experiment as "paper/name", without importing any."""
    return ["/".join(module.split(".")[-2:]) for module in MODULES]


def experiments() -> dict[str, Experiment[Any]]:
    """Every experiment by "paper/name", in the order of `MODULES`."""
    found = {}
    for module in MODULES:
        experiment = import_module(module).EXPERIMENT
        if module.split(".")[-2:] != [experiment.paper, experiment.name]:
            raise InterpError(f"{module} calls its experiment {experiment.path}; name it as the file")
        found[experiment.path] = experiment
    return found


def experiment(path: str) -> Experiment[Any]:
    """The experiment called `path` ("othello/legality"). Raises `UnknownNameError` with the nearest names."""
    modules = dict(zip(names(), MODULES, strict=True))
    if path not in modules:
        raise unknown("experiment", path, modules, hint="`interp list` shows what they ask.")
    found: Experiment[Any] = import_module(modules[path]).EXPERIMENT
    return found


def trainers() -> dict[str, Trainer[Any]]:
    """Every trainer by the name of its model."""
    return {name: trainer for module in TRAINER_MODULES for name, trainer in import_module(module).TRAINERS.items()}


def trainer(name: str) -> Trainer[Any]:
    """The trainer of the model `name`. Raises `UnknownNameError` with the nearest names."""
    known = trainers()
    if name not in known:
        raise unknown("model to train", name, known)
    return known[name]


def findings() -> list[Finding]:
    """Every finding of every experiment: the rows of the ledger."""
    return [finding for experiment in experiments().values() for finding in experiment.findings]


def judged(experiment: Experiment[Any], record: Record) -> list[Row]:
    """The ledger of one run alone. Raises `UnknownNameError` for a measured finding that the experiment lacks."""
    known = [finding.id for finding in experiment.findings]
    for name in record.metrics.get("findings", {}):
        if name not in known:
            raise unknown(f"finding of {experiment.path}", name, known, hint="Its metrics name it.")
    return ledger(experiment.findings, [record])


def records_folder(paper: str) -> Path:
    """Where the committed records of one paper lie."""
    return Path(__file__).parent / paper / "records"


def records() -> list[Record]:
    """Every committed record of every paper, by file name."""
    papers = {module.split(".")[-2] for module in MODULES}
    return [read_record(path) for paper in sorted(papers) for path in sorted(records_folder(paper).glob("*.json"))]


__all__ = [
    "Experiment", "Trainer", "experiment", "experiments", "findings", "judged", "names", "records", "records_folder",
    "trainer", "trainers",
]  # fmt: skip
