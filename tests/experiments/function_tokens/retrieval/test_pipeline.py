import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from experiments.function_tokens.retrieval import EXPERIMENT, Settings
from experiments.function_tokens.retrieval.ablated import ALL, OWN, TOGETHER, ablated
from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from experiments.function_tokens.retrieval.latents import latents
from experiments.function_tokens.retrieval.removing import AREAS, CORRELATIONS, EARLY, some_places
from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject
from experiments.registry import judged
from interp import records
from interp.errors import InterpError


@pytest.fixture(scope="module")
def settings(plan: Plan) -> Settings:
    return Settings(**asdict(plan), places=6, ablated=8, mean_of=20, fewest=2, shown=9)


@pytest.fixture(scope="module")
def record(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    """The tiny model and its twin with random weights."""
    out = tmp_path_factory.mktemp("runs") / "run"
    with records.run(out, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_both_findings(record: records.Record) -> None:
    rows = {row.finding.id: row for row in judged(EXPERIMENT, record)}
    assert list(rows) == ["function-15", "function-18"]
    assert all(row.measurement is not None for row in rows.values())


def test_latents_are_followed_in_both_models(record: records.Record) -> None:
    for kind in ("trained", "untrained"):
        told = record.metrics[kind]
        assert told["origins"] > 0
        for name in (FUNCTION, CONTENT):
            one = told["classes"][name]
            assert one["excess"][0] == pytest.approx(one["rate"][0] - one["control"][0], abs=0.2)
            lines = ("by distance", "control by distance", "ratio by distance")
            assert {len(one[line]) for line in lines} == {len(told["bands"])}
            assert one["ratio"][0] == pytest.approx(one["rate"][0] / one["control"][0], rel=0.2)
        for line in ("difference by distance", "ratio of ratios by distance"):
            assert len(told[line]) == len(told["bands"])


def test_latents_are_removed_at_as_many_places_of_either_class(record: records.Record) -> None:
    for told in record.metrics["effects"].values():
        assert 0 < told["places"] <= 6
        assert {*CORRELATIONS, *AREAS, "share of reactivated"} < told.keys()


def test_every_depth_that_is_read_is_ablated(record: records.Record) -> None:
    told = record.metrics["ablated"]
    assert [one["depth"] for one in told["depths"]] == [0, 1]
    for one in told["depths"]:
        for kind in (ALL, OWN):
            value, function, content = (one[kind][key][0] for key in ("difference", FUNCTION, CONTENT))
            assert value == pytest.approx(function - content)
    assert told[TOGETHER]["depths"] == [1], "behind the embeddings"
    for kind in (ALL, OWN):
        assert told[TOGETHER][kind]["difference"][0] == told["depths"][1][kind]["difference"][0]


def test_passages_are_cut_and_drawn(record: records.Record) -> None:
    told = record.metrics["passages"]
    assert [len(one["pieces"]) for one in told] == [9, 9]
    for one in told:
        assert len(one["function"]) == 9
        assert all(one["function"][traced["begins"]] is False for traced in one["latents"])


def test_the_figures_can_be_drawn_from_the_record_alone(record: records.Record) -> None:
    metrics = json.loads(json.dumps(record.metrics))
    panels = EXPERIMENT.report(metrics)
    assert [panel.name for panel in panels] == ["reactivation", "passages", "effects", "ablation"]
    assert [len(list(panel.figure.figure.axes)) for panel in panels] == [4, 2, 2, 4]
    metrics["untrained"] = None
    metrics["passages"][0]["latents"] = []
    assert len(EXPERIMENT.report(metrics)) == 4


def test_places_have_a_next_token_and_are_not_at_the_beginning(subject: Subject) -> None:
    mask = subject.function.mask
    places = some_places(subject, mask, 1000, subject.rng("test"))
    assert mask[subject.tokens[places[:, 0], places[:, 1]]].all()
    assert int(places[:, 1].min()) >= EARLY
    assert int(places[:, 1].max()) < subject.tokens.shape[1] - 1
    with pytest.raises(InterpError, match="no token of the class"):
        some_places(subject, mask & ~mask, 5, subject.rng("test"))


def test_a_depth_that_is_not_there_is_refused(settings: Settings, subject: Subject, this: records.Run) -> None:
    with pytest.raises(InterpError, match="depths 0 to 2, not 3"):
        latents(subject, replace(settings, depth=3), this)
    with pytest.raises(InterpError, match="read depths 0 to 1"):
        ablated(subject, replace(settings, depths=(1, 2)), this)


def test_the_middle_dictionary_of_a_release_is_followed_at_its_own_site(
    settings: Settings, subject: Subject, this: records.Run, tmp_path: Path
) -> None:
    own = latents(subject, settings, this)
    own.dictionary.save_model(tmp_path / "layer_1")
    again = latents(subject, replace(settings, release=str(tmp_path), loaded=("layer_0", "layer_1", "layer_2")), this)
    assert again.site == own.site
    assert (again.occurrences.rows == own.occurrences.rows).all()
