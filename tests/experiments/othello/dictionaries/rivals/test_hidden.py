import torch

from experiments.othello.dictionaries.rivals.field import field
from experiments.othello.dictionaries.rivals.hidden import neurons
from experiments.othello.dictionaries.subjects import Subjects
from interp.models.sites import mlp_post


def test_neurons_in_parts_are_those_of_one_pass_over_everything(who: Subjects) -> None:
    some = field(who)._replace(select=torch.arange(0, len(who.select), 7), report=torch.arange(0, len(who.report), 5))
    found = neurons(who, some)
    assert len(found) == who.model.depth
    for block in (0, who.model.depth - 1):
        halves = [who.activations(who.model, mlp_post(block), half) for half in (who.select, who.report)]
        torch.testing.assert_close(found[block], some.both(*halves), rtol=1e-4, atol=1e-5)
