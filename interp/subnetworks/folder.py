"""A pruned model as a Hugging Face folder, its mask beside it."""

from pathlib import Path

from torch import Generator

from interp.errors import FileError, ModelError
from interp.files import appearing
from interp.models.model import Model
from interp.subnetworks.mask import Mask
from interp.subnetworks.pruned import Fill, pruned

MASK = "mask.safetensors"


def save_pruned(
    model: Model, mask: Mask, folder: Path | str, fill: Fill = "zero", generator: Generator | None = None
) -> None:
    """Write the model that `pruned` makes, so that `interp.load(folder)` and `AutoModelForCausalLM` open it.

    The folder appears whole, with the model's tokenizer where it has one and the mask in `mask.safetensors`
    (`Mask.load`), which stays a mask of the model that was pruned. Raises `FileError` when something stands there
    already or cannot be written, and what `pruned` raises.
    """
    folder = Path(folder)
    if folder.exists():
        raise FileError(f"{folder} is there already. Choose another folder, or remove it first.")
    try:
        tokenizer = model.tokenizer
    except ModelError:
        tokenizer = None
    with appearing(folder) as aside, pruned(model, mask, fill, generator):
        model.hf.save_pretrained(aside)
        if tokenizer is not None:
            tokenizer.save_pretrained(aside)
        mask.save(aside / MASK)
