import torch

from interp.ablation.rows import laid_out

TOKENS = torch.tensor([[9, 5, 3], [9, 4, 3], [8, 5, 3], [8, 5, 3]])


def test_rows_of_a_case_by_hand() -> None:
    rows, number = laid_out(TOKENS, TOKENS)
    assert [slot.tolist() for slot in rows.slots] == [[8, 9], [4, 5], [3]]
    assert number.tolist() == [[1, 3, 4], [1, 2, 4], [0, 3, 4], [0, 3, 4]]
    assert rows.counts.tolist() == [2, 2, 1, 3, 4]
    assert rows.position.tolist() == [0, 0, 1, 1, 2]
    assert rows.token.tolist() == [8, 9, 4, 5, 3]
    assert rows.first.tolist() == [8, 9, 9, -1, -1]


def test_a_row_of_several_tokens_can_be_run_with_the_smallest() -> None:
    rows, _ = laid_out(TOKENS, torch.tensor([[1, 2, 3]]).expand(4, -1))
    assert rows.token.tolist() == [8, 4, 3]
    assert rows.first.tolist() == [-1, -1, -1]


def test_every_key_is_found_at_its_own_position_and_nowhere_else() -> None:
    generator = torch.Generator().manual_seed(0)
    keys = torch.randint(-(2**62), 2**62, (30, 4), generator=generator)
    keys[:, 1] = keys[:, 0].roll(1)
    keys[15:, 2] = keys[:15, 2]
    rows, number = laid_out(torch.zeros_like(keys), keys)
    assert torch.equal(rows.find(keys), number)
    place = {(int(p), int(k)): r for r, (p, k) in enumerate(zip(rows.position, torch.cat(rows.slots), strict=True))}
    mixed = keys[:, torch.tensor([1, 2, 2, 0])]
    slow = [[place.get((position, key), -1) for position, key in enumerate(row)] for row in mixed.tolist()]
    assert rows.find(mixed).tolist() == slow
    edges = torch.tensor([[-(2**63)] * 4, [2**63 - 1] * 4])
    assert rows.find(edges).eq(-1).all()
