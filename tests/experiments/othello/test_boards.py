import torch

from experiments.othello.boards import READINGS, readings
from experiments.othello.labels import Colour, Owner, colours, relative
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out


def test_readings_are_the_four_labels_in_the_order_of_their_names() -> None:
    trace = held_out(Rules(6), 10, seed=0).trace
    found = readings(trace)
    played = torch.from_numpy(trace.played[:, :-1])
    views = {
        "mine/theirs": relative(trace),
        "black/white": colours(trace),
        "mine/theirs before the move": relative(trace, before=True),
        "black/white before the move": colours(trace, before=True),
    }
    for place, name in enumerate(READINGS):
        assert torch.equal(found[:, :, place][played], torch.from_numpy(views[name])[:, :-1][played]), name


def test_the_board_before_the_first_move_is_the_opening() -> None:
    found = readings(held_out(Rules(4), 1, seed=0).trace)
    opening = found[0, 0, READINGS.index("black/white before the move")]
    assert opening.tolist() == [
        0,
        0,
        0,
        0,
        0,
        Colour.WHITE,
        Colour.BLACK,
        0,
        0,
        Colour.BLACK,
        Colour.WHITE,
        0,
        0,
        0,
        0,
        0,
    ]


def test_the_player_who_just_moved_is_theirs_after_the_move() -> None:
    sample = held_out(Rules(6), 5, seed=3)
    found = readings(sample.trace)
    first = Rules(6).playable[sample.tokens[:, 0].numpy() - 1]
    for game, square in enumerate(first):
        assert found[game, 0, 0, int(square)] == Owner.THEIRS
        assert found[game, 0, 1, int(square)] == Colour.BLACK


def test_positions_after_the_end_have_no_label() -> None:
    sample = held_out(Rules(4), 200, seed=0)
    found = readings(sample.trace)
    played = torch.from_numpy(sample.trace.played[:, :-1])
    assert not played.all()
    assert (found[~played] == -1).all()
    assert (found[played] >= 0).all()
