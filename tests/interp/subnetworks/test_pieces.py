import pytest
import torch

from interp import Model
from interp.errors import ShapeError
from interp.subnetworks.mask import Mask
from interp.subnetworks.pieces import pieces
from tests.architectures import made
from tests.interp.subnetworks.some import some_mask


def test_every_weight_lies_in_exactly_one_piece(model: Model) -> None:
    mask = Mask.full(model)
    times = {name: torch.zeros(kept.shape, dtype=torch.int64) for name, kept in mask.kept.items()}
    for piece in pieces(model, mask):
        piece.put(times[piece.parameter], piece.of(times[piece.parameter]) + 1)
    assert all(bool((count == 1).all()) for count in times.values())


def test_what_is_put_is_what_is_read(model: Model) -> None:
    mask = some_mask(model)
    copies = {name: torch.zeros_like(kept) for name, kept in mask.kept.items()}
    for piece in pieces(model, mask):
        piece.put(copies[piece.parameter], piece.of(mask.kept[piece.parameter]))
    assert Mask(copies, mask.model) == mask


def test_biases_norms_and_embeddings_are_pieces_of_their_own(gpt2: Model) -> None:
    names = ["transformer.h.1.mlp.*", "transformer.ln_f.weight", "lm_head.weight"]
    found = {
        (piece.parameter, piece.matrix and piece.matrix.name) for piece in pieces(gpt2, some_mask(gpt2, names=names))
    }
    assert found == {
        ("transformer.h.1.mlp.c_fc.weight", "1.mlp_in"),
        ("transformer.h.1.mlp.c_fc.bias", None),
        ("transformer.h.1.mlp.c_proj.weight", "1.mlp_out"),
        ("transformer.h.1.mlp.c_proj.bias", None),
        ("transformer.ln_f.weight", None),
        ("lm_head.weight", None),
    }


def test_a_vector_is_a_matrix_with_one_column(gpt2: Model) -> None:
    mask = some_mask(gpt2, names="transformer.ln_f.bias")
    (piece,) = pieces(gpt2, mask)
    assert piece.of(mask.kept["transformer.ln_f.bias"]).shape == (gpt2.width, 1)


def test_a_mask_of_a_model_that_is_built_otherwise_is_refused(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match=r"built otherwise.*does not exist"):
        pieces(gpt2, Mask.full(made("llama")))
    small = Mask({"transformer.h.0.mlp.c_fc.weight": torch.ones(2, 3, dtype=torch.bool)}, "of another")
    with pytest.raises(ShapeError, match=r"is \[2, 3\], but in .* that is \[32, 128\]"):
        pieces(gpt2, small)
