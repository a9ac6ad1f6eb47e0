"""Looking things up, against a dictionary."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.counts.lookup import looked_up, ranges

KEYS = st.sets(st.integers(0, 20), max_size=12).map(sorted)


@settings(deadline=None, max_examples=40)
@given(keys=KEYS, wanted=st.lists(st.integers(-2, 22), max_size=20))
def test_every_wanted_key_gets_its_value_and_others_get_nothing(keys: list[int], wanted: list[int]) -> None:
    values = torch.arange(len(keys)) + 100
    known, asked = torch.tensor(keys, dtype=torch.int64), torch.tensor(wanted, dtype=torch.int64)
    truth = dict(zip(keys, values.tolist(), strict=True))
    found = looked_up(known, asked, values)
    assert found.tolist() == [truth.get(key, 0) for key in wanted]
    assert torch.equal(looked_up(known, asked.expand(2, -1).T, values), found.expand(2, -1).T)


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=8))
def test_ranges_stand_end_to_end(rows: list[tuple[int, int]]) -> None:
    begins, lengths = torch.tensor(rows, dtype=torch.int64).reshape(-1, 2).T
    truth = [place for begin, length in rows for place in range(begin, begin + length)]
    assert ranges(begins, lengths).tolist() == truth
