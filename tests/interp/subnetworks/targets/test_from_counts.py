import json
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

import interp
from interp import InterpError, Model, ShapeError
from interp.counts import Conditional, Counter, Rows
from interp.subnetworks.hidden import final_states
from interp.subnetworks.targets import FromCounts
from tests.architectures import VOCABULARY, fresh, some_tokens
from tests.interp.subnetworks.targets.oracle import Row, double, fast, require_same, slow

TOKENS, UNSEEN = some_tokens(), 0
"""No sequence holds the unseen token, nor does the text that is counted."""


def counted(order: int = 2, separator: int | None = None, backoff: bool = False) -> Conditional:
    """Counts of a text in which every token of `TOKENS` has several successors, and repeats of the first sequence."""
    text = some_tokens(40, 16, seed=5)
    text[:3, :7], text[3:6, 2:9] = TOKENS, TOKENS
    text[text == UNSEEN] = 48
    counter = Counter(VOCABULARY, order, separator)
    return Conditional(counter.add(text).counts(), backoff=backoff)


def by_hand(conditional: Conditional) -> Row:
    """Rows from the counts one by one."""
    separator, length = conditional.counts.separator, conditional.order - 1

    def row(tokens: list[int]) -> Tensor | None:
        context = tokens[len(tokens) - length :] if length else []
        if len(tokens) < length or separator in context[1:]:
            return None
        number = 0
        for token in context:
            number = number * VOCABULARY + token
        found = torch.zeros(VOCABULARY, dtype=torch.float64)
        columns, probabilities = conditional.row(number)
        found[columns] = probabilities
        return found

    return row


@pytest.mark.parametrize(("order", "separator"), [(1, None), (2, None), (3, int(TOKENS[0, 2]))])
def test_it_is_the_cross_entropy_to_the_counted_rows(name: str, order: int, separator: int | None) -> None:
    model, conditional = double(name), counted(order, separator, backoff=True)
    found = fast(model, TOKENS, FromCounts(conditional).prepare(model))
    require_same(found, slow(model, TOKENS, by_hand(conditional)))


@pytest.mark.parametrize("order", [2, 3, 4])
def test_contexts_that_were_never_seen_back_off_where_the_probabilities_do(order: int) -> None:
    model, conditional = double("gptj"), counted(order, backoff=True)
    tokens = some_tokens(4, 6, seed=9)
    tokens[1, 1:4] = UNSEEN
    numbers, known = conditional.after(tokens)
    assert not conditional.seen(numbers[known]).all()
    require_same(fast(model, tokens, FromCounts(conditional).prepare(model)), slow(model, tokens, by_hand(conditional)))


def test_without_backing_off_they_are_an_error_that_names_the_token(gpt2: Model) -> None:
    tokens = TOKENS.clone()
    tokens[1, 4] = UNSEEN
    prepared = FromCounts(counted()).prepare(gpt2)
    with pytest.raises(ShapeError, match="nothing is known of what follows the token 0"):
        prepared.loss(final_states(gpt2, tokens), tokens)
    longer = FromCounts(counted(3)).prepare(gpt2)
    with pytest.raises(ShapeError, match=rf"follows the tokens \[0, {int(tokens[1, 5])}\]"):
        longer.loss(final_states(gpt2, tokens), tokens)
    kept = FromCounts(counted(), where=lambda tokens: tokens != UNSEEN).prepare(gpt2)
    assert float(kept.loss(final_states(gpt2, tokens).detach(), tokens)) > 0


def test_only_the_chosen_positions_count(name: str) -> None:
    model, conditional = double(name), counted()
    chosen = TOKENS % 2 == 0
    picked = iter(chosen.flatten().tolist())
    row = by_hand(conditional)
    expected = slow(model, TOKENS, lambda tokens: row(tokens) if next(picked) else None)
    target = FromCounts(conditional, where=lambda tokens: tokens % 2 == 0)
    require_same(fast(model, TOKENS, target.prepare(model)), expected)


