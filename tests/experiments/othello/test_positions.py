import numpy as np
import torch

from experiments.othello.labels import Owner
from experiments.othello.positions import Positions
from experiments.othello.rules import Rules
from experiments.othello.sample import Sample, held_out

SAMPLE = held_out(Rules(6), 5, 0, "positions")


def _one_by_one(sample: Sample) -> list[tuple[int, int, list[int], list[bool], int]]:
    """Game, ply, owners, legal squares and last square of every position, in plain Python."""
    trace, found = sample.trace, []
    for game, plies in enumerate(sample.seen.tolist()):
        for ply, token in enumerate(plies):
            if token == 0:
                continue
            black, white = int(trace.black[game, ply]), int(trace.white[game, ply])
            mine, theirs = (black, white) if trace.next_mover[game, ply] == 0 else (white, black)
            places = range(trace.rules.squares)
            owners = [1 if mine >> place & 1 else 2 if theirs >> place & 1 else 0 for place in places]
            legal = [bool(int(trace.legal[game, ply]) >> place & 1) for place in places]
            found.append((game, ply, owners, legal, int(trace.rules.playable[token - 1])))
    return found


def test_rows_are_the_positions_of_all_games_in_order() -> None:
    rows = Positions.of(SAMPLE)
    assert [
        (int(rows.game[i]), int(rows.ply[i]), rows.owner[i].tolist(), rows.legal[i].tolist(), int(rows.moved[i]))
        for i in range(len(rows))
    ] == _one_by_one(SAMPLE)


def test_the_disc_just_put_is_theirs() -> None:
    rows = Positions.of(SAMPLE)
    assert (rows.owner[torch.arange(len(rows)), rows.moved] != Owner.EMPTY).all()
    # Whose it is can be said where nobody had to pass: the player who has just moved is the opponent of the next one.
    trace = SAMPLE.trace
    passed = torch.from_numpy(trace.mover == trace.next_mover)[:, :-1]
    regular = ~rows.rows(passed)
    assert (rows.owner[torch.arange(len(rows)), rows.moved][regular] == Owner.THEIRS).all()


def test_some_plies_only() -> None:
    rows = Positions.of(SAMPLE, slice(4, 9))
    assert sorted(set(rows.ply.tolist())) == [4, 5, 6, 7, 8]
    assert len(rows) == 25


def test_rows_of_a_table_and_parts() -> None:
    rows = Positions.of(SAMPLE)
    table = torch.arange(5 * SAMPLE.seen.shape[1]).view(5, -1)
    assert rows.rows(table).tolist() == (rows.game * SAMPLE.seen.shape[1] + rows.ply).tolist()
    some = rows.part(rows.ply == 3)
    assert len(some) == 5
    assert (some.ply == 3).all()
    assert np.array_equal(some.owner.numpy(), rows.owner[rows.ply == 3].numpy())
