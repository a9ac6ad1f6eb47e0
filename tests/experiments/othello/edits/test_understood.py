import torch

from experiments.othello.edits.cases import Cases, move_tokens
from experiments.othello.edits.collecting import collect
from experiments.othello.edits.settings import Settings
from experiments.othello.edits.understood import understood
from experiments.othello.subject import subject
from interp.models.randomise import random_weights

MODEL, RULES = subject("othello-tiny", "cpu", "float32")
SETTINGS = Settings(model="othello-tiny", pool=2500, choose=10, report=60, last_ply=12)


def _flips() -> Cases:
    return collect(RULES, SETTINGS, 0, "report").cases["flip"]


def test_the_model_is_right_about_every_board_that_is_kept_and_wrong_about_the_others() -> None:
    flips = _flips()
    kept = understood(MODEL, flips, 25)
    assert kept is not None
    with torch.no_grad():
        logits = torch.stack([MODEL(game[None, :n])[0, -1] for game, n in zip(flips.tokens, flips.length, strict=True)])
    legal = move_tokens(RULES, flips.legal)
    best = [set(row.topk(int(n)).indices.tolist()) for row, n in zip(logits, legal.sum(1), strict=True)]
    right = [found == set(row.nonzero()[:, 0].tolist()) for found, row in zip(best, legal, strict=True)]
    assert 8 <= sum(right) < len(flips)
    assert torch.equal(kept.tokens, flips.tokens[torch.tensor(right)])


def test_too_few_are_none() -> None:
    assert understood(random_weights(MODEL, 0), _flips(), 25) is None
