import pytest
import torch
from torch import Tensor

from interp.ablation.keys import by_token, called, keyed, with_first
from interp.errors import ShapeError

TOKENS = torch.tensor([[7, 3, 3], [8, 3, 5]])


def test_the_key_of_a_token_is_the_token_itself() -> None:
    assert torch.equal(by_token(TOKENS.to(torch.uint8)), TOKENS)
    assert by_token(TOKENS.to(torch.uint8)).dtype == torch.int64


def test_with_the_first_token_keys_are_the_same_only_where_both_tokens_are() -> None:
    keys = with_first(TOKENS.int())
    assert keys.dtype == torch.int64
    assert keys[0, 1] == keys[0, 2]
    assert len(keys.unique()) == 5
    every = torch.cartesian_prod(torch.tensor([0, 1, 2**31 - 1]), torch.tensor([0, 1, 2**31 - 1]))
    assert len(with_first(every)[:, 1].unique()) == 9


def test_keys_that_are_no_integer_for_each_token_are_errors() -> None:
    for wrong in (lambda tokens: tokens[:, 0], lambda tokens: tokens.float(), lambda tokens: tokens.tolist()):
        with pytest.raises(ShapeError, match="must give an integer for each of \\[2, 3\\] tokens"):
            keyed(wrong, TOKENS)
    assert keyed(lambda tokens: tokens > 4, TOKENS).tolist() == [[1, 0, 0], [1, 0, 1]]


def parity(tokens: Tensor) -> Tensor:
    return tokens % 2


class Halved:
    def __call__(self, tokens: Tensor) -> Tensor:
        return tokens // 2


def test_keys_have_names_that_a_file_can_hold() -> None:
    assert (called(by_token), called(with_first)) == ("by_token", "with_first")
    assert called(Halved()) == called(Halved()) == f"{__name__}.Halved"
    assert called(parity) == f"{__name__}.parity"
