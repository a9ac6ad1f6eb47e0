"""What a probe refuses beyond wrong shapes and names, and what it warns of."""

from interp.errors import InterpError


class ProbeError(InterpError):
    """A probe was asked for something that it does not have or cannot do."""


class ProbeWarning(UserWarning):
    """A probe was fitted, but to rows from which less can be learned than it may seem."""
