"""A model whose weights go through gates: the variables of a search, and the model with its linear maps replaced."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from interp.errors import ModelError, ShapeError
from interp.models.model import Model
from interp.subnetworks.gates import DECIDED, Continuous, Gate, HardConcrete, Opened
from interp.subnetworks.linear import Spread, masked_linear, masked_tensor
from interp.subnetworks.mask import Mask, require_of
from interp.subnetworks.maskable import parameters
from interp.subnetworks.settings import Search
from interp.subnetworks.units import units

START = {"continuous": 0.0, "hard concrete": math.log(0.9 / 0.1)}
"""Where variables begin: with sigmoids of 1/2, and with gates that are 0.9 open (Cao et al. 2021)."""


class Census(NamedTuple):
    """The gates at a step. What `keep` holds on is not counted."""

    size: float
    """Sum of the gates, each times its weights."""
    open: int
    """Gates over 0.9."""
    undecided: int
    """Gates from 0.1 to 0.9."""

    @property
    def share(self) -> float:
        """Undecided gates over open ones."""
        return self.undecided / max(1, self.open)


class Masked(nn.Module):
    """One variable for each weight, or for each unit of a coarser grain; what changes in a search, and nothing else.

    Inside `inside()` the model computes with the gates of the step given to `at`. Weights are frozen there.
    """

    lam: Tensor
    excess: Tensor
    curve: Tensor

    def __init__(self, model: Model, plan: Search, seed: int = 0):
        super().__init__()
        self.model, self.plan, self.seed = model, plan, seed
        self.weights = parameters(model, _chosen(model, plan))
        self.units = units(model, plan.grain, list(self.weights))
        _require_below_unembedding(model, self.weights)
        self.keep = _kept(model, self.weights, plan.keep)
        self.total = sum(weight.numel() for weight in self.weights.values())
        self.whole = plan.grain != "weight"
        """Whether a unit is more than one weight."""
        self.free = self._free()
        self.variables = nn.ParameterList(self._fresh())
        device = model.device
        self.register_buffer("lam", torch.tensor(1.0 if plan.lam is None else plan.lam, dtype=torch.float64))
        self.register_buffer("excess", torch.zeros((), dtype=torch.float64))
        self.register_buffer("curve", torch.full((plan.steps,), math.nan))
        self.to(device)
        self._idle = False
        self.at(0)

    def at(self, step: int) -> None:
        """Make the gates those of a step; to be called before each forward pass that is followed by a backward one."""
        self.gate = self.gates(step)
        if self.whole:
            (variable,) = self.variables
            self._values = masked_tensor(variable, torch.ones_like(variable), lambda m: self.gate.opened(m, 0))

    @torch.no_grad()
    def begin(self, start: Sequence[Tensor]) -> None:
        """Begin with the variables of another search over the same parameters; what is decided stays so."""
        for variable, begun in zip(self.variables, start, strict=True):
            variable.copy_(torch.where(variable.abs() == DECIDED, variable, begun))
        self.at(0)

    def gates(self, step: int) -> Gate:
        """The gates of a step."""
        if self.plan.method == "continuous":
            return Continuous(self.plan.sharpness * self.plan.growth**step)
        return HardConcrete(self.seed, step)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Put the gates into the model, in evaluation mode and with frozen weights, and take them out again."""
        places: dict[nn.Module, dict[str, int]] = {}
        for index, name in enumerate(self.weights):
            path, _, attribute = name.rpartition(".")
            places.setdefault(self.model.hf.get_submodule(path), {})[attribute] = index
        with ExitStack() as stack:
            stack.enter_context(_frozen(self.model.hf))
            for variable in self.variables:
                stack.callback(variable.register_post_accumulate_grad_hook(self._penalise).remove)
            for module, attributes in places.items():
                stack.enter_context(_forward(module, self._gated(module, attributes)))
            yield

    @contextmanager
    def off(self) -> Iterator[None]:
        """Run the whole model for the length of the block, inside `inside()`."""
        before, self._idle = self._idle, True
        try:
            yield
        finally:
            self._idle = before

    @torch.no_grad()
    def census(self, step: int) -> Census:
        """Where the gates stand at a step, read from the device once."""
        gate, sums = self.gates(step), []
        for variable in self.variables:
            gates = gate.settled(variable)
            size = gates.double() @ self.free if self.whole else gates.sum(dtype=torch.float64)
            undecided = ((gates >= 0.1) & (gates <= 0.9)).sum()
            sums.append(torch.stack([size, (gates > 0.9).sum().double(), undecided.double()]))
        found = torch.stack(sums).sum(0).tolist()
        always = int((self.free == 0).sum()) if self.whole else self.always
        return Census(found[0] - (0 if self.whole else always), int(found[1]) - always, int(found[2]))

    @property
    def always(self) -> int:
        """Number of weights that `keep` holds on."""
        return sum(int(kept.sum()) for kept in self.keep.values())

    @torch.no_grad()
    def _penalise(self, variable: Tensor) -> None:
        """Add the gradient of lambda times the mean gate, which needs no graph."""
        price = (self.lam / self.total).to(variable.dtype)
        amount = self.free.to(variable.dtype) * price if self.whole else torch.empty_like(variable).copy_(price)
        assert variable.grad is not None
        variable.grad.add_(self.gate.counted(variable).pull(amount))

    def _fresh(self) -> list[nn.Parameter]:
        """Variables before the first step. Weights of exactly 0 begin decided, as in the published code."""
        start = START[self.plan.method]
        if self.whole:
            variable = torch.full((self.units.count,), start, dtype=self._precision, device=self.model.device)
            return [nn.Parameter(variable.masked_fill_(self.free == 0, DECIDED))]
        begun = []
        for name, weight in self.weights.items():
            variable = torch.full_like(weight, start, dtype=self._precision, requires_grad=False)
            variable.masked_fill_(weight.detach() == 0, -DECIDED)
            begun.append(nn.Parameter(variable.masked_fill_(self.keep[name], DECIDED) if self.keep else variable))
        return begun

    def _free(self) -> Float[Tensor, "..."]:
        """Weights of each unit that `keep` does not hold on; at the grain of weights not asked for."""
        if not self.whole:
            return torch.ones(())
        free = self.units.weights.to(self.model.device, torch.float64)
        for name, kept in self.keep.items():
            place = self.units.place(name)
            free[place] -= self.units.gather(name, kept.double())
        return free

    @property
    def _precision(self) -> torch.dtype:
        return torch.float64 if self.model.dtype == torch.float64 else torch.float32

    def _spread(self, index: int, name: str) -> Spread:
        """The way from variables to the gates of a parameter."""
        if not self.whole:
            return lambda variable: self.gate.opened(variable, index)
        kept = self.keep.get(name)

        def spread(values: Tensor) -> Opened:
            gates = self.units.expand(name, values)

            def pull(gradient: Tensor) -> Tensor:
                free = gradient if kept is None else gradient.masked_fill_(kept, 0)
                found = torch.zeros_like(values)
                found[self.units.place(name)] = self.units.gather(name, free)
                return found

            return Opened(gates if kept is None else gates.masked_fill(kept, 1), pull)

        return spread

    def _gated(self, module: nn.Module, attributes: Mapping[str, int]) -> Callable[..., Any]:
        """What replaces the forward pass of a module with masked parameters."""
        plain, names = module.forward, list(self.weights)
        linear = type(module) in (nn.Linear, Conv1D) and "forward" not in vars(module)
        spreads = {attribute: self._spread(index, names[index]) for attribute, index in attributes.items()}
        first = {"weight"} & attributes.keys() if linear else set()
        frozen = self.weights[names[attributes.get("weight", 0)]]

        def variable(attribute: str) -> Tensor:
            return self._values if self.whole else self.variables[attributes[attribute]]

        def forward(*given: Any, **named: Any) -> Any:
            if self._idle:
                return plain(*given, **named)
            others = {
                attribute: masked_tensor(variable(attribute), self.weights[names[index]], spreads[attribute])
                for attribute, index in attributes.items()
                if attribute not in first
            }
            with _substituted(module, others):
                if not first:
                    return plain(*given, **named)
                (x,), own = given, module._parameters
                turned = isinstance(module, Conv1D)
                return masked_linear(x, variable("weight"), frozen, own.get("bias"), spreads["weight"], turned)

        return forward


