"""Cases from random games."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from experiments.othello.edits.cases import Cases, bits
from experiments.othello.edits.collecting import KINDS, Collection, collect, describe
from experiments.othello.edits.reachable import unreachable
from experiments.othello.edits.settings import Settings
from experiments.othello.games import replay
from experiments.othello.labels import Owner, relative
from experiments.othello.rules import Rules
from experiments.othello.tokens import decode
from interp.errors import InterpError

RULES = Rules(6)
FEW = Settings(pool=1500, choose=10, report=20, first_ply=4, last_ply=20)


@pytest.fixture(scope="module")
def found() -> Collection:
    return collect(RULES, FEW, 0, "report")


def test_every_kind_has_as_many_cases_as_were_asked_for(found: Collection) -> None:
    assert tuple(found.cases) == KINDS
    assert all(len(cases) == FEW.report for cases in found.cases.values())
    assert all(len(cases) == FEW.choose for cases in collect(RULES, FEW, 0, "choose").cases.values())


def test_every_case_has_legal_moves_and_an_effect_and_a_length_in_range(found: Collection) -> None:
    for cases in found.cases.values():
        assert cases.legal.any(1).all()
        assert cases.legal_edited.any(1).all()
        assert (cases.legal != cases.legal_edited).any(1).all()
        assert int(cases.length.min()) >= FEW.first_ply
        assert int(cases.length.max()) <= FEW.last_ply


def test_flips_change_the_owner_and_erasures_take_a_disc_outside_the_centre(found: Collection) -> None:
    for kind, cases in found.cases.items():
        if kind == "erase":
            assert (cases.target == Owner.EMPTY).all()
            assert not torch.isin(cases.square, torch.tensor(RULES.centre)).any()
        else:
            assert (cases.current + cases.target == Owner.MINE + Owner.THEIRS).all()
        assert (cases.current != Owner.EMPTY).all()


def test_no_game_is_in_two_cases(found: Collection) -> None:
    # Games that are long enough not to be the same by chance.
    whole = [tuple(row.tolist()) for cases in found.cases.values() for row in cases.tokens if row[9] > 0]
    assert len(whole) > 20
    assert len(set(whole)) == len(whole)


def test_witnesses_of_natural_cases_are_legal_games_to_the_edited_board(found: Collection) -> None:
    cases = found.cases["natural"]
    assert cases.witness is not None
    assert torch.equal((cases.witness > 0).sum(1), cases.length)
    trace = replay(RULES, decode(RULES, cases.witness.numpy()))
    reached = torch.from_numpy(relative(trace))[torch.arange(len(cases)), cases.length - 1]
    assert torch.equal(reached, cases.edited)
    own = replay(RULES, decode(RULES, cases.tokens.numpy()))
    rows = np.arange(len(cases)), cases.length.numpy() - 1
    assert (trace.next_mover[rows] == own.next_mover[rows]).all()


def proof(cases: Cases) -> np.ndarray:
    return unreachable(RULES, bits(cases.edited == Owner.MINE), bits(cases.edited == Owner.THEIRS))


def test_unnatural_boards_are_proved_unreachable_and_natural_ones_are_not(found: Collection) -> None:
    assert proof(found.cases["unnatural"]).all()
    assert not proof(found.cases["natural"]).any()


def test_what_is_drawn_is_counted_before_the_choice(found: Collection) -> None:
    for kind in ("flip", "erase"):
        drawn = found.drawn[kind]
        assert drawn["count"] > 300
        assert 0 < drawn["without_effect"] < 0.5
        assert 0 <= drawn["without_move"] < 0.05
        assert 0.5 < drawn["difference"] < describe(found.cases[kind])["difference"] + 0.5


def test_halves_and_seeds_have_games_of_their_own_and_can_be_made_again(found: Collection) -> None:
    again, other = (collect(RULES, FEW, seed, "report") for seed in (0, 1))
    choose = collect(RULES, FEW, 0, "choose")
    for kind, cases in found.cases.items():
        assert torch.equal(cases.tokens, again.cases[kind].tokens)
        assert torch.equal(cases.square, again.cases[kind].square)
        assert not torch.equal(cases.tokens[:10], choose.cases[kind].tokens)
        assert not torch.equal(cases.tokens, other.cases[kind].tokens)


@pytest.mark.parametrize("size", [4, 8])
def test_other_boards_have_cases_too(size: int) -> None:
    settings = replace(FEW, choose=3, pool=3000, first_ply=3, last_ply=30)
    found = collect(Rules(size), settings, 0, "choose")
    assert all(len(cases) == 3 for cases in found.cases.values())


def test_a_pool_with_too_few_cases_says_so() -> None:
    with pytest.raises(InterpError, match=r"30 random games have \d natural cases .* 20 are wanted: raise `pool`"):
        collect(RULES, replace(FEW, pool=30), 0, "report")


def test_histories_that_no_model_reads_are_an_error() -> None:
    with pytest.raises(InterpError, match="no history has 40 to 50 moves"):
        collect(RULES, replace(FEW, first_ply=40, last_ply=50), 0, "report")
    with pytest.raises(InterpError, match="first_ply must be 1 or more"):
        collect(RULES, replace(FEW, first_ply=0), 0, "report")


def test_the_description_of_a_case_by_hand() -> None:
    # After d3 white may move to c3, e3 and c5. Were d3 white's, d6 would close d5 and d4, and f5 would close e4.
    rules, length, owner = Rules(8), torch.tensor([1]), torch.tensor([int(Owner.MINE)], dtype=torch.int8)
    cases = Cases.of(rules, torch.tensor([[20]]), length, torch.tensor([19]), owner)
    assert describe(cases) == {
        "count": 1.0,
        "history": 1.0,
        "legal": 3.0,
        "legal_edited": 5.0,
        "difference": 2.0,
        "without_effect": 0.0,
    }
