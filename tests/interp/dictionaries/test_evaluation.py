import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from interp import FileError, ShapeError
from interp.dictionaries.evaluation import Evaluation, evaluate
from interp.files import read_json, write_json
from interp.stats import bootstrap
from tests.interp.dictionaries.small import Small, constant, identity, random, some_rows

NUMBERS = ("explained_variance", "mean_squared_error", "cosine", "norm_ratio", "shrinkage", "l0", "dead_share")


def same(one: Evaluation, other: Evaluation) -> None:
    for name in NUMBERS:
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-12), name
    assert one.rows == other.rows
    assert torch.equal(one.fired, other.fired)


def test_every_number_is_that_of_the_whole_computed_plainly() -> None:
    rows, dictionary = some_rows(dtype=torch.float64), random(6, 20)
    with torch.no_grad():
        latents = dictionary.encode(rows)
        back = dictionary.decode(latents)
    found = evaluate(dictionary, rows, batch=7)
    residual, spread = (rows - back).square().sum(), (rows - rows.mean(0)).square().sum()
    assert found.explained_variance == pytest.approx(1 - float(residual / spread), rel=1e-12)
    assert found.mean_squared_error == pytest.approx(float(residual) / 100, rel=1e-12)
    assert found.cosine == pytest.approx(float(torch.cosine_similarity(rows, back).mean()), rel=1e-12)
    assert found.norm_ratio == pytest.approx(float(back.norm(dim=1).sum() / rows.norm(dim=1).sum()), rel=1e-12)
    assert found.shrinkage == pytest.approx(float(back.square().sum() / (back * rows).sum()), rel=1e-12)
    assert found.l0 == pytest.approx(float((latents > 0).sum(1).double().mean()), rel=1e-12)
    assert torch.equal(found.density, (latents > 0).double().mean(0))
    assert found.dead_share == float((latents == 0).all(0).double().mean())
    assert found.live.tolist() == [at for at in range(20) if latents[:, at].any()]
    assert found.rows == 100
    assert found.explained_variance_interval is None


@pytest.mark.parametrize("size", [1, 3, 64, 99, 100, 1000])
def test_batched_equals_whole(size: int) -> None:
    rows, dictionary = some_rows(dtype=torch.float64), random(6, 20)
    whole = evaluate(dictionary, rows)
    same(evaluate(dictionary, rows, batch=size), whole)
    same(evaluate(dictionary, rows.split(size)), whole)


def test_an_empty_batch_changes_nothing() -> None:
    rows, dictionary = some_rows(dtype=torch.float64), random(6, 20)
    same(evaluate(dictionary, [rows[:0], rows[:40], rows[:0], rows[40:]]), evaluate(dictionary, rows))


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_dictionary_that_predicts_the_mean_explains_exactly_nothing(size: int) -> None:
    rows = some_rows()
    found = evaluate(constant(rows.double().mean(0).float()), rows, batch=size)
    assert found.explained_variance == 0.0
    assert found.l0 == 0.0
    assert found.dead_share == 1.0


def test_a_dictionary_that_gives_back_what_it_reads_explains_everything() -> None:
    found = evaluate(identity(6), some_rows(), batch=7)
    assert found.explained_variance == 1.0
    assert found.mean_squared_error == 0.0
    assert found.shrinkage == 1.0
    assert found.l0 == 6.0, "one latent a dimension, for its sign"


def test_a_dictionary_of_zeros_has_no_shrinkage_and_explains_less_than_the_mean() -> None:
    found = evaluate(constant(torch.zeros(6)), some_rows())
    assert found.explained_variance < 0
    assert found.shrinkage is None
    assert found.cosine == found.norm_ratio == 0.0


def test_a_dead_dictionary_is_measured_and_its_live_latents_are_an_error() -> None:
    found = evaluate(constant(torch.ones(6)), some_rows())
    assert found.histogram().dead == 5
    assert found.histogram().counts.sum() == 0
    with pytest.raises(ShapeError, match=r"none of the 5 latents fired in 100 rows: .* dead here"):
        found.live  # noqa: B018


def test_one_latent_is_enough() -> None:
    rows = some_rows(width=1)
    found = evaluate(Small(torch.ones(1, 1), torch.ones(1, 1), b_enc=4.0, b_dec=-4.0), rows)
    assert found.explained_variance == pytest.approx(1, abs=1e-6)
    assert found.fired.tolist() == [100]


@pytest.mark.parametrize("rows", [some_rows(1), torch.full((50, 6), 0.1), torch.full((50, 6), 0.1).double()])
def test_rows_that_are_all_the_same_are_an_error(rows: Tensor) -> None:
    with pytest.raises(ShapeError, match="the same: there is no variance to explain"):
        evaluate(identity(6), rows)


def test_no_rows_are_an_error() -> None:
    for empty in (some_rows()[:0], [], [some_rows()[:0]]):
        with pytest.raises(ShapeError, match="there are no rows"):
            evaluate(identity(6), empty)
    with pytest.raises(ShapeError, match="there are no rows"):
        evaluate(identity(6), some_rows(), rows=torch.tensor([], dtype=torch.int64))


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_row_that_is_no_number_is_named(value: float) -> None:
    rows = some_rows()
    rows[61, 3] = value
    with pytest.raises(ShapeError, match="activation row 61 holds"):
        evaluate(identity(6), rows, batch=8)


def test_a_dictionary_that_makes_no_numbers_is_named_as_the_cause() -> None:
    broken = identity(6)
    broken.W_dec.data[3, 2] = torch.nan
    with pytest.raises(ShapeError, match="reconstructed row 0 holds NaN"):
        evaluate(broken, some_rows())


