import pytest
import torch

from probes import Gram, ProbeWarning
from probes.checks import warn_of
from tests.probes.made import rows


def test_rows_with_nothing_amiss_are_passed_in_silence() -> None:
    warn_of(Gram.of(*rows(60), 3), None)


def test_a_long_list_of_targets_is_cut_and_named() -> None:
    x, _ = rows(60)
    gram = Gram.of(x, torch.ones(60, 6).long(), 3)
    with pytest.warns(ProbeWarning, match=r"one class only .* for targets 'a', 'b', 'c', 'd' and 2 more"):
        warn_of(gram, "abcdef")


def test_features_that_never_vary_are_counted() -> None:
    x, y = rows(60)
    x[:, 1:3] = 2.0
    with pytest.warns(ProbeWarning, match="2 of 5 features never vary over 60 rows"):
        warn_of(Gram.of(x, y, 3), None)
