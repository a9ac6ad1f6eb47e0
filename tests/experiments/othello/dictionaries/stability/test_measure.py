from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from experiments.othello.dictionaries.kinds import FIRST, SETS
from experiments.othello.dictionaries.stability.findings import FINDINGS, measured
from experiments.othello.dictionaries.stability.flags import NAMES, Flags
from experiments.othello.dictionaries.stability.measure import matched
from experiments.othello.dictionaries.stability.panels import panels
from experiments.othello.dictionaries.subjects import Subjects
from interp.findings import Measurement, judge
from interp.matching.ranking import areas
from interp.plots import png


@pytest.fixture(scope="module")
def metrics(numbers: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return numbers("stability")


def test_the_numbers_are_there_for_every_set_definition_and_depth(who: Subjects, metrics: dict[str, Any]) -> None:
    assert set(metrics["counts"]) == set(SETS)
    for found in metrics["counts"].values():
        assert [len(found[name]) for name in NAMES] == [len(who.depths)] * len(NAMES)
    assert metrics["flags"]["published"]["tiles"] == metrics["flags"]["published"]["on the rim"] > 0
    assert metrics["flags"]["hindsight"]["tiles"] > metrics["flags"]["strict"]["tiles"]


def test_no_latent_tells_an_interior_square_by_the_published_rule(metrics: dict[str, Any]) -> None:
    interior = np.pad(np.ones((4, 4), dtype=bool), 1).ravel()
    assert np.array(metrics["maps"]["published"])[:, interior].sum() == 0


def test_the_pairs_of_a_dictionary_are_those_of_all_areas(who: Subjects) -> None:
    rng = np.random.default_rng(0)
    select, report = Flags.of(who.select, rng), Flags.of(who.report, rng)
    real, mixed = matched(who, FIRST, 2, (select, report), rng)
    halves = ((who.select, select), (who.report, report))
    for found, names in ((real, "labels"), (mixed, "shuffled")):
        one, other = (
            areas(who.latents(FIRST, 2, half)[flags.rows], getattr(flags, names)).numpy() for half, flags in halves
        )
        assert np.argwhere(one > 0.8).tolist() == np.stack([found.latent, found.label], 1).tolist()
        np.testing.assert_allclose(found.report, other[found.latent, found.label])
    assert (np.isfinite(real.within["ply"]) <= real.confirmed).all()


def test_the_figures_are_drawn_from_the_record(metrics: dict[str, Any]) -> None:
    drawn = panels(metrics)
    assert [panel.name for panel in drawn] == ["stability_by_depth", "stability_maps"]
    for panel in drawn:
        assert png(panel.figure)


def test_every_finding_is_measured_and_judged(metrics: dict[str, Any]) -> None:
    found = measured(metrics)
    assert set(found) == {finding.id for finding in FINDINGS}
    for finding in FINDINGS:
        judge(finding, Measurement(**found[finding.id], preset="tiny", seeds=1))
