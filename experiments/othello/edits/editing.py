"""Edits of the board inside the model: chosen on some cases, judged on others, beside edits that must not work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from experiments.othello.edits.bench import Bench, change_of_moves
from experiments.othello.edits.cases import Cases
from experiments.othello.edits.controls import elsewhere, random_steps, resized
from experiments.othello.edits.directions import between, towards
from experiments.othello.edits.example import example
from experiments.othello.edits.latent_edits import set_latents, spokesmen
from experiments.othello.edits.playing_on import measure_rollout
from experiments.othello.edits.reading import Change
from experiments.othello.edits.reference import gather
from experiments.othello.edits.resampling import of_witness, resampled
from experiments.othello.edits.rollout import Push
from experiments.othello.edits.search import Setting, best, search
from experiments.othello.edits.settings import Settings
from experiments.othello.games import stream
from experiments.othello.rules import Rules
from interp.errors import unknown
from interp.models.model import Model
from probes import LogisticProbe

PROBE, TARGET, LATENTS, RESAMPLED = "probe", "target class alone", "dictionary latents", "resampled plane"
EDITORS = (PROBE, TARGET, LATENTS, RESAMPLED)
SEARCHED = ("flip", "understood", "erase")
"""Kinds of cases on which depths and scales are chosen; understood are flips of boards that the model has right."""
REUSED = ("natural", "unnatural", "given")
"""Kinds that take what was chosen on flips: nothing is chosen on them."""

Editor = Callable[[Cases, np.random.Generator], Change]
"""Makes the edit of some cases."""


class Split(NamedTuple):
    """Cases of one kind."""

    choose: Cases
    """Depths and scales are chosen on these; not used where flips' are."""
    report: Cases
    """And judged on these."""


@dataclass(frozen=True, eq=False)
class Desk:
    """Whose board is edited and with what."""

    model: Model
    editors: Mapping[str, Editor]
    settings: Settings
    seed: int

    def rng(self, *purpose: str) -> np.random.Generator:
        """A random stream of its own for every purpose."""
        return stream(self.seed, " ".join(("edits", *purpose)), 0)

    def bench(self, cases: Cases, *purpose: str) -> Bench:
        """Cases that the model has read."""
        return Bench.of(self.model, cases, self.settings.batch, self.rng("intervals", *purpose))


