from math import isnan

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from interp import Model, load
from interp.errors import ModelError, ShapeError
from interp.stats import Interval
from interp.subnetworks.losses import EMPTY, FILLS, FULL, Row, loss, necessity, sequence_losses, sufficiency
from interp.subnetworks.mask import Mask
from interp.subnetworks.pruned import ablated, pruned
from tests.architectures import fresh, some_tokens
from tests.interp.subnetworks.some import generator, some_mask

TOKENS = some_tokens(5, 6)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def mean(model: Model) -> float:
    """The slow obvious loss."""
    with torch.no_grad():
        logits = model(TOKENS).double()
    return float(cross_entropy(logits[:, :-1].flatten(0, 1), TOKENS[:, 1:].flatten()))


def rows(table: list[Row]) -> dict[tuple[str, str | None], Row]:
    return {(row.name, row.fill): row for row in table}


def test_losses_are_those_of_the_logits(model: Model) -> None:
    found = loss(model, TOKENS, rng())
    assert found.value == pytest.approx(mean(model), rel=1e-5)
    assert found.n == 5
    assert found.low < found.value < found.high
    assert sequence_losses(model, TOKENS).shape == (5,)


def test_tables_hold_the_losses_of_pruned_and_ablated_models(gpt2: Model) -> None:
    mask = some_mask(gpt2)
    without = rows(necessity(gpt2, TOKENS, {"some": mask}, generator(), fills=["zero", "mean"]))
    alone = rows(sufficiency(gpt2, TOKENS, {"some": mask}, generator(), fills=["zero", "mean"]))
    assert (
        without.keys() == alone.keys() == {(FULL, None)} | {(n, f) for n in (EMPTY, "some") for f in ("zero", "mean")}
    )
    for fill in ("zero", "mean"):
        with pruned(gpt2, mask, fill):
            assert alone["some", fill].loss.value == pytest.approx(mean(gpt2), rel=1e-5)
        with ablated(gpt2, mask, fill):
            assert without["some", fill].loss.value == pytest.approx(mean(gpt2), rel=1e-5)
        with pruned(gpt2, Mask.empty(gpt2), fill):
            assert without[EMPTY, fill].loss.value == pytest.approx(mean(gpt2), rel=1e-5)
    assert without[FULL, None].loss.value == pytest.approx(mean(gpt2), rel=1e-5)
    assert alone["some", "zero"].left == mask.size
    assert without["some", "zero"].left == mask.total - mask.size
    assert (without[FULL, None].left, without[EMPTY, "zero"].left) == (mask.total, 0)


def test_changes_are_paired_with_the_full_model_and_recovered_runs_from_empty_to_full(gpt2: Model) -> None:
    found = rows(sufficiency(gpt2, TOKENS, {"some": some_mask(gpt2)}, generator(), fills=["zero"]))
    full, empty, some = found[FULL, None], found[EMPTY, "zero"], found["some", "zero"]
    assert full.change == Interval(0, 0, 0, 5)
    assert some.change.value == pytest.approx(some.loss.value - full.loss.value)
    assert some.recovered == pytest.approx((empty.loss.value - some.loss.value) / (empty.loss.value - full.loss.value))
    assert empty.recovered == 0
    assert isnan(full.recovered), "which empty model it would be held against depends on the fill"


def test_full_and_empty_masks_are_the_full_and_the_empty_model(gpt2: Model) -> None:
    masks = {"all": Mask.full(gpt2), "none": Mask.empty(gpt2)}
    alone = rows(sufficiency(gpt2, TOKENS, masks, generator(), fills=["zero"]))
    without = rows(necessity(gpt2, TOKENS, masks, generator(), fills=["zero"]))
    assert alone["all", "zero"].loss == without["none", "zero"].loss == alone[FULL, None].loss
    assert alone["none", "zero"].loss == without["all", "zero"].loss == alone[EMPTY, "zero"].loss
    assert alone["all", "zero"].recovered == 1
    assert alone["none", "zero"].recovered == 0


def test_all_fills_are_tried_unless_some_are_asked_for(gpt2: Model) -> None:
    table = necessity(gpt2, TOKENS, {"a": some_mask(gpt2), "b": some_mask(gpt2, seed=1)}, generator())
    assert [(row.name, row.fill) for row in table] == [(FULL, None)] + [
        (name, fill) for fill in FILLS for name in (EMPTY, "a", "b")
    ]
    assert len({row.loss.value for row in table}) == len(table)


def test_resampling_averages_its_draws(gpt2: Model) -> None:
    mask = some_mask(gpt2)
    one, several = (
        rows(sufficiency(gpt2, TOKENS, {"some": mask}, generator(2), fills=["resample"], draws=draws))[
            "some", "resample"
        ]
        for draws in (1, 3)
    )
    draw = generator(2)
    torch.randint(2**62, (), generator=draw)
    values = []
    for kept in [Mask.empty(gpt2)] * 3 + [mask] * 3:
        with pruned(gpt2, kept, "resample", draw):
            values.append(mean(gpt2))
    assert several.loss.value == pytest.approx(np.mean(values[3:]), rel=1e-5)
    assert one.loss.value != several.loss.value


def test_the_same_generator_gives_the_same_table(gpt2: Model) -> None:
    masks = {"some": some_mask(gpt2)}
    assert str(necessity(gpt2, TOKENS, masks, generator(1))) == str(necessity(gpt2, TOKENS, masks, generator(1)))


def test_bad_tables_are_refused(gpt2: Model) -> None:
    mask = some_mask(gpt2)
    with pytest.raises(ShapeError, match="at least one mask"):
        necessity(gpt2, TOKENS, {}, generator())
    with pytest.raises(ShapeError, match="one draw"):
        necessity(gpt2, TOKENS, {"some": mask}, generator(), draws=0)
    other = some_mask(gpt2, names="transformer.h.0.mlp.c_fc.weight")
    with pytest.raises(ShapeError, match="different parameters"):
        sufficiency(gpt2, TOKENS, {"some": mask, "other": other}, generator())
    with pytest.raises(ShapeError, match="full model"):
        necessity(gpt2, TOKENS, {"full model": mask}, generator())
    with pytest.raises(ModelError, match="mask is of the model"):
        necessity(gpt2, TOKENS, {"some": Mask(dict(mask.kept), "another")}, generator())


def test_a_loss_that_is_no_number_is_said_plainly() -> None:
    model = load(fresh("gpt2"))
    with torch.no_grad():
        model.hf.transformer.ln_f.bias.fill_(float("nan"))
    with pytest.raises(ModelError, match="nan"):
        loss(model, TOKENS, rng())
