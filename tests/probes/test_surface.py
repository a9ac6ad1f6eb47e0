from typing import Any

import numpy as np
import pytest
import torch

from interp.errors import ShapeError, UnknownNameError
from probes import LinearProbe, LogisticProbe
from tests.probes.made import rows

PROBES = (LinearProbe, LogisticProbe)


def one_target(count: int = 120) -> tuple[Any, Any]:
    x, y = rows(count, targets=1)
    return x.numpy(), y[:, 0].numpy()


@pytest.mark.parametrize("probe", PROBES)
def test_clone_has_the_same_arguments_and_no_fit(probe: type[Any]) -> None:
    from sklearn.base import clone, is_classifier
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    made = probe(0.3, targets=("a",), classes=("x", "y", "z")).fit(*one_target())
    again = clone(made)
    assert again.get_params() == made.get_params()
    assert is_classifier(again)
    check_is_fitted(made)
    with pytest.raises(NotFittedError):
        check_is_fitted(again)


@pytest.mark.parametrize("probe", PROBES)
def test_it_stands_in_pipelines_and_searches_that_split_by_group(probe: type[Any]) -> None:
    from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = one_target()
    groups = np.arange(120) // 6
    line = make_pipeline(StandardScaler(), probe())
    assert line.fit(x, y).score(x, y) > 0.6
    assert cross_val_score(line, x, y, groups=groups, cv=GroupKFold(3)).mean() > 0.5
    found = GridSearchCV(probe(), {"ridge": [1e-3, 100.0]}, cv=GroupKFold(3)).fit(x, y, groups=groups)
    assert found.best_params_["ridge"] == 1e-3


def test_probabilities_come_from_cross_validation_and_can_be_calibrated() -> None:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import cross_val_predict

    x, y = one_target()
    chances = cross_val_predict(LogisticProbe(), x, y, cv=3, method="predict_proba")
    np.testing.assert_allclose(chances.sum(1), 1, rtol=1e-5)
    assert (chances.argmax(1) == y).mean() > 0.5
    assert CalibratedClassifierCV(LogisticProbe(), cv=3).fit(x, y).predict_proba(x).shape == (120, 3)


@pytest.mark.parametrize("probe", PROBES)
def test_labels_of_one_target_give_results_without_the_target_axis(probe: type[Any]) -> None:
    x, y = one_target()
    made, wide = probe().fit(x, y), probe().fit(x, y[:, None])
    assert (made.predict(x).shape, wide.predict(x).shape) == ((120,), (120, 1))
    assert (made.coef_.shape, made.intercept_.shape) == ((3, 5), (3,))
    assert wide.coef_.shape == (1, 3, 5)
    assert made.classes_.tolist() == [0, 1, 2]
    assert made.score(x, y) == (made.predict(x) == y).mean() == wide.score(x, y[:, None])


@pytest.mark.parametrize("probe", PROBES)
def test_changed_arguments_forget_the_fit_and_bad_ones_leave_all_as_it_was(probe: type[Any]) -> None:
    x, y = one_target()
    made = probe().fit(x, y)
    with pytest.raises(UnknownNameError, match=r"unknown argument of \w+ 'rigde'.*'ridge'"):
        made.set_params(rigde=1.0)
    with pytest.raises(ShapeError, match="ridge must be"):
        made.set_params(targets=("a",), ridge=-1.0)
    assert made.targets is None
    assert made.__sklearn_is_fitted__()
    assert made.set_params(**made.get_params()).get_params() == probe().get_params()
    assert made.set_params(ridge=0.5).ridge == 0.5
    assert not made.__sklearn_is_fitted__()
    assert not hasattr(made, "objective_")
    assert repr(made).startswith(f"{probe.__name__}(ridge=0.5")


@pytest.mark.usefixtures("unchecked")
def test_labels_that_are_no_numbers_are_refused() -> None:
    x, y = one_target()
    with pytest.raises(ShapeError, match=r"labels are the classes 0, 1, ... as integers"):
        LogisticProbe().fit(x, np.array(["a", "b", "c"])[y])


def test_arrays_that_cannot_be_written_to_are_read() -> None:
    x, y = one_target()
    x.flags.writeable = False
    assert torch.equal(torch.from_numpy(LinearProbe().fit(x, y).coef_), LinearProbe().fit(x.copy(), y).weight[0])


def test_the_tags_say_classifier_of_many_outputs() -> None:
    tags = LogisticProbe().__sklearn_tags__()
    assert (tags.estimator_type, tags.target_tags.multi_output) == ("classifier", True)
