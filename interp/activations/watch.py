"""Read sites during a forward pass that somebody else runs."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Generic, TypeVar

from torch import Tensor

from interp.activations.selection import Index, Selection
from interp.activations.taps import Tap, tapped
from interp.errors import UnknownNameError, unknown
from interp.models.model import Model
from interp.models.sites import Site, site

T = TypeVar("T")


class Activations(Mapping[Site, T], Generic[T]):
    """What was read, by site; TransformerLens names work as keys too."""

    def __init__(self, values: dict[Site, T] | None = None):
        self._values: dict[Site, T] = {} if values is None else values

    def __getitem__(self, key: Site | str) -> T:
        """The tensor of a site; raises `UnknownNameError` for one that was not asked for."""
        found = site(key) if isinstance(key, str) else key
        if found not in self._values:
            names = [known.name for known in self._values]
            raise unknown("captured site", found.name, names, hint="Ask for it when you capture.")
        return self._values[found]

    def __iter__(self) -> Iterator[Site]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        try:
            return (site(key) if isinstance(key, str) else key) in self._values
        except UnknownNameError:
            return False

    def get(self, key: Site | str, default: Any = None) -> Any:
        """The tensor of a site, or `default` for one that was not asked for."""
        try:
            return self[key]
        except UnknownNameError:
            return default

    def __repr__(self) -> str:
        return f"Activations({', '.join(known.name for known in self)})"


class Enough(BaseException):
    """Everything asked for has been read: raised through the model to spare it the rest. Never reaches a user."""


@contextmanager
def watch(
    model: Model, sites: Site | str | Iterable[Site | str], *, at: Index = None, heads: Index = None
) -> Iterator[Activations[Tensor]]:
    """Read `sites` in every forward pass inside the block; the last pass stays readable.

    The tensors are the very ones that the model goes on with, so `torch.autograd.grad` of a loss with respect to
    them works. With `at` or `heads` the selected part is such a tensor too.

        with interp.watch(model, interp.resid(3)) as acts:
            loss = model(tokens)[:, -1, answer].sum()
        torch.autograd.grad(loss, acts[interp.resid(3)])
    """
    values: dict[Site, Tensor] = {}
    taps = [Tap(one, partial(_pass_on, values, Selection(one, at, heads))) for one in model.find(sites)]
    with tapped(model, taps):
        yield Activations(values)


def _pass_on(values: dict[Site, Tensor], selection: Selection, tensor: Tensor) -> Tensor:
    part = selection.take(tensor)
    if part is tensor:
        # Parallel blocks hand one tensor to attention and MLP: only this use of it is the site's.
        part = tensor.view_as(tensor)
        values[selection.site] = part
        return part
    values[selection.site] = part
    return selection.put(tensor, part)


@contextmanager
def copying(
    model: Model, sites: Iterable[Site], at: Index, heads: Index, *, grad: bool, stop: bool
) -> Iterator[dict[Site, Tensor]]:
    """Copy `sites` in the next forward pass; with `stop`, raise `Enough` as soon as the last one is there."""
    values: dict[Site, Tensor] = {}
    wanted = list(sites)

    def copy(selection: Selection, tensor: Tensor) -> None:
        part = selection.take(tensor)
        part = part if grad else part.detach()
        # A selection is a copy already; the whole tensor is the model's own, which a later hook may change in place.
        values[selection.site] = part.clone() if part.data_ptr() == tensor.data_ptr() else part
        if stop and len(values) == len(wanted):
            raise Enough

    with tapped(model, [Tap(one, partial(copy, Selection(one, at, heads))) for one in wanted]):
        yield values
