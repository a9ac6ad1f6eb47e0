"""Everything worth showing of one latent, as plain numbers and strings."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

from interp.errors import FileError
from interp.latents.context import Context, Token
from interp.latents.labels import Label
from interp.latents.outputs import Output, Outputs

FORMAT = 1


class Histogram(NamedTuple):
    """How strong the latent is where it is active."""

    edges: tuple[float, ...]
    """Edges of the bins, from 0 to the highest activation."""
    counts: tuple[int, ...]
    """Active rows in each bin."""


class Band(NamedTuple):
    """Contexts from one part of a latent's active rows."""

    low: float
    """Where the part begins, as a share of the active rows in the order of activation."""
    high: float
    """Where it ends; 1 is the strongest row."""
    contexts: tuple[Context, ...]
    """Some of them, evenly spread, strongest first."""


class Neighbour(NamedTuple):
    """Another latent of the dictionary."""

    latent: int
    """Its number."""
    cosine: float
    """The cosine of the two decoder directions."""


class Chance(NamedTuple):
    """The cosine with the nearest of as many independent random directions."""

    mean: float
    """Its mean."""
    low: float
    """Lower end of the middle 95 %."""
    high: float
    """Upper end."""


@dataclass(frozen=True)
class Page:
    """One latent. `print(page)` for a terminal; a notebook shows it; `render.write_pages` makes a file of several."""

    latent: int
    """Its number."""
    dictionary: str
    """What the dictionary is, for people."""
    latents: int
    """How many latents the dictionary has."""
    model: str
    """The model that the store was harvested from."""
    site: str
    """The site, by its TransformerLens name."""
    data: str
    """Where the text is from."""
    rows: int
    """All rows of the store: the latent was read in every one."""
    fired: int
    """Rows in which it is above 0."""
    mean: float | None
    """The mean activation of these rows; None for a latent that is silent everywhere."""
    highest: float | None
    """The highest activation."""
    histogram: Histogram | None
    """All activations above 0."""
    top: tuple[Context, ...]
    """The strongest rows, one a sequence. They flatter: see the bands."""
    bands: tuple[Band, ...]
    """Contexts from other parts of the range, of sequences that were not shown before."""
    neighbours: tuple[Neighbour, ...]
    """Latents with the nearest decoder directions, nearest first."""
    chance: Chance | None
    """What the first of them must exceed."""
    labelled: bool
    """Whether labels were looked for."""
    label: Label | None
    """The label that this latent is the best one for, if any."""
    outputs: Outputs | None
    """Tokens that its direction speaks for and against; None where no model was handed in."""

    @property
    def density(self) -> float:
        """Share of the rows in which it is active."""
        return self.fired / self.rows

    @property
    def dead(self) -> bool:
        """Whether it is silent in all rows."""
        return not self.fired

    @property
    def heading(self) -> str:
        """The heading in a report under which such pages stand."""
        return "Latents"

    @property
    def title(self) -> str:
        """One line: number, density, and the label or else the strongest token."""
        from interp.latents.render import title

        return title(self)

    @property
    def style(self) -> str:
        """The style sheet that `body` needs; it touches nothing else."""
        from interp.latents.render import style

        return style()

    @property
    def body(self) -> str:
        """The page as HTML to be put into another one, everything escaped."""
        from interp.latents.render import body

        return body(self)

    def _repr_html_(self) -> str:
        return f"<style>{self.style}</style>{self.body}"

    def __str__(self) -> str:
        from interp.latents.plain import plain

        return plain(self)

    def to_json(self) -> dict[str, Any]:
        """Numbers, strings and lists for `interp.files.write_json`; `from_json` gives an equal page back."""
        content = {"format": FORMAT, **asdict(self)}
        for name in ("histogram", "chance", "label", "outputs"):
            value = getattr(self, name)
            content[name] = None if value is None else value._asdict()
        content["neighbours"] = [one._asdict() for one in self.neighbours]
        content["bands"] = [band._asdict() for band in content["bands"]]
        return content

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Page":
        """The page that `to_json` wrote. Raises `FileError` for anything else."""
        names = {one.name for one in fields(cls)}
        if not isinstance(content, dict) or content.get("format") != FORMAT or content.keys() != names | {"format"}:
            raise FileError("this is no page of a latent, or one of another version: make it again")
        try:
            return cls(**{name: _RESTORED.get(name, _same)(content[name]) for name in names})
        except (TypeError, ValueError, KeyError) as error:
            raise FileError(f"this page of a latent is damaged: {error}") from error


def _same(value: Any) -> Any:
    return value


def _histogram(value: Any) -> Histogram | None:
    return value and Histogram(tuple(value["edges"]), tuple(value["counts"]))


def _contexts(value: Any) -> tuple[Context, ...]:
    return tuple(Context(**{**one, "tokens": tuple(Token(*token) for token in one["tokens"])}) for one in value)


def _bands(value: Any) -> tuple[Band, ...]:
    return tuple(Band(one["low"], one["high"], _contexts(one["contexts"])) for one in value)


def _neighbours(value: Any) -> tuple[Neighbour, ...]:
    return tuple(Neighbour(**one) for one in value)


def _chance(value: Any) -> Chance | None:
    return value and Chance(**value)


def _label(value: Any) -> Label | None:
    if not value:
        return None
    low, high, n = value["interval"]
    return Label(**{**value, "interval": (low, high, n)})


def _outputs(value: Any) -> Outputs | None:
    return value and Outputs(*(tuple(Output(*one) for one in value[end]) for end in Outputs._fields))


_RESTORED: dict[str, Callable[[Any], Any]] = {
    "histogram": _histogram, "top": _contexts, "bands": _bands, "neighbours": _neighbours, "chance": _chance,
    "label": _label, "outputs": _outputs,
}  # fmt: skip

__all__ = ["Band", "Chance", "Histogram", "Neighbour", "Page"]
