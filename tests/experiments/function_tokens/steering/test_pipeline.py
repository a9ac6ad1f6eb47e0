import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.function_tokens.settings import Plan
from experiments.function_tokens.steering import EXPERIMENT, Settings
from experiments.function_tokens.steering.findings import measured
from experiments.function_tokens.steering.trying import FOUND, NOT_FOUND
from experiments.registry import judged
from interp import records
from interp.errors import InterpError
from interp.findings import Verdict
from interp.text import Document

SIZES: dict[str, Any] = {
    "topics": ("one", "two"), "prompt": 6, "written": 3, "searched": 6, "prompts": 6, "strengths": (1.0, 8.0),
    "distances": (0, 3), "draws": 2, "counted": 10,
}  # fmt: skip
WORDS = {"one": ("the", "model", "reads", "a", "token"), "two": ("the", "and", "then", "it", "writes")}


def topical(source: str, *_: Any, **__: Any) -> Iterator[Document]:
    """Modules of two packages, which have one word in common."""
    generator = np.random.default_rng(0)
    for name, words in WORDS.items():
        for number in range(90):
            yield Document(f"{name}.m{number}", " ".join(words[k] for k in generator.integers(5, size=40)))


@pytest.fixture(scope="module")
def settings(plan: Plan) -> Settings:
    return Settings(**vars(plan) | {"documents": None, "rows": 512, "width": 32}, **SIZES)


@pytest.fixture(scope="module")
def record(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[records.Record]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.language.text.documents", topical)
        yield run(settings, tmp_path_factory.mktemp("runs") / "papers" / "run")


def run(settings: Settings, out: Path) -> records.Record:
    with records.run(out, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_every_finding_and_the_named_latents_need_scale(record: records.Record) -> None:
    rows = judged(EXPERIMENT, record)
    assert [row.finding.id for row in rows] == ["function-16", "function-17"]
    assert rows[1].verdict is Verdict.NEEDS_SCALE


def test_every_topic_has_a_latent_that_is_active_in_its_prompt(record: records.Record, settings: Settings) -> None:
    for one in record.metrics["topics"]:
        assert one["k"] is None or 1 <= one["k"] <= one["active"]
        assert one["latent"] not in one["random"]
        assert one["strength"] in settings.strengths
        assert one["by strength"][settings.strengths.index(one["strength"])] == max(one["by strength"])
        assert dict(one["depths"])[one["site"]] == max(rate for _, rate in one["depths"])
        assert set(one["prompt"].split()[1:-1]) <= set(WORDS[one["name"]])
        assert min(one["scorer"]["own"], one["scorer"]["other"]) > 0.5
        assert one["scorer"]["false positives"] == pytest.approx(1 - one["scorer"]["other"])
        assert min(one["scorer"]["texts"]) >= 1
        assert 0 < one["density"] <= 1


def test_success_is_told_by_strength_and_by_place(record: records.Record, settings: Settings) -> None:
    strength, places = record.metrics["strength"], record.metrics["places"]
    for told in strength["topics"].values():
        for kind in ("latent", "random", "activation"):
            assert len(told["kinds"][kind]["success"]) == len(settings.strengths)
    for told in places["topics"].values():
        assert [len(row) for kind in ("function", "content") for row in told[kind].values()] == [2] * 6
    assert len(record.metrics["written"]) == 2


def test_either_set_of_topics_is_pooled_over_its_own(record: records.Record, settings: Settings) -> None:
    strength = record.metrics["strength"]
    for which, has in ((FOUND, True), (NOT_FOUND, False)):
        names = [one["name"] for one in record.metrics["topics"] if (one["k"] is not None) is has]
        assert (strength[which] is None) == (record.metrics["places"][which] is None) == (not names)
        if names:
            for kind in ("latent", "random", "activation"):
                own = [strength["topics"][name]["chosen"][kind]["success"][0] for name in names]
                # Each topic has as many prompts as the settings ask for.
                assert strength[which]["chosen"][kind]["success"][0] == pytest.approx(sum(own) / len(own))


def test_the_difference_over_topics_is_that_of_the_pooled_numbers(record: records.Record) -> None:
    strength = record.metrics["strength"]
    assert (strength["over topics"] is None) == (strength[FOUND] is None)
    if strength[FOUND]:
        latent, random = (strength[FOUND]["chosen"][kind]["success"][0] for kind in ("latent", "random"))
        value, low, high, _ = strength["over topics"]["less random"]
        assert value == pytest.approx(latent - random)
        assert low <= value <= high


def test_findings_follow_from_the_metrics_and_everything_is_drawn(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]
    assert [panel.name for panel in EXPERIMENT.report(again)] == ["depths", "strength", "topics", "places"]
    assert EXPERIMENT.pages is not None
    assert len(EXPERIMENT.pages(again)) == 2


@pytest.mark.usefixtures("record")
def test_latents_of_a_release_are_taken_by_their_numbers(settings: Settings, tmp_path_factory: Any) -> None:
    trained = min(tmp_path_factory.getbasetemp().glob("runs*/papers/trained"))
    folder = next(path for path in sorted(trained.iterdir()) if (path / "cfg.json").exists())
    loaded = replace(settings, release=str(trained), loaded=(folder.name,), numbers=(0, 1, 2), strengths=(8.0,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.language.text.documents", topical)
        # The model reads 16 tokens at a time.
        patch.setattr("experiments.function_tokens.steering.named.QUESTIONS", ("the", "it"))
        patch.setattr("experiments.function_tokens.steering.named.CHOOSING", ("a", "and", "then"))
        patch.setattr("experiments.function_tokens.steering.named.SUFFIX", "a")
        found = run(loaded, tmp_path_factory.mktemp("more") / "papers" / "run")
    assert set(found.metrics["named"]["cases"]) >= {"Speak Chinese", "Russia", "UK", "Speak Chinese and UK"}
    assert found.metrics["named"]["questions"] == {"chosen on": 3, "reported on": 2}
    (own,) = [row.measurement for row in judged(EXPERIMENT, found) if row.finding.id == "function-17"]
    assert own is not None
    assert own.value.n == 2
    assert [len(one["depths"]) for one in found.metrics["topics"]] == [1, 1]
    assert len(EXPERIMENT.report(found.metrics)) == 5


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"topics": ("one",)}, "two topics"),
        ({"distances": (6,)}, "cannot be steered 6 before"),
        ({"strengths": (2.0, 1.0)}, "ascend"),
        ({"numbers": (1, 2)}, "give none or as many"),
        ({"numbers": (1, 2, 3)}, "of one dictionary of a release"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_once(
    settings: Settings, changed: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(InterpError, match=words):
        run(replace(settings, **changed), tmp_path / "run")


@pytest.mark.usefixtures("record")
def test_a_topic_without_documents_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InterpError, match="begins so"):
        run(replace(settings, topics=("one", "three")), tmp_path / "papers" / "run")
