"""Graph and retrieval on a pretrained model that nobody here made, with a text that it knows."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.function_tokens.graph import EXPERIMENT as GRAPH
from experiments.function_tokens.graph import Settings as GraphSettings
from experiments.function_tokens.retrieval import EXPERIMENT as RETRIEVAL
from experiments.function_tokens.retrieval import Settings as RetrievalSettings
from experiments.function_tokens.retrieval.ablated import ALL, OWN
from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from experiments.function_tokens.retrieval.latents import latents
from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject, prepare
from experiments.registry import Experiment
from interp import records
from interp.retrieval.reactivation import SAME

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
STORIES = 120
CONTEXT, BOS = 48, 1

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "stories260k").exists(), reason="the real data is not beside the project"),
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first stories as JSON lines."""
    stories = json.loads((SHARED / "tinystories" / "tinystories_1000.json").read_text(encoding="utf8"))[:STORIES]
    place = tmp_path_factory.mktemp("stories") / "stories.jsonl"
    place.write_text("\n".join(json.dumps({"text": story}) for story in stories), encoding="utf8")
    return place


@pytest.fixture(scope="module")
def settings(corpus: Path) -> Plan:
    """Windows that begin with BOS, as the model wants it, and dictionaries of a second."""
    return Plan(
        model=str(SHARED / "stories260k"), corpus=str(corpus), bos=True, context=CONTEXT, sequences=40, held_out=24,
        width=128, k=8, rows=1024, batch=256,
    )  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder whose runs share text and dictionaries."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def this(settings: Plan, runs: Path) -> Iterator[records.Run]:
    with records.run(
        runs / "test", "function_tokens/test", settings, 0, preset="tiny", command="interp run ..."
    ) as run:
        yield run
        run.keep({})


@pytest.fixture(scope="module")
def subject(settings: Plan, this: records.Run) -> Subject:
    return prepare(settings, this)


def ran(experiment: Experiment[Any], settings: Plan, out: Path) -> dict[str, Any]:
    with records.run(out, experiment.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return dict(this.keep(experiment.run(settings, this)).metrics)


@pytest.fixture(scope="module")
def graph(settings: Plan, runs: Path) -> dict[str, Any]:
    """At every depth, without other dictionaries."""
    chosen = GraphSettings(
        **vars(settings), widths=(), ks=(), sweep_rows=1024, untrained=False, draws=2, parts=2, sizes=(2,),
        shares=(0.4,),
    )  # fmt: skip
    return ran(GRAPH, chosen, runs / "graph")


@pytest.fixture(scope="module")
def retrieval(settings: Plan, runs: Path) -> dict[str, Any]:
    """At two depths."""
    chosen = RetrievalSettings(
        **vars(settings), untrained=False, places=8, depths=(0, 2), ablated=24, mean_of=40, fewest=3, shown=12
    )
    return ran(RETRIEVAL, chosen, runs / "retrieval")


def test_function_tokens_are_the_most_frequent_ones_of_the_stories(subject: Subject) -> None:
    counts = Counter(token for number in range(len(subject.train)) for token in subject.train.document(number).tolist())
    total, covered, wanted = sum(counts.values()), 0, []
    for token, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        if covered >= 0.4 * total:
            break
        covered += count
        wanted.append(token)
    assert subject.function.ids.tolist() == wanted
    assert {".", ",", "_the", "_and", "_to"} <= {subject.name(token) for token in wanted}


def test_every_window_begins_with_a_bos_at_which_nothing_is_counted(
    subject: Subject, settings: Plan, this: records.Run, graph: dict[str, Any]
) -> None:
    tokens, kept = subject.tokens, subject.held_out.kept
    assert tokens[:, 0].eq(BOS).all()
    assert not kept[:, 0].any()
    found = latents(subject, RetrievalSettings(**vars(settings)), this).occurrences
    assert found.token_counts[BOS] == 0
    assert found.positions.min() == 1
    assert len(found) == int(kept[:, 1:].sum())
    assert {one["rows"] for one in graph["trained"]} == {len(found)}


def test_coverage_rises_and_lies_beside_its_nulls(subject: Subject, graph: dict[str, Any]) -> None:
    assert [one["depth"] for one in graph["trained"]] == [0, 1, 2, 3, 4, 5]
    for one in graph["trained"]:
        for name, line in one["curve"].items():
            assert line == sorted(line)
            assert 0 < line[0] <= line[-1] <= 1 + 1e-12
            assert len(line) == len(subject.function) or name == "greedy", "which stops when all is reached"
        pairs = zip(one["curve"]["greedy"], one["curve"]["frequency"], strict=False)
        assert all(best >= line for best, line in pairs)
        for null in one["shuffled"].values():
            assert len(null["curve"]) == len(subject.function)
            for low, mean, high in zip(null["curve low"], null["curve"], null["curve high"], strict=True):
                assert 0 < mean <= 1
                assert low <= mean <= high
        assert one["shuffled"]["positions"]["mean"] == pytest.approx(one["coverage"]["null"])


def test_later_tokens_lose_what_ablated_places_carry(retrieval: dict[str, Any]) -> None:
    told = retrieval["ablated"]
    assert 1 < told["loss"] < 3, "1.74 on whole stories, and more on parts of them"
    embeddings, later = told["depths"]
    for name in (FUNCTION, CONTENT):
        assert embeddings[ALL][name][1] > later[ALL][name][2] > 0, "more blocks read the embeddings"
    # Positions are rotated in later: before the first block a state is its token's embedding, which is its own mean.
    for number in (embeddings[OWN][FUNCTION][0], embeddings[OWN][CONTENT][0], *embeddings[OWN]["moved"].values()):
        assert number == pytest.approx(0, abs=1e-4)


def test_latents_come_back_where_their_token_does(retrieval: dict[str, Any]) -> None:
    assert retrieval["depth"] == 2
    classes = retrieval["trained"]["classes"]
    for name in (FUNCTION, CONTENT):
        assert 0 < classes[name]["control"][0] < 1
        assert 0 < classes[name]["rate"][0] < classes[SAME]["rate"][1]
        lines = zip(classes[name]["by distance"], classes[name]["control by distance"], strict=True)
        ratios = [rate[0] / control[0] for rate, control in lines if control]
        found = [one[0] for one in classes[name]["ratio by distance"] if one]
        assert found == pytest.approx(ratios)
        assert min(found) <= classes[name]["ratio"][0] <= max(found), "the standard distance lies among all"
