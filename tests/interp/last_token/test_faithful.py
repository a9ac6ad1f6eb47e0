import numpy as np
import pytest
import torch

from interp import ShapeError
from interp.last_token.faithful import faithfulness, kept
from interp.stats import bootstrap


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def ids(*values: int) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.int64)


def test_a_case_counted_by_hand() -> None:
    answers = ids(1, 1, 2, 3, 4, 4, 1, 2)
    full = ids(1, 1, 2, 3, 9, 9, 9, 9)  # right on the first four
    predicted = ids(1, 5, 2, 5, 4, 4, 1, 9)  # right on two of them, and on three that do not count
    found = faithfulness(predicted, full, answers, rng(), contexts=7)
    assert found.faithful.value == 2 / 4
    assert found.faithful.n == 4
    assert found.base.value == 4 / 8
    assert found.base.n == 8
    assert found.majority == 2 / 4  # answer 1, among the four
    assert (found.prompts, found.contexts) == (4, 7)


def test_the_intervals_are_bootstraps_over_prompts() -> None:
    generator = torch.Generator().manual_seed(0)
    answers, full, predicted = (torch.randint(2, (200,), generator=generator) for _ in range(3))
    found = faithfulness(predicted, full, answers, rng())
    right = (full == answers).numpy()
    hits = (predicted == answers).numpy()[right].astype(int)
    assert found.faithful == bootstrap(hits, np.ones(len(hits)), rng())
    assert found.faithful.low < found.faithful.value < found.faithful.high
    assert found.base.low < found.base.value < found.base.high


@pytest.mark.parametrize(("predicted", "value"), [([1, 2, 3], 1.0), ([2, 3, 1], 0.0)])
def test_all_or_nothing_gives_one_or_zero_with_no_spread(predicted: list[int], value: float) -> None:
    found = faithfulness(ids(*predicted), ids(1, 2, 3), ids(1, 2, 3), rng())
    assert found.faithful == (value, value, value, 3)
    assert found.base == (1.0, 1.0, 1.0, 3)
    assert found.majority == 1 / 3


def test_one_prompt_says_nothing_about_the_spread() -> None:
    found = faithfulness(ids(4), ids(4), ids(4), rng())
    assert found.faithful == (1.0, 1.0, 1.0, 1)
    assert (found.majority, found.prompts, found.contexts) == (1.0, 1, 0)


def test_with_one_answer_the_constant_is_as_faithful_as_anything() -> None:
    found = faithfulness(ids(3, 3, 0), ids(3, 3, 3), ids(3, 3, 3), rng())
    assert found.majority == 1.0
    assert found.faithful.value == 2 / 3


def test_ties_among_answers_do_not_matter_to_the_majority() -> None:
    assert faithfulness(ids(1, 1, 2, 2), ids(1, 1, 2, 2), ids(1, 1, 2, 2), rng()).majority == 0.5


def test_a_full_model_that_is_right_nowhere_is_an_error() -> None:
    with pytest.raises(ShapeError, match="none of the 2 prompts right"):
        faithfulness(ids(1, 2), ids(2, 1), ids(1, 2), rng())
    with pytest.raises(ShapeError, match="none of the 0 prompts right"):
        kept(ids(), ids(), ids())


def test_unequal_numbers_of_prompts_are_an_error(unchecked: None) -> None:
    with pytest.raises(ShapeError, match="got 2, 3 and 3"):
        faithfulness(ids(1, 2), ids(1, 2, 3), ids(1, 2, 3), rng())


def test_many_settings_at_once_are_each_as_faithful_as_alone() -> None:
    generator = torch.Generator().manual_seed(1)
    answers, full = (torch.randint(3, (50,), generator=generator) for _ in range(2))
    predicted = torch.randint(3, (2, 3, 50), generator=generator)
    predicted[1, 2] = -1
    found = kept(predicted, full, answers)
    assert found.shape == (2, 3)
    for wait in range(2):
        for transfer in range(3):
            if (wait, transfer) == (1, 2):
                assert np.isnan(found[wait, transfer])
            else:
                alone = faithfulness(predicted[wait, transfer], full, answers, rng()).faithful.value
                assert found[wait, transfer] == pytest.approx(alone)
    assert kept(predicted[0, 0], full, answers) == found[0, 0]
