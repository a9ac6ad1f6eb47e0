from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from interp.errors import FileError, ShapeError
from interp.store.index import Index, Trace, joined, read_index, split

COLUMNS = {name: torch.arange(3).int() + 10 * place for place, name in enumerate(Index._fields)}
DOCUMENTS = torch.tensor([4, 4, 9, 9, 9, 2, 4, 2, 30, 30, 31, 32, 33, 34, 9]).int()


def test_the_index_of_shards_is_joined_in_their_order(tmp_path: Path) -> None:
    save_file(COLUMNS, tmp_path / "a")
    one = read_index(tmp_path / "a", 3)
    assert one.trace(1) == Trace(sequence=1, position=11, document=21, place=31, token=41)
    both = joined([one, Index(*(column + 100 for column in one))])
    assert both.place.tolist() == [30, 31, 32, 130, 131, 132]


@pytest.mark.parametrize("change", ["type", "length", "missing", "more"])
def test_other_columns_are_refused_by_the_name_of_the_file(tmp_path: Path, change: str) -> None:
    columns = {
        "type": {**COLUMNS, "token": torch.arange(3)},
        "length": {**COLUMNS, "token": torch.arange(4).int()},
        "missing": {name: column for name, column in COLUMNS.items() if name != "token"},
        "more": {**COLUMNS, "loss": torch.arange(3).int()},
    }[change]
    save_file(columns, tmp_path / "a")
    with pytest.raises(FileError, match=str(tmp_path / "a")):
        read_index(tmp_path / "a", 3)


@pytest.mark.parametrize(("share", "held"), [(0.5, 4), (0.25, 2), (0.01, 1), (0.99, 7)])
def test_a_split_has_whole_documents_on_either_side(share: float, held: int) -> None:
    train, validation = split(DOCUMENTS, share, torch.Generator().manual_seed(0))
    assert sorted(train.tolist() + validation.tolist()) == list(range(len(DOCUMENTS)))
    assert train.tolist() == sorted(train.tolist())
    assert validation.tolist() == sorted(validation.tolist())
    sides = set(DOCUMENTS[train].tolist()), set(DOCUMENTS[validation].tolist())
    assert not sides[0] & sides[1]
    assert len(sides[1]) == held


def test_a_split_is_drawn_by_its_generator_and_every_document_may_be_held_back() -> None:
    first, again, *others = (
        split(DOCUMENTS, 0.25, torch.Generator().manual_seed(seed))[1].tolist() for seed in (0, 0, *range(1, 40))
    )
    assert first == again
    assert {row for rows in others for row in rows} == set(range(len(DOCUMENTS)))


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ShapeError, match="between 0 and 1"):
        split(DOCUMENTS, share, torch.Generator())


def test_a_single_document_cannot_be_split() -> None:
    with pytest.raises(ShapeError, match="1 document cannot be split"):
        split(torch.ones(9, dtype=torch.int32), 0.5, torch.Generator())
