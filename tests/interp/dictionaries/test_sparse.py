"""Encoding and decoding along a code, against autograd through the dense products."""

import pytest
import torch
from torch import Tensor

from interp.dictionaries.code import Code
from interp.dictionaries.sparse import Transposed, decode, entries

ROWS, WIDTH, LATENTS = 9, 5, 12


def draw(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def codes() -> dict[str, Code]:
    """Rows and latents without entries, all entries, none."""
    some = draw(ROWS, LATENTS, seed=0) > 0.5
    some[[0, 4, 8]] = False
    some[:, [0, 7, 11]] = False
    every = torch.ones(ROWS, LATENTS, dtype=torch.bool)
    return {"some": Code.of(some), "all": Code.of(every), "none": Code.of(~every)}


@pytest.fixture(params=["some", "all", "none"])
def code(request: pytest.FixtureRequest) -> Code:
    return codes()[request.param]


def mask(code: Code) -> Tensor:
    return code.dense(torch.ones(len(code.latents), dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_product_with_a_transposed_code_is_the_dense_one(code: Code, dtype: torch.dtype) -> None:
    values, rows = draw(len(code.latents), seed=1).to(dtype), draw(ROWS, WIDTH, seed=2).to(dtype)
    found = Transposed.of(code).times(values, rows)
    torch.testing.assert_close(found, code.dense(values).T @ rows)


def test_entries_have_the_dense_values_and_gradients(code: Code) -> None:
    rows = draw(ROWS, WIDTH, seed=3)
    parameters = [draw(LATENTS, WIDTH, seed=4), draw(LATENTS, seed=5), draw(WIDTH, seed=6)]
    encoder, bias, centre = (one.requires_grad_() for one in parameters)
    dense = (rows - centre) @ encoder.T + bias
    found = entries(dense.detach(), (rows - centre).detach(), encoder, bias, centre, code, Transposed.of(code))
    assert torch.equal(found, dense[code.rows, code.latents])
    weighting = draw(len(code.latents), seed=7)
    found_gradients = torch.autograd.grad((found * weighting).sin().sum(), parameters)
    wanted = torch.autograd.grad((dense * code.dense(weighting)).sin().sum(), parameters)
    for ours, truth in zip(found_gradients, wanted, strict=True):
        torch.testing.assert_close(ours, truth, rtol=1e-12, atol=1e-12)


def test_decoding_has_the_dense_values_and_gradients(code: Code) -> None:
    values, decoder = draw(len(code.latents), seed=8).requires_grad_(), draw(LATENTS, WIDTH, seed=9).requires_grad_()
    found = decode(values, decoder, code, Transposed.of(code))
    dense = code.dense(values) @ decoder
    torch.testing.assert_close(found, dense, rtol=1e-12, atol=1e-12)
    target = draw(ROWS, WIDTH, seed=10)
    found_gradients = torch.autograd.grad((found - target).square().sum(), [values, decoder])
    wanted = torch.autograd.grad((dense - target).square().sum(), [values, decoder])
    for ours, truth in zip(found_gradients, wanted, strict=True):
        torch.testing.assert_close(ours, truth, rtol=1e-12, atol=1e-12)


def test_a_gradient_laid_out_by_columns_is_read_in_the_right_order() -> None:
    code = codes()["some"]
    values, decoder = draw(len(code.latents), seed=8), draw(LATENTS, WIDTH, seed=9).requires_grad_()
    found = decode(values, decoder, code, Transposed.of(code))
    upstream = draw(WIDTH, ROWS, seed=11).T
    (gradient,) = torch.autograd.grad(found, decoder, upstream)
    torch.testing.assert_close(gradient, code.dense(values).T @ upstream)


def test_one_matrix_for_both_gets_both_gradients() -> None:
    code = codes()["some"]
    matrix, rows = draw(LATENTS, WIDTH, seed=12).requires_grad_(), draw(ROWS, WIDTH, seed=13)
    bias, centre = torch.zeros(LATENTS, dtype=torch.float64), torch.zeros(WIDTH, dtype=torch.float64)
    transposed = Transposed.of(code)
    found = entries((rows @ matrix.T).detach(), rows, matrix, bias, centre, code, transposed)
    (gradient,) = torch.autograd.grad(decode(found, matrix, code, transposed).square().sum(), matrix)
    (wanted,) = torch.autograd.grad(((rows @ matrix.T * mask(code)) @ matrix).square().sum(), matrix)
    torch.testing.assert_close(gradient, wanted, rtol=1e-12, atol=1e-12)


def test_a_bias_that_is_not_learned_gets_no_gradient() -> None:
    code = codes()["some"]
    encoder, bias = draw(LATENTS, WIDTH, seed=4).requires_grad_(), draw(LATENTS, seed=5).requires_grad_()
    centre, rows = torch.zeros(WIDTH, dtype=torch.float64), draw(ROWS, WIDTH, seed=3)
    pre = (rows @ encoder.T + bias).detach()
    entries(pre, rows, encoder, bias, centre, code, Transposed.of(code)).sum().backward()
    assert centre.grad is None
    torch.testing.assert_close(encoder.grad, mask(code).T @ rows)
    torch.testing.assert_close(bias.grad, mask(code).sum(0))
