"""What the unembedding reads, without the logits that it makes of it."""

from jaxtyping import Float, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.models.model import Model
from interp.models.sites import final_norm


def final_states(model: Model, tokens: Integer[Tensor, "batch position"]) -> Float[Tensor, "batch position width"]:
    """States after the final norm, in the autograd graph unless `torch.no_grad()` forbids it.

    The model stops there: of a vocabulary of 50,000 no logits are made. Edits of the model, and masks on its weights,
    act as they do in any other pass. Raises `ShapeError` for tokens that the model cannot read.
    """
    return capture(model, tokens, final_norm(), grad=True)[final_norm()]


__all__ = ["final_states"]
