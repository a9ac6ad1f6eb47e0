"""Which model a mask is of."""

from interp.models.fingerprint import fingerprint
from interp.models.model import Model


def identity(model: Model) -> str:
    """The model's fingerprint: a mask is of these very weights, and of no other checkpoint."""
    return fingerprint(model)
