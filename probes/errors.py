"""What a probe refuses beyond wrong shapes and names."""

from interp.errors import InterpError


class ProbeError(InterpError):
    """A probe was asked for something that it does not have: it was not fitted, or found nothing to point at."""
