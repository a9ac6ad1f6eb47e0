"""Taps: functions that see, and may replace, the tensor of a site while a `with` block lasts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from torch import Tensor, nn

from interp.activations.places import Place, first_of, place_of, with_first
from interp.models import attention, reach
from interp.models.model import Model
from interp.models.sites import Site


class Tap(NamedTuple):
    """A function at a site."""

    site: Site
    """One of the model's sites."""
    function: Callable[[Tensor], Tensor | None]
    """Sees the site's tensor; what it returns takes the tensor's place, None leaves it."""


@contextmanager
def tapped(model: Model, taps: Sequence[Tap]) -> Iterator[None]:
    """Install `taps` after whatever hooks are there, and take away just these at the end, whatever happens."""
    model.require_intact()
    with ExitStack() as stack:
        inside: dict[int, list[tuple[str, attention.Tap]]] = {}
        for tap in taps:
            if tap.site.kind in attention.KINDS:
                inside.setdefault(tap.site.layer, []).append((tap.site.kind, tap.function))
            else:
                for handle in _hook(model, tap):
                    stack.callback(handle.remove)
        if inside:
            stack.enter_context(reach.tapped(model, inside))
        yield


def _hook(model: Model, tap: Tap) -> list[Any]:
    place = place_of(model, tap.site)
    if tap.site.kind == "mid":
        return _hook_mid(model, tap, place)
    return [_hook_entering(place, tap.function) if place.entering else _hook_leaving(place, tap.function)]


def _hook_entering(place: Place, function: Callable[[Tensor], Tensor | None]) -> Any:
    def before(_: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        passing = first_of(arguments, keywords)
        new = function(place.take(passing))
        return None if new is None else with_first(arguments, keywords, place.put(passing, new))

    return place.module.register_forward_pre_hook(before, with_kwargs=True)


def _hook_leaving(place: Place, function: Callable[[Tensor], Tensor | None]) -> Any:
    def after(_: nn.Module, __: Any, output: Any) -> Any:
        passing = output[0] if isinstance(output, tuple) else output
        new = function(place.take(passing))
        return None if new is None else _with_output(output, place.put(passing, new))

    return place.module.register_forward_hook(after)


def _with_output(output: Any, new: Tensor) -> Any:
    return (new, *output[1:]) if isinstance(output, tuple) else new


def _hook_mid(model: Model, tap: Tap, place: Place) -> list[Any]:
    """The module that reads the middle sees only one of its two uses: the block's output gets the same change."""
    change: list[Tensor] = []

    def before(middle: Tensor) -> Tensor | None:
        change.clear()
        new = tap.function(middle)
        if new is not None:
            change.append(new - middle)
        return new

    def after(_: nn.Module, __: Any, output: Any) -> Any:
        if not change:
            return None
        passing = output[0] if isinstance(output, tuple) else output
        return _with_output(output, passing + change.pop())

    return [_hook_entering(place, before), model.blocks[tap.site.layer].register_forward_hook(after)]
