import pytest
import torch
from torch import Tensor

from experiments.bigrams.core_plus_circuit.repeats import Repeats, guesses, last_seen
from interp.counts.conditional import Conditional
from interp.counts.counter import Counter


def slow(tokens: Tensor, best: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Position by position: the last occurrence, where copying is right, and where it errs."""
    seen = torch.full(tokens.shape, -1)
    right, wrong = torch.zeros(2, *tokens.shape, dtype=torch.bool)
    for row, line in enumerate(tokens.tolist()):
        for place, token in enumerate(line):
            for earlier in range(place):
                if line[earlier] == token:
                    seen[row, place] = earlier
            last = int(seen[row, place])
            if last >= 0 and place + 1 < len(line) and line[last + 1] != int(best[token]):
                (right if line[last + 1] == line[place + 1] else wrong)[row, place] = True
    return seen, right, wrong


@pytest.mark.parametrize("seed", range(5))
def test_they_are_those_that_a_loop_over_all_pairs_finds(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    tokens, best = torch.randint(5, (7, 19), generator=generator), torch.randint(-1, 5, (5,), generator=generator)
    seen, right, wrong = slow(tokens, best)
    repeats = Repeats(best)
    assert torch.equal(last_seen(tokens), seen)
    assert torch.equal(repeats.right(tokens), right)
    assert torch.equal(repeats.wrong(tokens), wrong)
    assert torch.equal(repeats.offered(tokens), right | wrong)
    assert right.any()
    assert wrong.any()


def test_a_line_by_hand() -> None:
    #                       0  1  2  3  4  5  6  7  8
    tokens = torch.tensor([[1, 2, 3, 1, 2, 4, 2, 4, 2]])
    assert last_seen(tokens).tolist() == [[-1, -1, -1, 0, 1, -1, 4, 5, 6]]
    never = torch.full((5,), -1)
    # 1 2 at 3, 2 4 at 6 and 4 2 at 7 are copies; 2 at 4 was followed by 3 before. Nothing is known of the last.
    assert Repeats(never).right(tokens)[0].nonzero()[:, 0].tolist() == [3, 6, 7]
    assert Repeats(never).wrong(tokens)[0].nonzero()[:, 0].tolist() == [4]
    # What bigrams guess by themselves is no copy.
    best = torch.tensor([-1, 2, 3, -1, -1])
    assert Repeats(best).right(tokens)[0].nonzero()[:, 0].tolist() == [6, 7]
    assert not Repeats(best).wrong(tokens).any()


def test_short_types_of_tokens_will_do_and_a_single_token_repeats_nothing() -> None:
    repeats = Repeats(torch.full((3,), -1))
    tokens = torch.tensor([[2, 1, 2, 1]], dtype=torch.int32)
    assert repeats.right(tokens).tolist() == [[False, False, True, False]]
    assert not repeats.right(tokens[:, :1]).any()


def test_the_guess_is_the_most_frequent_token_the_first_of_equals_and_none_after_the_unseen() -> None:
    text = torch.tensor([[0, 1, 0, 2, 0, 2, 3, 3, 1, 3, 1]])
    # After 0: 2 twice, 1 once. After 1: 0 and 3 once each. After 2: 0 and 3. After 3: 1 twice, 3 once. 4: never.
    assert guesses(Conditional(Counter(5).add(text).counts())).tolist() == [2, 0, 0, 1, -1]


def test_guesses_are_the_largest_of_each_row() -> None:
    text = torch.randint(20, (1, 3000), generator=torch.Generator().manual_seed(0))
    conditional = Conditional(Counter(21).add(text).counts())
    for token, guess in enumerate(guesses(conditional).tolist()):
        columns, probabilities = conditional.row(token)
        if not len(columns):
            assert guess == -1
        else:
            assert guess == int(columns[probabilities == probabilities.max()].min())