def _chosen(model: Model, plan: Search) -> list[str]:
    """The names of the parameters that the units of the plan cover."""
    return list(units(model, plan.grain, plan.names).parameters)


def _kept(model: Model, weights: Mapping[str, Tensor], keep: Mask | None) -> dict[str, Bool[Tensor, "..."]]:
    """The weights held on, in each masked parameter; empty when there are none."""
    if keep is None:
        return {}
    held = require_of(keep, model)
    outside = [name for name, kept in held.items() if name not in weights and bool(kept.any())]
    if outside:
        raise ShapeError(f"`keep` holds weights of parameters that are not searched: {', '.join(outside)}")
    none = {name: torch.zeros_like(weight, dtype=torch.bool) for name, weight in weights.items()}
    return {name: held.get(name, kept) for name, kept in none.items()}


def _require_below_unembedding(model: Model, weights: Mapping[str, Tensor]) -> None:
    head = model.hf.get_output_embeddings()
    for name, weight in weights.items():
        if any(weight is own for own in head.parameters()):
            raise ModelError(
                f"{name} is the unembedding of {model.name}, which targets are computed with once and for all: "
                "a search cannot mask it. Leave it out."
            )


@contextmanager
def _frozen(hf: nn.Module) -> Iterator[None]:
    """No gradients for weights and no dropout."""
    asked = {weight: weight.requires_grad for weight in hf.parameters()}
    modes = [(part, part.training) for part in hf.modules()]
    try:
        hf.eval().requires_grad_(False)
        yield
    finally:
        for weight, wanted in asked.items():
            weight.requires_grad_(wanted)
        for part, mode in modes:
            part.training = mode


@contextmanager
def _forward(module: nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    own = vars(module).get("forward")
    module.forward = forward
    try:
        yield
    finally:
        del module.forward
        if own is not None:
            module.forward = own


@contextmanager
def _substituted(module: nn.Module, tensors: Mapping[str, Tensor]) -> Iterator[None]:
    """Let a module read `tensors` in the place of its parameters."""
    own = {attribute: module._parameters[attribute] for attribute in tensors}
    try:
        module._parameters.update(tensors)  # type: ignore[arg-type]
        yield
    finally:
        module._parameters.update(own)
