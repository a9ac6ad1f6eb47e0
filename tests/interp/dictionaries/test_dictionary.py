from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from interp import ShapeError
from interp.dictionaries.dictionary import Dictionary, reconstruct
from tests.interp.dictionaries.small import Small, identity, random, some_rows


def test_a_module_with_two_functions_and_a_decoder_is_a_dictionary_and_a_plain_one_is_not() -> None:
    assert isinstance(identity(3), Dictionary)
    assert not isinstance(torch.nn.Linear(3, 3), Dictionary)


def test_latents_and_reconstruction_come_without_gradients() -> None:
    rows, dictionary = some_rows(), random(6, 9, dtype=torch.float32)
    latents, back = reconstruct(dictionary, rows)
    assert not latents.requires_grad
    assert not back.requires_grad
    assert torch.equal(latents, dictionary.encode(rows))
    assert torch.equal(back, dictionary.decode(latents))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_rows_are_read_in_the_type_of_the_dictionary(dtype: torch.dtype) -> None:
    latents, back = reconstruct(identity(6), some_rows().to(dtype))
    assert latents.dtype == back.dtype == torch.float32


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"width 5, not \[6\].*another site or model"):
        reconstruct(identity(5), some_rows())


def test_what_is_no_reconstruction_is_refused() -> None:
    class Narrow(Small):
        def decode(self, latents: Tensor) -> Tensor:
            return super().decode(latents)[:, :2]

    class Broken(Small):
        def encode(self, _: Tensor) -> Tensor:
            raise ValueError("not enough values to unpack")

    eye = torch.eye(6)
    with pytest.raises(ShapeError, match=r"and rows \[100, 2\]; expected"):
        reconstruct(Narrow(eye, eye), some_rows())
    with pytest.raises(ShapeError, match=r"cannot read rows .*not enough values"):
        reconstruct(Broken(eye, eye), some_rows())


def test_a_transcoder_has_no_reconstruction_even_where_the_widths_are_equal() -> None:
    transcoder = identity(6)
    transcoder.cfg = SimpleNamespace(d_in=6, d_out=6)  # type: ignore[assignment]
    with pytest.raises(ShapeError, match="transcoder"):
        reconstruct(transcoder, some_rows())
