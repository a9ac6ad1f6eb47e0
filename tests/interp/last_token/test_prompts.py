import torch

from interp.last_token.prompts import Prompts


def test_a_part_keeps_each_answer_with_its_prompt() -> None:
    prompts = Prompts(torch.arange(12).reshape(4, 3), torch.tensor([30, 31, 32, 33]))
    by_mask = prompts.part(torch.tensor([True, False, True, False]))
    assert by_mask.tokens.tolist() == [[0, 1, 2], [6, 7, 8]]
    assert by_mask.answers.tolist() == [30, 32]
    by_number = prompts.part(torch.tensor([3, 0, 0]))
    assert by_number.tokens.tolist() == [[9, 10, 11], [0, 1, 2], [0, 1, 2]]
    assert by_number.answers.tolist() == [33, 30, 30]


def test_a_part_may_be_empty() -> None:
    none = Prompts(torch.zeros(2, 3).long(), torch.zeros(2).long()).part(torch.zeros(2).bool())
    assert none.tokens.shape == (0, 3)
    assert none.answers.shape == (0,)
