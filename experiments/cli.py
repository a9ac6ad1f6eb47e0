"""The command line: `interp list | run | train | zoo | findings`."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.options import FindingsOptions, NoOptions, RunOptions, TrainOptions, first, overrides, parse, peek
from experiments.options import device as find_device
from interp.errors import FileError, InterpError, UnknownNameError, unknown

USAGE = """usage: interp COMMAND

  list                      the experiments and what they ask
  run PAPER/EXPERIMENT      run one; leaves run.json, metrics.json, figures and report.html
  train MODEL               train a model of the zoo again
  zoo                       the models that come with the project
  findings                  the ledger of published claims and what became of them

`interp run PAPER/EXPERIMENT --help` shows every option and setting. The same: python -m experiments COMMAND
"""
ROOT = Path(__file__).parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0, 1 for what went wrong, 2 for a command that does not exist as typed."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0 if words else 2
    try:
        if words[0] not in COMMANDS:
            raise unknown("command", words[0], COMMANDS)
        COMMANDS[words[0]](words[1:])
    except InterpError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, UnknownNameError) else 1
    except KeyboardInterrupt:
        print("stopped; what was finished before is unharmed", file=sys.stderr)
        return 130
    return 0


def list_experiments(words: Sequence[str]) -> None:
    """Print every experiment and its question."""
    from experiments import registry

    parse(NoOptions(), words, "list", NoOptions())
    for path, experiment in registry.experiments().items():
        print(f"{path}  ({', '.join(experiment.presets)}; {len(experiment.findings)} findings)")
        print(f"    {experiment.question}")


def run_experiment(words: Sequence[str]) -> None:
    """Run one experiment and say where its report lies."""
    from experiments import registry
    from interp import records
    from interp.report import write_report

    path, rest = first(words, "experiment", registry.names())
    experiment = registry.experiment(path)
    preset = peek(rest, "--preset", RunOptions.preset)
    if preset not in experiment.presets:
        raise unknown(f"preset of {path}", preset, experiment.presets)
    default = experiment.presets[preset]
    options, settings = parse(RunOptions(), rest, f"run {path}", default, experiment.question)
    if options.record and not experiment.stands(settings, preset):
        raise InterpError("--record keeps runs of a preset as it stands: leave out --record or the changed settings")
    command = f"interp run {path} --preset {preset} --seed {options.seed}{overrides(default, settings)}"
    name = f"{experiment.name}-{preset}-seed{options.seed}"
    out = options.out or Path("runs", experiment.paper, name)
    if options.dry_run:
        _plan(command, out, experiment.steps, settings)
        if experiment.estimate is not None:
            estimate = experiment.estimate(settings, find_device(options.device), options.dtype)
            print("\n".join(estimate.lines()))
        return None
    facts = {"preset": preset, "command": command, "device": find_device(options.device), "dtype": options.dtype}
    with records.run(out, path, settings, options.seed, **facts, say=_say) as this:
        record = this.keep(experiment.run(settings, this))
        rows = registry.judged(experiment, record)
        pages = experiment.pages(record.metrics) if experiment.pages else ()
        panels = experiment.report(record.metrics)
        write_report(this.folder, experiment.question, rows, panels, record, pages=pages)
    for row in rows:
        _say(f"{row.verdict.value:>15}  {row.finding.id}: {row.finding.claim}")
    if options.record:
        records.write_record(registry.records_folder(experiment.paper) / f"{name}.json", records.read_record(out))
        _say("recorded; `interp findings --write` brings FINDINGS.md up to date")
    print(out / "report.html")


def train_model(words: Sequence[str]) -> None:
    """Train a model of the zoo, or go on with a training that was stopped."""
    from experiments import registry, zoo

    name, rest = first(words, "model to train", list(registry.trainers()))
    trainer = registry.trainer(name)
    options, settings = parse(TrainOptions(), rest, f"train {name}", trainer.settings, trainer.summary)
    out = options.out or Path("runs", "train", name)
    if options.dry_run:
        command = f"interp train {name}{overrides(trainer.settings, settings)}"
        return _plan(command, out, (trainer.summary,), settings)
    if options.publish and settings != trainer.settings:
        raise InterpError(f"--publish keeps {name} as the zoo knows it: leave out --publish or the changed settings")
    model = trainer.run(settings, out, find_device(options.device))
    print(zoo.publish(model, trainer.paper, name) if options.publish else model)


def show_zoo(words: Sequence[str]) -> None:
    """Print every model of the zoo with its size and the facts of its training."""
    from experiments import zoo

    parse(NoOptions(), words, "zoo", NoOptions())
    for name, folder in zoo.folders().items():
        facts = zoo.describe(folder)
        print(f"{name}  ({facts.pop('command', 'no training record')})")
        shown = [f"{key.replace('_', ' ')} {_number(value)}" for key, value in facts.items()]
        print(f"    {', '.join(shown)}")


def show_findings(words: Sequence[str]) -> None:
    """Print the ledger, or write FINDINGS.md."""
    from experiments import registry
    from interp.files import write_text
    from interp.findings import ledger
    from interp.ledger import to_json, to_markdown, to_text

    options, _ = parse(FindingsOptions(), words, "findings", NoOptions())
    rows = ledger(registry.findings(), registry.records())
    if options.write:
        if not (ROOT / "pyproject.toml").exists():
            raise FileError("FINDINGS.md belongs to the project's own folder: use --write in a clone of it")
        write_text(ROOT / "FINDINGS.md", to_markdown(rows))
        print("FINDINGS.md")
    elif options.json:
        print(json.dumps(to_json(rows), indent=2))
    else:
        print(to_text(rows), end="")


def _plan(command: str, out: Path, steps: Sequence[str], settings: Any) -> None:
    from interp.settings import settings_json

    print(f"command   {command}\nout       {out}")
    for number, step in enumerate(steps, 1):
        print(f"step {number:<4} {step}")
    print(f"settings  {json.dumps(settings_json(settings), indent=2)}")


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else str(value)


def _say(line: str) -> None:
    print(line, flush=True)


COMMANDS: Mapping[str, Callable[[Sequence[str]], None]] = {
    "list": list_experiments,
    "run": run_experiment,
    "train": train_model,
    "zoo": show_zoo,
    "findings": show_findings,
}