def measure_edits(
    model: Model,
    rules: Rules,
    probes: Sequence[LogisticProbe],
    dictionaries: Sequence[Any],
    cases: Mapping[str, tuple[Cases, Cases]],
    settings: Settings,
    seed: int,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Errors of every editor on every kind of cases, the roll-out and one example, as plain JSON.

    `probes` (of mine/theirs/empty, a target for each square) and `dictionaries` are by depth, 0 to `model.depth`;
    `cases` are (those to choose on, those to report) by kind, any of `SEARCHED` and `REUSED`, flips always among them.
    Of each kind and editor the errors against both boards are reported beside those of nothing done, of a random
    direction and of another square, both as long as the edit; of a searched kind also by scale, by single depth and by
    number of depths. Raises `UnknownNameError` for another kind, `ShapeError` for cases without a legal move.
    """
    for kind in cases:
        if kind not in SEARCHED + REUSED:
            raise unknown("kind of case", kind, SEARCHED + REUSED)
    if "flip" not in cases:
        raise unknown("kind of case", "flip", cases, hint="Other kinds take the depths and scales chosen on flips.")
    say("reference positions and latents")
    desk = Desk(model, _editors(model, rules, probes, dictionaries, settings, seed), settings, seed)
    found: dict[str, Any] = {}
    for kind in sorted(cases, key=(SEARCHED + REUSED).index):
        say(f"edits: {kind}")
        split = Split(*cases[kind])
        known = {name: told["chosen"] for name, told in found["flip"]["editors"].items()} if kind in REUSED else None
        found[kind] = _kind(desk, kind, split, known)
    say("roll-out")
    flips = desk.bench(cases["flip"][1], "rollout")
    setting = Setting(**found["flip"]["editors"][PROBE]["chosen"])
    push = Push(desk.editors[PROBE](flips.cases, desk.rng("flip", PROBE)), setting)
    return {
        "depths": model.depth + 1,
        "scales": list(settings.scales),
        "kinds": found,
        "rollout": measure_rollout(flips, push, settings.steps, desk.rng("rollout")),
        "example": _example(desk, cases, found, flips, push),
    }


def _example(
    desk: Desk, cases: Mapping[str, tuple[Cases, Cases]], found: Mapping[str, Any], flips: Bench, push: Push
) -> dict[str, Any]:
    """A flip of a board that the model has right, where there are such: its own errors would be in the way."""
    kind = "understood"
    if kind not in cases:
        return example(flips, push)
    bench, setting = desk.bench(cases[kind][1], "example"), Setting(**found[kind]["editors"][PROBE]["chosen"])
    return example(bench, Push(desk.editors[PROBE](bench.cases, desk.rng(kind, PROBE)), setting))


def _editors(
    model: Model,
    rules: Rules,
    probes: Sequence[LogisticProbe],
    dictionaries: Sequence[Any],
    settings: Settings,
    seed: int,
) -> dict[str, Editor]:
    reference = gather(model, rules, settings.first_ply, settings.last_ply, seed, settings.batch)
    chosen = spokesmen(dictionaries, reference)
    return {
        PROBE: lambda cases, _: between(probes, reference, cases),
        TARGET: lambda cases, _: towards(probes, reference, cases),
        LATENTS: lambda cases, _: set_latents(dictionaries, chosen, cases),
        RESAMPLED: partial(resampled, probes, reference),
    }


def _kind(desk: Desk, kind: str, split: Split, known: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
    """One kind of cases: what nothing does, what every editor does, and the most that one depth can do."""
    bench = desk.bench(split.report, kind)
    changed = np.array(change_of_moves(split.report), dtype=np.float64)
    found: dict[str, Any] = {
        "cases": {"choose": 0 if known else len(split.choose), "report": len(split.report)},
        "changed moves": bench.mean(changed),
        "null": bench.told(bench.null),
        "null ranks": bench.moved_ranks(bench.unedited.logits),
        "editors": {},
    }
    chooser = None if known else desk.bench(split.choose, kind, "choose")
    for name, editor in desk.editors.items():
        scores = None
        if chooser is not None:
            change = editor(chooser.cases, desk.rng(kind, name, "choose"))
            scores = search(chooser.reader, change, chooser.legal["edited"], desk.settings.scales)
        setting = best(scores) if scores else Setting(**(known or {})[name])
        found["editors"][name] = {
            "chosen": setting._asdict(),
            **_judged(desk, bench, kind, name, setting),
            **(_curves(desk, bench, kind, name, setting, scores) if scores else {}),
        }
    if split.report.witness is not None:
        witness = of_witness(desk.model, split.report, desk.settings.batch)
        every = [Setting(depth, depth, 1.0) for depth in range(desk.model.depth + 1)]
        counted = [bench.count(bench.push(witness, one).logits) for one in every]
        found["ceiling"] = [bench.mean(one.edited) for one in counted]
    return found


def _judged(desk: Desk, bench: Bench, kind: str, name: str, setting: Setting) -> dict[str, Any]:
    """One editor with its controls, on the cases to report."""
    editor, draw = desk.editors[name], desk.rng(kind, name, "controls")
    answer = bench.push(editor(bench.cases, desk.rng(kind, name)), setting)
    plain = setting._replace(scale=1.0)
    random = random_steps(answer.sizes, desk.model.width, draw)
    wrong = resized(editor(elsewhere(bench.cases, draw), draw), answer.sizes)
    return {
        **bench.told(bench.count(answer.logits)),
        "ranks": bench.moved_ranks(answer.logits),
        "length": float(np.mean([sizes.mean().item() for sizes in answer.sizes.values()])),
        "random direction": bench.told(bench.count(bench.push(random, plain).logits)),
        "wrong square": bench.told(bench.count(bench.push(wrong, plain).logits)),
    }


def _curves(
    desk: Desk, bench: Bench, kind: str, name: str, setting: Setting, scores: Mapping[Setting, float]
) -> dict[str, Any]:
    """By scale in the chosen window, by single depth and by number of depths, each with the rest chosen."""
    change = desk.editors[name](bench.cases, desk.rng(kind, name))
    draw = desk.rng(kind, name, "curves")

    def told(one: Setting) -> dict[str, Any]:
        errors = bench.count(bench.push(change, one).logits)
        return {**one._asdict(), "chosen on": scores[one], **bench.told(errors)}

    def at_random(one: Setting) -> dict[str, Any]:
        steps = random_steps(bench.push(change, one).sizes, desk.model.width, draw)
        return bench.told(bench.count(bench.push(steps, one._replace(scale=1.0)).logits))

    depths = range(desk.model.depth + 1)
    scales = [setting._replace(scale=scale) for scale in desk.settings.scales]
    singles = [best(_some(scores, first=depth, size=1)) for depth in depths]
    sizes = [best(_some(scores, size=depth + 1)) for depth in depths]
    return {
        "by_scale": [told(one) for one in scales],
        "by_scale_random": [at_random(one) for one in scales],
        "by_depth": [told(one) for one in singles],
        "by_size": [told(one) for one in sizes],
    }


def _some(scores: Mapping[Setting, float], size: int, first: int | None = None) -> dict[Setting, float]:
    """The settings with so many depths, from `first` on where it is given."""
    return {
        one: mean for one, mean in scores.items() if len(one.depths) == size and (first is None or one.first == first)
    }


__all__ = ["EDITORS", "LATENTS", "PROBE", "RESAMPLED", "REUSED", "SEARCHED", "TARGET", "measure_edits"]
