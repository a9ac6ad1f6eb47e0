"""From the settings to `Subjects`: games are played, dictionaries trained or loaded, probes fitted."""

import warnings

import torch

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.settings import Settings
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.dictionaries.training import Workshop
from experiments.othello.positions import Positions
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from experiments.othello.subject import subject
from interp.activations.capture import capture
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.models.sites import resid
from interp.records import Run
from probes import LogisticProbe, Origin, ProbeWarning

TRAINED = "trained"
"""The folder beside the run folders in which dictionaries are kept for all runs."""
RIDGE, TOLERANCE = 1e-4, 1e-4
"""Penalty and accuracy of the probes, relative as `LogisticProbe` takes them."""


def prepare(settings: Settings, this: Run) -> Subjects:
    """All that the measurements of `othello/dictionaries` need."""
    model, rules = subject(settings.model, this.device, this.dtype)
    random = random_weights(model, this.seed)
    select, report = (
        Positions.of(held_out(rules, settings.games, this.seed, f"dictionaries {half}"))
        for half in ("select", "report")
    )
    this.note(model_hash=fingerprint(model), games=settings.games, train_games=settings.plan.games)
    of_model = Workshop(model, rules, settings.plan, this.seed, this.work.parent.parent / TRAINED, this.say)
    of_random = Workshop(random, rules, settings.plan, this.seed, this.work.parent.parent / TRAINED, this.say)
    main, seeds = kinds.main(settings.plan), (2 * this.seed, 2 * this.seed + 1)
    found = {
        kinds.FIRST: of_model.by_depth(kinds.FIRST, main, seeds[0]),
        kinds.SECOND: of_model.by_depth(kinds.SECOND, main, seeds[1]),
        kinds.PUBLISHED: of_model.by_depth(kinds.PUBLISHED, kinds.published(settings, model.width), seeds[0]),
        kinds.RANDOM: of_random.by_depth(kinds.RANDOM, main, seeds[0]),
    }
    compared = {}
    if settings.sweep:
        site = resid(round(2 * model.depth / 3))
        wanted = {name: (site, one) for name, one in kinds.compared(settings.plan, model.width).items()}
        compared = of_model.family("compared", wanted, seeds[0])
    for workshop in (of_model, of_random):
        workshop.discard_store()
    this.say("fitting probes")
    probes = fit_probes(model, rules, settings.probe_games, this.seed, settings.batch)
    return Subjects(settings, model, random, rules, select, report, found, compared, probes, this.seed)


def fit_probes(model: Model, rules: Rules, games: int, seed: int, batch: int) -> list[LogisticProbe]:
    """A probe of mine/theirs/empty at every depth, a target for each square, on games of its own."""
    train = Positions.of(held_out(rules, games, seed, "probe training"))
    sites = [resid(depth) for depth in range(model.depth + 1)]
    found = capture(model, train.sample.seen, sites, batch=batch, device="cpu")
    labels = train.owner.to(torch.int64)
    made = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProbeWarning)  # the four squares in the middle are never empty
        for site in sites:
            probe = LogisticProbe(RIDGE, tolerance=TOLERANCE, origin=Origin.of(model, site))
            made.append(probe.fit(train.rows(found[site]).float(), labels, 3))
    return made


__all__ = ["TRAINED", "fit_probes", "prepare"]