def test_the_last_position_counts_too() -> None:
    model, conditional = double("gpt2"), counted()
    last = FromCounts(conditional, where=lambda tokens: torch.arange(tokens.shape[1]).expand(tokens.shape) == 6)
    row = by_hand(conditional)
    expected = slow(model, TOKENS, lambda tokens: row(tokens) if len(tokens) == 7 else None)
    require_same(fast(model, TOKENS, last.prepare(model)), expected)


def test_a_batch_without_positions_that_count_teaches_nothing(gpt2: Model) -> None:
    for target in (
        FromCounts(counted(), where=lambda tokens: torch.zeros_like(tokens, dtype=torch.bool)),
        FromCounts(counted(8), where=None),
    ):
        hidden = final_states(gpt2, TOKENS[:, :6]).detach().requires_grad_()
        loss = target.prepare(gpt2).loss(hidden, TOKENS[:, :6])
        loss.backward()
        assert hidden.grad is not None
        assert float(loss.detach()) == 0 == float(hidden.grad.abs().max())


def test_a_model_in_half_precision_gets_directions_in_float32() -> None:
    model, full = interp.load(fresh("gptj").bfloat16()), double("gptj")
    target = FromCounts(counted())
    loss = target.prepare(model).loss(final_states(model, TOKENS).detach(), TOKENS)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss.double(), fast(full, TOKENS, target.prepare(full))[0], rtol=0.03, atol=0)


def test_counts_of_another_vocabulary_are_refused(gpt2: Model) -> None:
    other = Conditional(Counter(VOCABULARY + 1).add(TOKENS).counts())
    with pytest.raises(ShapeError, match=r"vocabulary of 51.*count with vocabulary=50"):
        FromCounts(other).prepare(gpt2)


class Wrong(Conditional):
    """Probabilities that are none."""

    factor = 1.0

    def rows(self, contexts: Tensor) -> Rows:
        rows = super().rows(contexts)
        probabilities = rows.probabilities.clone()
        probabilities[-1] = self.factor * probabilities[-1]
        return Rows(rows.crow, rows.columns, probabilities)


@pytest.mark.parametrize("factor", [0.5, 1.001, torch.nan])
@pytest.mark.parametrize("cap", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_what_does_not_sum_to_one_is_refused(factor: float, cap: bool, order: int) -> None:
    model, conditional = double("gemma2" if cap else "gpt2"), Wrong(counted(order, backoff=True).counts, backoff=True)
    conditional.factor = factor
    with pytest.raises(ShapeError, match="is no distribution: its probabilities sum to"):
        fast(model, TOKENS, FromCounts(conditional).prepare(model))
    conditional.factor = 1 + 1e-9
    fast(model, TOKENS, FromCounts(conditional).prepare(model))


@pytest.mark.usefixtures("unchecked")
def test_a_choice_that_is_no_boolean_for_every_token_is_refused(gpt2: Model) -> None:
    for where in (lambda tokens: tokens, lambda tokens: (tokens > 3)[:, 1:]):
        prepared = FromCounts(counted(), where=where).prepare(gpt2)
        with pytest.raises(ShapeError, match=r"whether it counts: booleans \[3, 7\]"):
            prepared.loss(final_states(gpt2, TOKENS), TOKENS)


class Change(NamedTuple):
    """Counts that are not those of `counted()`."""

    order: int = 2
    separator: int | None = None
    backoff: bool = False


def test_the_identity_tells_targets_apart_and_is_that_of_the_counts() -> None:
    same = [FromCounts(counted()).identity for _ in range(2)]
    assert same[0] == same[1]
    facts = json.loads(same[0])
    assert (facts["target"], facts["order"], facts["vocabulary"]) == ("counts", 2, VOCABULARY)
    others = [FromCounts(counted(*change)).identity for change in (Change(3), Change(2, 4), Change(backoff=True))]
    others += [FromCounts(Conditional(Counter(VOCABULARY).add(TOKENS).counts())).identity]
    others += [FromCounts(counted(), where=lambda tokens: tokens > 3, name=name).identity for name in ("a", "b")]
    assert len({same[0], *others}) == 1 + len(others)
    with pytest.raises(InterpError, match="give the target a name"):
        _ = FromCounts(counted(), where=lambda tokens: tokens > 3).identity
