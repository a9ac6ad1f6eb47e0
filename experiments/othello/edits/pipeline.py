"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.preparing import TRAINED, fit_probes
from experiments.othello.dictionaries.training import Workshop
from experiments.othello.edits import editing_findings, given
from experiments.othello.edits.cases import Cases
from experiments.othello.edits.collecting import collect, describe
from experiments.othello.edits.editing import measure_edits
from experiments.othello.edits.settings import Settings
from experiments.othello.edits.transpositions import findings as transposition_findings
from experiments.othello.edits.transpositions.measure import measure as measure_transpositions
from experiments.othello.edits.understood import understood
from experiments.othello.rules import Rules
from experiments.othello.subject import subject
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    model, rules = subject(settings.model, this.device, this.dtype)
    this.note(model_hash=fingerprint(model))
    this.say("cases from random games")
    choose, report = (collect(rules, settings, this.seed, half) for half in ("choose", "report"))
    cases = {kind: (choose.cases[kind], report.cases[kind]) for kind in report.cases}
    few, known = (understood(model, half, settings.batch) for half in cases["flip"])
    if few is not None and known is not None:
        cases["understood"] = few, known
    if settings.given:
        cases["given"] = _given(settings, rules, this)
    metrics: dict[str, Any] = {
        "cases": {kind: describe(halves[1]) for kind, halves in cases.items()},
        "drawn": report.drawn,
        "editing": _edits(model, rules, cases, settings, this),
    }
    this.say("transpositions")
    random = random_weights(model, this.seed)
    metrics["transpositions"] = measure_transpositions(model, random, rules, settings, this.seed)
    found = {
        **editing_findings.measured(metrics["editing"]),
        **transposition_findings.measured(metrics["transpositions"]),
    }
    return {**metrics, "findings": found}


def _edits(
    model: Model, rules: Rules, cases: Mapping[str, tuple[Cases, Cases]], settings: Settings, this: Run
) -> dict[str, Any]:
    workshop = Workshop(model, rules, settings.plan, this.seed, this.work.parent.parent / TRAINED, this.say)
    dictionaries = workshop.by_depth(kinds.FIRST, kinds.main(settings.plan), 2 * this.seed)
    workshop.discard_store()
    this.say("fitting probes")
    probes = fit_probes(model, rules, settings.probe_games, this.seed, settings.batch)
    return measure_edits(model, rules, probes, dictionaries, cases, settings, this.seed, this.say)


def _given(settings: Settings, rules: Rules, this: Run) -> tuple[Cases, Cases]:
    """The cases of a file, all of them to report on: depths and scales were chosen on our own."""
    path = Path(settings.given)
    found = given.read(path, rules)
    this.note(given_cases=len(found), given_hash=sha256(path.read_bytes()).hexdigest())
    return found, found


__all__ = ["run"]
