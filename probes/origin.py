"""Where a probe belongs: the weights and the site whose activations it was fitted to."""

from typing import NamedTuple

from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.sites import Site


class Origin(NamedTuple):
    """A model's weights and one of its sites."""

    model: str
    """`interp.models.fingerprint` of the model."""
    site: str
    """The site's TransformerLens name."""

    @classmethod
    def of(cls, model: Model, site: Site | str) -> "Origin":
        """That of a site of this model. Raises `UnknownNameError` for a site that the model does not have."""
        return cls(fingerprint(model), model.find(site)[0].name)


__all__ = ["Origin"]
