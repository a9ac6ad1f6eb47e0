import torch

from experiments.othello.dictionaries.averages.squares import LEGAL, MINE, MOVED, THEIRS, Squares, group_means
from experiments.othello.dictionaries.averages.strongest import Strongest
from experiments.othello.dictionaries.subjects import Subjects


def test_the_four_boards_say_what_the_positions_say(who: Subjects) -> None:
    found = Squares.of(who.report)
    row = 17
    mine, theirs, moved, legal = found.mean(Strongest(1, torch.tensor([0]), torch.tensor([row])))[0]
    assert torch.equal(mine == 1, who.report.owner[row] == 1)
    assert torch.equal(theirs == 1, who.report.owner[row] == 2)
    assert moved.nonzero().tolist() == [[int(who.report.moved[row])]]
    assert torch.equal(legal == 1, who.report.legal[row])
    assert (MINE, THEIRS, MOVED, LEGAL) == (0, 1, 2, 3)


def test_what_is_usual_is_the_mean_over_the_plies_and_moves_of_the_rows(who: Subjects) -> None:
    found, positions = Squares.of(who.report), who.report
    rows = torch.tensor([3, 40, 41])
    top = Strongest(1, torch.zeros(3, dtype=torch.int64), rows)
    same_ply = [positions.ply == positions.ply[row] for row in rows]
    same_move = [mask & (positions.moved == positions.moved[row]) for mask, row in zip(same_ply, rows, strict=True)]
    for usual, masks in ((found.at_ply(top), same_ply), (found.after_move(top), same_move)):
        by_hand = torch.stack([(positions.owner[mask] == 1).float().mean(0) for mask in masks]).mean(0)
        torch.testing.assert_close(usual[0, MINE], by_hand)
    played = positions.moved[rows]
    assert (found.after_move(top)[0, THEIRS][played] > 0).all()


def test_a_square_just_played_is_theirs_after_that_move_unless_they_move_again(who: Subjects) -> None:
    found = Squares.of(who.select)
    every = Strongest(len(who.select), torch.arange(len(who.select)), torch.arange(len(who.select)))
    usual, moved = found.after_move(every), who.select.moved[:, None]
    mine, theirs = (usual[:, board].gather(1, moved)[:, 0] for board in (MINE, THEIRS))
    torch.testing.assert_close(mine + theirs, torch.ones(len(mine)))
    again = who.select.owner.gather(1, moved)[:, 0] == 1
    assert torch.equal(mine > 0, torch.isin(found.move, found.move[again]))


def test_a_group_without_a_row_has_a_mean_of_0() -> None:
    means = group_means(torch.tensor([[1.0], [3.0], [5.0]]), torch.tensor([0, 0, 2]))
    assert means.tolist() == [[2.0], [0.0], [5.0]]
