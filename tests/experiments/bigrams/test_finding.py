from dataclasses import replace
from pathlib import Path

import pytest
import torch

from experiments.bigrams import finding
from experiments.bigrams.finding import FOUND, asked, found
from experiments.bigrams.lists import Lists, schedule
from experiments.bigrams.subject import Subject
from interp.models.randomise import random_weights
from interp.records import Run
from interp.subnetworks.mask import Mask


def test_a_mask_is_searched_for_once(subject: Subject, other_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = Lists(subject, other_run)
    first = lists.penalised(2.0, 0)
    monkeypatch.setattr(finding, "search", lambda *_, **__: pytest.fail("it is searched for again"))
    again = lists.penalised(2.0, 0)
    assert again.mask == first.mask
    assert torch.equal(again.curve, first.curve)
    assert again._replace(mask=first.mask, curve=first.curve) == first


def test_the_folder_holds_no_checkpoints_of_finished_searches(subject: Subject, other_run: Run) -> None:
    Lists(subject, other_run).penalised(2.0, 0)
    (place,) = (other_run.work.parent.parent / FOUND).iterdir()
    assert sorted(path.name for path in place.iterdir()) == ["found.json", "mask.safetensors"]


def test_a_search_that_was_killed_goes_on(subject: Subject, other_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the search is handed in, so that what `search` keeps there is there again."""
    asked_for: list[Path] = []

    def killed(*_: object, out: Path, **__: object) -> None:
        asked_for.append(out)
        raise KeyboardInterrupt

    lists = Lists(subject, other_run)
    monkeypatch.setattr(finding, "search", killed)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            lists.penalised(2.0, 0)
    assert asked_for[0] == asked_for[1]


def test_whatever_changes_a_mask_changes_its_identity(subject: Subject, this: Run) -> None:
    lists = Lists(subject, this)
    plan = lists.plan(size=50)
    others = [
        asked(subject.of(random_weights(subject.model, 0)), lists.bigrams, plan, 0),
        asked(replace(subject, data="another"), lists.bigrams, plan, 0),
        asked(subject, lists.full, plan, 0),
        asked(subject, lists.bigrams, lists.plan(size=51), 0),
        asked(subject, lists.bigrams, lists.plan(size=50, keep=Mask.empty(subject.model)), 0),
        asked(subject, lists.bigrams, plan, 1),
    ]
    first = asked(subject, lists.bigrams, plan, 0)
    assert all(first != other for other in others)
    assert first == asked(subject, lists.bigrams, schedule(subject.plan, size=50), 0)


def test_names_are_for_people_alone(subject: Subject, other_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = Lists(subject, other_run)
    plan = lists.plan(lam=2.0)
    first = found(subject, "one name", lists.bigrams, plan, 0, other_run)
    monkeypatch.setattr(finding, "search", lambda *_, **__: pytest.fail("it is searched for again"))
    assert found(subject, "another name", lists.bigrams, plan, 0, other_run).mask == first.mask
