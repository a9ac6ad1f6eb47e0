"""Why Du et al. read 93 % where others read 99.5 %: labels one move off, or dropout left on?

Their probes are fitted to the board before the move that the model has just read, and their model, frozen as it is,
stays in training mode: its dropout goes on while probes are fitted and judged. Each cause is switched on and off here,
on a model trained without dropout and on one trained with it.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from experiments.othello.boards import MINE, MINE_BEFORE
from experiments.othello.probes.rates import DU_PLIES, Rates
from experiments.othello.probes.screen import Screen, fit, judge
from experiments.othello.sample import Sample
from interp.models.model import Model
from interp.stats import Interval

SWITCHES = {
    "after the move": (MINE, False),
    "before it": (MINE_BEFORE, False),
    "after, dropout on": (MINE, True),
    "before, dropout on (Du et al.)": (MINE_BEFORE, True),
}
"""The four curves: which board is asked for, and whether dropout goes on."""


def causes(
    model: Model, train: Sample, test: Sample, share: float, seed: int, how: Screen, rates: Rates
) -> Mapping[str, Any]:
    """Squares read right by depth for each of `SWITCHES`, over the plies of Du et al., and what each cause costs.

    `share` is the dropout that is left on. The costs are differences on the same positions, at the depth before the
    last block, the last one that Du et al. show.
    """
    right: dict[bool, np.ndarray] = {}
    for on in (False, True):
        with dropout_left_on(model, share if on else 0.0, seed):
            right[on] = judge(model, fit(model, train, how), test, how)

    def answers(name: str, depth: int) -> np.ndarray:
        reading, on = SWITCHES[name]
        found: np.ndarray = right[on][depth, :, :, reading]
        return found

    depths = range(model.depth + 1)
    best, late, dropped, both = SWITCHES
    last = max(model.depth - 1, 0)

    def cost(of: str, to: str) -> Interval:
        return rates(answers(of, last).astype(np.int8) - answers(to, last), DU_PLIES)

    return {
        "curves": {name: [rates(answers(name, depth), DU_PLIES) for depth in depths] for name in SWITCHES},
        "cost of the label": cost(best, late),
        "cost of dropout": cost(best, dropped),
        "cost of both": cost(best, both),
    }


@contextmanager
def dropout_left_on(model: Model, share: float, seed: int) -> Iterator[None]:
    """The model in training mode with this dropout at all its dropout layers, drawn from `seed`; 0 leaves it alone.

    Modes, shares and the global generator are put back afterwards.
    """
    with ExitStack() as after:
        if share:
            after.enter_context(torch.random.fork_rng(devices=[]))
            torch.default_generator.manual_seed(seed)
            for module in model.hf.modules():
                after.callback(setattr, module, "training", module.training)
                module.training = True
                if isinstance(module, nn.Dropout):
                    after.callback(setattr, module, "p", module.p)
                    module.p = share
        yield


__all__ = ["SWITCHES", "causes", "dropout_left_on"]