def test_a_generator_cannot_be_read_twice_and_is_refused_before_anything_is_lost() -> None:
    batches = iter(some_rows().split(20))
    with pytest.raises(ShapeError, match="read only once"):
        evaluate(identity(6), batches)
    assert len(list(batches)) == 5


def test_batches_that_change_between_readings_are_an_error() -> None:
    class Fewer:
        def __init__(self) -> None:
            self.left = 3

        def __iter__(self) -> Iterator[Tensor]:
            self.left -= 1
            return iter(some_rows().split(20)[: self.left])

    with pytest.raises(ShapeError, match="40 rows when first read and 20"):
        evaluate(identity(6), Fewer())


def test_rows_can_be_chosen() -> None:
    rows, chosen = some_rows(dtype=torch.float64), torch.tensor([5, 99, 3, 3, 40, 7])
    dictionary = random(6, 20)
    same(evaluate(dictionary, rows, rows=chosen, batch=4), evaluate(dictionary, rows[chosen]))
    for wrong in ([100], [-1]):
        with pytest.raises(ShapeError, match="must be 0 to 99"):
            evaluate(dictionary, rows, rows=torch.tensor(wrong))
    with pytest.raises(ShapeError, match="not from batches"):
        evaluate(dictionary, [rows], rows=chosen)


def test_what_can_be_cut_like_a_tensor_is_read_like_one() -> None:
    class Rows:
        """As much as a site of a store offers."""

        shape = torch.Size([100, 6])

        def __len__(self) -> int:
            return 100

        def __getitem__(self, key: slice | Tensor) -> Tensor:
            return some_rows(dtype=torch.float64)[key]

    dictionary = random(6, 20)
    same(evaluate(dictionary, Rows(), batch=9), evaluate(dictionary, some_rows(dtype=torch.float64)))
    same(
        evaluate(dictionary, Rows(), rows=torch.arange(50)),
        evaluate(dictionary, some_rows(dtype=torch.float64)[:50]),
    )


def test_half_precision_rows_are_summed_in_double() -> None:
    rows = (some_rows() * 1000).half()
    found = evaluate(identity(6), rows)
    assert found.explained_variance == 1.0
    assert np.isfinite(found.norm_ratio)


@pytest.mark.parametrize("rows", [torch.ones(4, 6, dtype=torch.int64), torch.ones(6), torch.ones(3, 5)])
def test_rows_that_no_dictionary_can_read_are_refused(rows: Tensor, unchecked: None) -> None:
    if rows.shape == (3, 5):
        rows[1] = 2
    with pytest.raises(ShapeError, match=r"floating-point rows|reads rows of width 6"):
        evaluate(identity(6), rows)


def test_arrays_are_refused_with_the_type_that_is_needed() -> None:
    with pytest.raises(ShapeError, match=r"must be tensors \[row, width\], not ndarray"):
        evaluate(identity(6), some_rows().numpy())


def test_intervals_are_those_of_a_bootstrap_over_documents() -> None:
    rows, dictionary = some_rows(dtype=torch.float64), random(6, 20)
    documents = torch.tensor([7, 7, 3, 900, 3] * 20)
    found = evaluate(dictionary, rows, documents=documents, generator=np.random.default_rng(0), batch=7)
    with torch.no_grad():
        latents = dictionary.encode(rows)
        residual = (rows - dictionary.decode(latents)).square().sum(1)
    spread = (rows - rows.mean(0)).square().sum(1)
    groups = [documents == one for one in (3, 7, 900)]
    generator = np.random.default_rng(0)

    def by_document(part: Tensor) -> np.ndarray:
        return np.array([float(part[group].sum()) for group in groups])

    missed = bootstrap(by_document(residual), by_document(spread), generator)
    sparse = bootstrap(by_document((latents > 0).double()), by_document(torch.ones(100)), generator)
    assert found.explained_variance_interval is not None
    expected = (1 - missed.value, 1 - missed.high, 1 - missed.low, 3)
    assert found.explained_variance_interval == pytest.approx(expected, rel=1e-9)
    assert found.explained_variance_interval.value == pytest.approx(found.explained_variance, rel=1e-12)
    assert found.l0_interval == pytest.approx(sparse, rel=1e-9)
    assert found.explained_variance_interval.low < found.explained_variance < found.explained_variance_interval.high


def test_documents_come_with_a_generator_and_one_for_each_row() -> None:
    rows = some_rows()
    with pytest.raises(ShapeError, match="belong together"):
        evaluate(identity(6), rows, documents=torch.zeros(100, dtype=torch.int64))
    with pytest.raises(ShapeError, match="99 documents were named for 100 rows"):
        evaluate(
            identity(6), rows, documents=torch.zeros(99, dtype=torch.int64), generator=np.random.default_rng(0)
        )  # fmt: skip


def test_an_evaluation_survives_its_file(tmp_path: Path) -> None:
    rows, documents = some_rows(dtype=torch.float64), torch.arange(100) // 10
    for found in (
        evaluate(random(6, 20), rows, documents=documents, generator=np.random.default_rng(0)),
        evaluate(constant(torch.zeros(6)), some_rows()),
    ):
        write_json(tmp_path / "evaluation.json", found.to_json())
        back = Evaluation.from_json(read_json(tmp_path / "evaluation.json"))
        assert json.dumps(back.to_json()) == json.dumps(found.to_json())
        assert back.l0_interval == found.l0_interval
        assert torch.equal(back.fired, found.fired)


def test_what_is_no_evaluation_is_refused() -> None:
    content = evaluate(identity(6), some_rows()).to_json()
    del content["l0"]
    with pytest.raises(FileError, match=r"missing \['l0'\], unknown \['L0'\]"):
        Evaluation.from_json(content | {"L0": 3})
