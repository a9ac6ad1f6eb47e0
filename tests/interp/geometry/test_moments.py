import pytest
import torch

import interp
from interp import Model, ModelError, ShapeError
from interp.geometry.moments import Moments, moments
from tests.architectures import fresh, some_tokens
from tests.interp.geometry.made import normal, stored

TOKENS = some_tokens(batch=11)
PARTS = ("means", "input_mean", "products", "to_input", "to_output")


def require_close(found: Moments, truth: Moments, slack: float = 1e-12) -> None:
    assert found.rows == truth.rows
    for part in PARTS:
        one, other = getattr(found, part), getattr(truth, part)
        torch.testing.assert_close(one, other, rtol=slack, atol=slack * float(other.abs().max()), msg=part)


def test_they_are_the_products_of_stored_activations(model: Model) -> None:
    found = moments(model, TOKENS, batch=4)
    streams, inputs = stored(model, TOKENS)
    assert (found.rows, found.depth, found.width) == (TOKENS.numel(), model.depth, model.width)
    embedded, output = inputs - inputs.mean(0), streams[-1] - streams[-1].mean(0)
    torch.testing.assert_close(found.input_mean, inputs.mean(0))
    for depth, stream in enumerate(streams):
        centred = stream - stream.mean(0)
        torch.testing.assert_close(found.means[depth], stream.mean(0), rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(found.products[depth], centred.T @ centred, rtol=1e-5, atol=1e-4)
        torch.testing.assert_close(found.to_input[depth], centred.T @ embedded, rtol=1e-5, atol=1e-4)
        torch.testing.assert_close(found.to_output[depth], centred.T @ output, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("batch", [1, 3, 10, 11, 100])
def test_how_many_sequences_run_together_does_not_matter(batch: int) -> None:
    model = interp.load(fresh("gpt2").double())
    require_close(moments(model, TOKENS, batch=batch), moments(model, TOKENS, batch=11))


def test_moments_of_parts_merge_in_any_order_to_those_of_all_rows() -> None:
    streams, inputs = [normal(50, 4, seed) + 3 * seed for seed in range(3)], normal(50, 4, 9) - 5
    truth = Moments.of(streams, inputs)
    cuts = [(0, 1), (1, 20), (20, 50)]
    parts = [Moments.of([one[low:high] for one in streams], inputs[low:high]) for low, high in cuts]
    require_close(Moments.merged(parts), truth)
    require_close(Moments.merged([parts[2], Moments.merged(parts[:2])]), truth)
    assert Moments.merged([truth]) is truth


def test_a_mean_far_from_zero_costs_no_digits() -> None:
    small = normal(400, 4)
    streams = [small, small + 1e6]
    parts = [Moments.of([one[low : low + 50] for one in streams], small[low : low + 50]) for low in range(0, 400, 50)]
    found = Moments.merged(parts)
    torch.testing.assert_close(found.products[1], found.products[0], rtol=1e-8, atol=1e-6)


def test_edits_act_and_position_is_part_of_the_stream_but_not_of_the_input(gpt2: Model) -> None:
    same = torch.full((5, 7), 3)
    found = moments(gpt2, same)
    assert found.products[0].norm() > 1
    assert found.to_input.norm() < 1e-6
    with interp.edited(gpt2, interp.replace(interp.resid(1), torch.ones(gpt2.width))):
        assert moments(gpt2, TOKENS).products[1].norm() < 1e-9


def test_the_scale_that_a_model_puts_on_its_embeddings_is_not_in_the_input() -> None:
    model = interp.load(fresh("gemma"))
    found = moments(model, TOKENS)
    torch.testing.assert_close(found.means[0], found.input_mean * model.width**0.5)


def test_half_precision_is_summed_in_double(gpt2: Model) -> None:
    half = interp.load(fresh("gpt2").to(torch.bfloat16))
    found = moments(half, TOKENS)
    assert found.products.dtype == torch.float64
    torch.testing.assert_close(found.products[0], moments(gpt2, TOKENS).products[0], rtol=0.1, atol=0.3)


def test_activations_of_other_shapes_and_none_at_all_are_refused(unchecked: None) -> None:
    rows = normal(5, 4)
    for streams, inputs in (([], rows), ([rows, rows[:3]], rows), ([rows[:0]], rows[:0])):
        with pytest.raises(ShapeError, match="streams"):
            Moments.of(streams, inputs)


def test_bad_input_is_refused() -> None:
    rows = normal(5, 4)
    with pytest.raises(ShapeError, match="one shape"):
        Moments.merged([])
    with pytest.raises(ShapeError, match="one shape"):
        Moments.merged([Moments.of([rows], rows), Moments.of([rows, rows], rows)])
    with pytest.raises(ShapeError, match="batch"):
        moments(interp.load(fresh("gpt2")), TOKENS, batch=0)
    with pytest.raises(ShapeError, match="not in the vocabulary"):
        moments(interp.load(fresh("gpt2")), TOKENS + 1000)


def test_a_model_that_makes_nan_is_named() -> None:
    model = interp.load(fresh("gpt2"))
    model.hf.transformer.h[1].mlp.c_proj.bias.data.fill_(torch.nan)
    with pytest.raises(ModelError, match=r"has no moments.*NaN"):
        moments(model, TOKENS)
