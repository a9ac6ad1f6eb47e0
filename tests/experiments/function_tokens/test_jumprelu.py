"""A release of JumpReLU dictionaries, as Gemma Scope's are, goes through the graph by the settings of the paper."""

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from experiments.function_tokens.dictionaries import released
from experiments.function_tokens.graph import EXPERIMENT, Settings
from experiments.function_tokens.graph.settings import PAPER
from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject, prepare
from interp import records
from interp.activations.capture import capture
from interp.dictionaries.loading import saelens
from interp.models.sites import resid

WIDTH = 24
DEAD = 3
"""Latents whose threshold lies above all that they ever are."""


class Released(NamedTuple):
    """One dictionary of the folder, and what is known of it."""

    depth: int
    firing: Tensor
    """[row, latent]: whether the latent is above its threshold, by a plain loop."""
    positive: Tensor
    """[row, latent]: whether it is above 0."""
    tokens: np.ndarray
    """The token of each row."""


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("a local folder needs no network")


@pytest.fixture(scope="module")
def settings(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The paper's, with a local model, text and folder, which holds dictionaries of the same names."""
    release = str(tmp_path_factory.mktemp("release"))
    return replace(PAPER, model=plan.model, corpus=plan.corpus, context=plan.context, release=release)


@pytest.fixture(scope="module")
def folder(settings: Settings, this: records.Run) -> dict[str, Released]:
    """Three dictionaries, saved by SAELens itself."""
    subject = prepare(settings, this)
    assert settings.bos
    assert subject.tokens[:, 0].eq(subject.model.tokenizer.bos_token_id).all()
    depths = dict(zip(settings.loaded, (0, 1, 2), strict=True))
    return {name: saved(subject, depth, Path(str(settings.release)) / name) for name, depth in depths.items()}


def saved(subject: Subject, depth: int, place: Path) -> Released:
    """A dictionary with thresholds that leave some rows above and some below, all of them above 0."""
    states = capture(subject.model, subject.held_out.tokens, resid(depth))[resid(depth)]
    counted = subject.held_out.kept.clone()
    counted[:, 0] = False
    rows = states[counted]
    generator = torch.Generator().manual_seed(depth)
    encoder = torch.randn(rows.shape[1], WIDTH, generator=generator)
    before = rows @ encoder
    bias = 1.0 - before.min(0).values
    threshold = torch.stack([between(column) for column in (before + bias).T])
    threshold[:DEAD] = (before + bias).max() + 1
    lens = saelens()
    about = lens.saes.sae.SAEMetadata(hook_name=resid(depth).name, model_name=subject.model.name, prepend_bos=True)
    config = lens.JumpReLUSAEConfig(d_in=rows.shape[1], d_sae=WIDTH, dtype="float32", device="cpu", metadata=about)
    dictionary = lens.JumpReLUSAE(config)
    weights = {"W_enc": encoder, "b_enc": bias, "threshold": threshold}
    dictionary.load_state_dict({**dictionary.state_dict(), **weights})
    dictionary.save_model(place)
    firing = torch.zeros(len(rows), WIDTH, dtype=torch.bool)
    for row, state in enumerate(rows):
        for latent in range(WIDTH):
            firing[row, latent] = float(state @ encoder[:, latent] + bias[latent]) > float(threshold[latent])
    return Released(depth, firing, before + bias > 0, subject.tokens[counted].numpy())


def between(values: Tensor) -> Tensor:
    """The middle of the widest gap in the upper third: what is above does not hang on the last digit."""
    ordered = values.sort(descending=True).values
    gaps = (ordered[:-1] - ordered[1:])[: len(ordered) // 3]
    return ordered[gaps.argmax()] - gaps.max() / 2


@pytest.fixture(scope="module")
def metrics(
    settings: Settings, folder: dict[str, Released], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The whole experiment, without a network."""
    assert set(folder) == set(settings.loaded)
    out = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        with records.run(out, EXPERIMENT.path, settings, 0, preset="paper", command="interp run ...") as this:
            return dict(this.keep(EXPERIMENT.run(settings, this)).metrics)


def test_a_latent_fires_above_its_threshold_only(metrics: dict[str, Any], folder: dict[str, Released]) -> None:
    for told, one in zip(metrics["trained"], folder.values(), strict=True):
        assert told["depth"] == one.depth
        assert told["width"] == WIDTH
        assert told["rows"] == len(one.tokens)
        assert told["events"] == int(one.firing.sum()) < int(one.positive.sum()) == WIDTH * len(one.tokens)
        assert told["alive"] == WIDTH - DEAD
        assert told["edges"] == len({(one.tokens[row], latent) for row, latent in one.firing.nonzero().tolist()})


def test_coverage_counts_the_same_latents(
    metrics: dict[str, Any], folder: dict[str, Released], settings: Settings, this: records.Run
) -> None:
    order = prepare(settings, this).function.ids.tolist()
    for told, one in zip(metrics["trained"], folder.values(), strict=True):
        wanted, reached = [], set[int]()
        for token in order:
            reached |= set(one.firing[one.tokens == token].any(0).nonzero()[:, 0].tolist())
            wanted.append(len(reached) / (WIDTH - DEAD))
        assert told["curve"]["frequency"] == pytest.approx(wanted)
        assert wanted[0] < wanted[-1], "the first token leaves something to reach"


def test_nothing_is_trained_beside_a_release(metrics: dict[str, Any]) -> None:
    assert (metrics["untrained"], metrics["sweep"]) == ([], [])


def test_thresholds_survive_saving_and_loading(
    settings: Settings, folder: dict[str, Released], this: records.Run
) -> None:
    for name, one in folder.items():
        site, dictionary = released(settings, name, this)
        assert site == resid(one.depth)
        assert dictionary.cfg.architecture() == "jumprelu"
        assert dictionary.threshold.gt(0).all()
