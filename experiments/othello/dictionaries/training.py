"""Families of dictionaries of one model: made once, kept beside the run folders, and shared by the experiments."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from experiments.othello.dictionaries.settings import Plan
from experiments.othello.games import random_games, stream
from experiments.othello.rules import Rules
from experiments.othello.tokens import PADDING, encode
from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.loading import load
from interp.dictionaries.side_by_side import Job
from interp.dictionaries.trainer import train_many
from interp.dictionaries.training import Training
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.sites import Site, resid
from interp.sequences import Sequences
from interp.settings import identity
from interp.store.harvest import harvest
from interp.store.store import Store

PURPOSE = "dictionary training"
"""The stream of games that dictionaries are trained on: no probe and no measurement draws from it."""


class Workshop:
    """The dictionaries of one model, trained on one store of its activations; killed, it goes on where it stopped.

    `folder` is shared by all runs beside each other: what one has trained the next one only loads.
    """

    def __init__(self, model: Model, rules: Rules, plan: Plan, seed: int, folder: Path, say: Callable[[str], None]):
        self.model, self.rules, self.plan, self.seed, self.say = model, rules, plan, seed, say
        self.folder = folder / f"{fingerprint(model)[:12]}-{identity(plan)[:12]}-seed{seed}"
        self._store: Store | None = None

    def by_depth(self, name: str, architecture: Architecture, seed: int) -> list[Any]:
        """A dictionary of every depth, all trained in one pass."""
        wanted = {str(depth): (resid(depth), architecture) for depth in range(self.model.depth + 1)}
        return list(self.family(name, wanted, seed).values())

    def family(self, name: str, wanted: Mapping[str, tuple[Site, Architecture]], seed: int) -> dict[str, Any]:
        """Dictionaries by name, each of one site and kind, all trained in one pass and kept under `name`."""
        place = self.folder / name
        folders = {one: place / one for one in wanted}
        if not all((folder / "cfg.json").exists() for folder in folders.values()):
            self.say(f"training {len(wanted)} dictionaries of {self.model.name}: {name}")
            jobs = {
                one: Job(site, architecture, seed, {"model_name": self.model.name, "hook_name": site.name})
                for one, (site, architecture) in wanted.items()
            }
            sites = list(dict.fromkeys(site for site, _ in wanted.values()))
            train_many(self.store.stream(sites, self.plan.batch, seed=seed), jobs, self.training, place)
        return {one: load(folder) for one, folder in folders.items()}

    @property
    def training(self) -> Training:
        """How long and how fast, from the plan."""
        rows, batch = self.plan.rows, self.plan.batch
        return Training(
            rows=rows, batch=batch, dead_after=max(rows // 10, batch), sample=min(len(self.store), 2**15),
            log_every=10, checkpoint_every=50,
        )  # fmt: skip

    @property
    def store(self) -> Store:
        """The residual stream at every depth of the plan's games; harvested when it is first asked for."""
        if self._store is None:
            self.say(f"activations of {self.model.name} on {self.plan.games:,} games")
            sites = [resid(depth) for depth in range(self.model.depth + 1)]
            self._store = harvest(self.model, games(self.rules, self.plan.games, self.seed), sites, self._place)
        return self._store

    def discard_store(self) -> None:
        """Activations take gigabytes, and a harvest makes them again. The dictionaries stay, and so does a store that
        this workshop never asked for: another run may be training on it."""
        if self._store is not None:
            self._store = None
            shutil.rmtree(self._place, ignore_errors=True)

    @property
    def _place(self) -> Path:
        return self.folder / "store"


def games(rules: Rules, count: int, seed: int) -> Sequences:
    """Random games as sequences; every position counts that a move was made at."""
    moves = random_games(rules, count, stream(seed, PURPOSE, 0)).moves
    tokens = torch.from_numpy(encode(rules, moves))[:, :-1]
    return Sequences.of(tokens, tokens != PADDING, source=f"{count} random games")


__all__ = ["PURPOSE", "Workshop", "games"]
