from pathlib import Path

import pytest
import torch

from experiments.othello.dictionaries.settings import Plan
from experiments.othello.dictionaries.training import Workshop, games
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from experiments.othello.subject import subject
from interp.dictionaries import TopK
from interp.dictionaries import trainer as training
from interp.models.sites import resid

PLAN = Plan(games=60, rows=1024, batch=256, width=32, k=4)


def _workshop(folder: Path, seed: int = 0, plan: Plan = PLAN) -> Workshop:
    model, rules = subject("othello-tiny", "cpu", "float32")
    return Workshop(model, rules, plan, seed, folder, lambda _: None)


def test_a_dictionary_of_every_depth_is_trained_once_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _workshop(tmp_path)
    made = first.by_depth("first", TopK(32, k=4), 0)
    assert [one.cfg.metadata.hook_name for one in made] == [resid(depth).name for depth in range(5)]
    first.discard_store()
    assert not list(tmp_path.rglob("store"))
    monkeypatch.delattr(training, "train")  # whoever trains again, or harvests again, will be noticed
    again = _workshop(tmp_path)
    monkeypatch.setattr(Workshop, "store", property(lambda _: pytest.fail("harvested again")))
    found = again.by_depth("first", TopK(32, k=4), 0)
    assert all(torch.equal(a.W_dec, b.W_dec) for a, b in zip(made, found, strict=True))


def test_a_training_that_was_killed_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    whole = _workshop(tmp_path / "whole").by_depth("first", TopK(32, k=4), 0)
    broken = _workshop(tmp_path / "broken")
    broken.by_depth("first", TopK(32, k=4), 0)
    for path in broken.folder.glob("first/*/cfg.json"):
        path.unlink()  # as after a kill between the last checkpoint and the saved dictionaries
    found = _workshop(tmp_path / "broken").by_depth("first", TopK(32, k=4), 0)
    assert all(torch.equal(a.W_dec, b.W_dec) for a, b in zip(whole, found, strict=True))


def test_other_seeds_and_plans_live_apart(tmp_path: Path) -> None:
    places = {
        _workshop(tmp_path).folder,
        _workshop(tmp_path, seed=1).folder,
        _workshop(tmp_path, plan=Plan(games=61, rows=1024, batch=256, width=32, k=4)).folder,
    }
    assert len(places) == 3


def test_dictionaries_see_games_of_their_own_without_padding() -> None:
    rules = Rules(6)
    seen = games(rules, 50, 0)
    assert torch.equal(seen.kept, seen.tokens != 0)
    assert seen.rows == int((seen.tokens != 0).sum())
    others = held_out(rules, 50, 0, "dictionaries select").seen
    assert not torch.equal(seen.tokens, others)
