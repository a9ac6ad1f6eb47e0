import torch

from experiments.othello.edits.cases import move_tokens
from experiments.othello.edits.errors import errors
from experiments.othello.edits.reading import Reader
from experiments.othello.edits.search import Setting, best, search, windows
from tests.experiments.othello.edits.own_cases import RULES, WIDTH, some_cases, some_model


def test_windows_are_all_runs_of_neighbouring_depths() -> None:
    assert windows(3) == [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    assert len(windows(7)) == 28
    assert list(Setting(2, 4, 1.0).depths) == [2, 3, 4]


def test_a_search_scores_every_window_with_every_scale() -> None:
    model, cases = some_model(), some_cases(6)
    steps = torch.randn(6, WIDTH, generator=torch.Generator().manual_seed(0))
    reader, legal = Reader(model, cases.tokens, cases.length, 10), move_tokens(RULES, cases.legal_edited)
    found = search(reader, lambda _depth, _rows, where: steps[where], legal, (1.0, 4.0))
    assert set(found) == {Setting(first, last, scale) for first, last in windows(3) for scale in (1.0, 4.0)}
    one = Setting(1, 2, 4.0)
    logits = reader.answer(lambda _depth, _rows, where: 4 * steps[where], [1, 2]).logits
    assert abs(found[one] - errors(logits, legal).mean().item()) < 1e-9


def test_the_best_has_fewest_errors_then_fewest_depths_then_the_least_scale() -> None:
    found = {Setting(0, 2, 1.0): 0.5, Setting(1, 1, 2.0): 0.5, Setting(1, 1, 1.0): 0.5, Setting(0, 0, 0.5): 0.7}
    assert best(found) == Setting(1, 1, 1.0)
    assert best({**found, Setting(0, 1, 4.0): 0.4}) == Setting(0, 1, 4.0)
