import pytest
import torch

from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED
from experiments.othello.dictionaries.rivals.contenders import DIRECTIONS, NAMES, NEURONS, PROBE, contenders, odds
from experiments.othello.dictionaries.rivals.field import field
from experiments.othello.dictionaries.subjects import Subjects
from interp.matching import auroc
from probes import LogisticProbe, ProbeWarning


def test_odds_order_rows_as_probabilities_do(who: Subjects) -> None:
    rows = field(who).residual(who, who.model, 2)[:200]
    probability = who.probes[2].predict_proba(rows).double().flatten(1)
    found = odds(who.probes[2], rows)
    torch.testing.assert_close(found.sigmoid(), probability, rtol=1e-4, atol=1e-6)


def test_odds_of_a_class_that_never_was_are_low_and_finite() -> None:
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    with pytest.warns(ProbeWarning, match="never predicted"):
        probe = LogisticProbe(ridge=1e-2).fit(x, (x[:, :1] > 0).long() + 1, 3)
    found = odds(probe, x)
    assert found.isfinite().all()
    assert (found[:, 0] < -1e8).all()
    assert torch.equal(found[:, 1] > 0, probe.predict(x)[:, 0] == 1)


def test_everybody_competes_on_the_same_rows_and_is_chosen_on_the_other_games(who: Subjects) -> None:
    shared = field(who)
    found = dict(contenders(who, shared, 2, None))
    assert set(found) == set(NAMES) - {NEURONS}
    latents = [who.latents(FIRST, 2, half) for half in (who.select, who.report)]
    areas = [auroc(one, shared.labels[rows]) for one, rows in zip(latents, shared.split, strict=True)]
    label = 5
    best = int(found[FIRST].latent[label])
    live = (latents[0] != 0).any(0)
    assert areas[0][best, label] == areas[0][live, label].max()
    assert found[FIRST].auroc[label] == areas[1][best, label]


def test_the_probe_has_its_own_column_for_each_label(who: Subjects) -> None:
    shared = field(who)
    found = dict(contenders(who, shared, 2, None))[PROBE]
    rows = shared.residual(who, who.model, 2)[shared.split.reporting]
    values = odds(who.probes[2], rows)[:, shared.defined]
    for label in (0, 7, len(shared.defined) - 1):
        assert found.auroc[label] == auroc(values[:, [label]], shared.labels[shared.split.reporting][:, [label]])[0, 0]


def test_random_directions_are_drawn_for_both_kinds_of_dictionary() -> None:
    assert set(DIRECTIONS) == {FIRST, PUBLISHED}
