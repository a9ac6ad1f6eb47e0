"""A small training with everything that could break exactness: dropout, buffers, tied and transposed weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from interp.training import Outcome, Plan, checkpoint, log, train, warmup_cosine

PLAN = Plan(steps=9, log_every=2, checkpoint_every=4)
"""Rows at 2, 4, 6, 8, 9; checkpoints at 0, 4, 8, 9: the last window is a short one."""


class Killed(BaseException):
    """Stands for a death that no handler sees coming."""


class Net(nn.Module):
    """Six numbers in, six out."""

    seen: Tensor

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            self.embed = nn.Embedding(6, 4)
            self.turned = nn.Parameter(torch.randn(8, 4).t())  # laid out by columns
            self.norm = nn.BatchNorm1d(8)
            self.drop = nn.Dropout(0.4)
            self.down = nn.Linear(8, 4)
            self.unembed = nn.Linear(4, 6, bias=False)
        self.unembed.weight = self.embed.weight
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def forward(self, tokens: Tensor) -> Tensor:
        self.seen += len(tokens)
        hidden = self.drop(self.norm(self.embed(tokens) @ self.turned).relu())
        logits: Tensor = self.unembed(self.down(hidden))
        return logits


def _adamw(net: nn.Module, **options: Any) -> torch.optim.Optimizer:
    parameters = list(net.parameters())
    groups: list[dict[str, Any]] = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in parameters if p.ndim < 2]},
    ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.95), **options)


OPTIMIZERS: dict[str, Callable[[nn.Module], torch.optim.Optimizer]] = {
    "adamw": _adamw,
    "fused adamw": lambda net: _adamw(net, fused=True),
    "sgd with momentum": lambda net: torch.optim.SGD(net.parameters(), momentum=0.9, nesterov=True),
    "adafactor": lambda net: torch.optim.Adafactor(net.parameters()),
}


def calm(place: str, step: int) -> None:
    """A watch that lets everything pass."""


@dataclass
class Job:
    """A training that a process would build afresh at every start."""

    net: Net
    optimizer: torch.optim.Optimizer
    watch: Callable[[str, int], None] = calm
    """Called in the objective, after a step and in an evaluation: the place to die."""

    def objective(self, step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        self.watch("objective", step)
        tokens = torch.randint(6, (16,), generator=torch.Generator().manual_seed(step))
        noise = torch.randn(16, 6, generator=generator) / 10
        loss = nn.functional.cross_entropy(self.net(tokens) + noise, (tokens * 5 + 1) % 6)
        return {"loss": loss, "seen": self.net.seen}

    def after_step(self, step: int) -> None:
        self.watch("after_step", step)
        with torch.no_grad():
            self.net.turned.div_(self.net.turned.norm(dim=0))
            self.net.down.bias.add_(torch.randn(4) / 100)  # drawn from the global generator

    def evaluate(self, step: int) -> Mapping[str, float]:
        self.watch("evaluate", step)
        self.net.eval()  # and never back
        with torch.no_grad():
            tokens = torch.randint(6, (32,))  # drawn from the global generator
            return {"held_out": nn.functional.cross_entropy(self.net(tokens), (tokens * 5 + 1) % 6).item()}

    def train(self, folder: Path, plan: Plan = PLAN, **changes: Any) -> Outcome:
        """Train in `folder`; `changes` are arguments of `train` that differ."""
        given: dict[str, Any] = {
            "objective": self.objective, "schedule": warmup_cosine(0.05, 9, 2), "folder": folder, "seed": 1,
            "identity": "settings", "after_step": self.after_step, "evaluate": self.evaluate, "quiet": True,
        }  # fmt: skip
        return train(self.net, self.optimizer, plan=plan, **{**given, **changes})


def job(optimizer: str = "adamw", watch: Callable[[str, int], None] = calm) -> Job:
    """A fresh job, the same every time."""
    net = Net()
    return Job(net, OPTIMIZERS[optimizer](net), watch)


def dies_at(place: str, step: int) -> Callable[[str, int], None]:
    """A watch that dies there."""

    def watch(here: str, now: int) -> None:
        if (here, now) == (place, step):
            raise Killed

    return watch


def bits(module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """All that a training leaves in memory, down to layout and precision, comparable by `==`."""
    state = optimizer.state_dict()
    found: dict[str, Any] = {"groups": state["param_groups"]}
    named = {f"module {name}": value for name, value in module.state_dict().items()}
    named |= {f"{index} {key}": value for index, values in state["state"].items() for key, value in values.items()}
    for name, value in named.items():
        if isinstance(value, Tensor):
            raw = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).tolist()
            found[name] = (value.dtype, value.device, value.shape, value.stride(), raw)
        else:
            found[name] = value
    return found


def left(folder: Path, job: Job) -> dict[str, Any]:
    """All that a training leaves, in memory and on the disk."""
    return {
        **bits(job.net, job.optimizer),
        "log": (folder / log.FILE).read_text(),
        "files": sorted(path.name for path in folder.iterdir()),
        "saved": checkpoint.load(folder, *_fresh(job), "settings").step,  # type: ignore[union-attr]
    }


def _fresh(job: Job) -> tuple[nn.Module, torch.optim.Optimizer]:
    net = Net()
    kind = next(name for name, build in OPTIMIZERS.items() if type(build(net)) is type(job.optimizer))
    return net, OPTIMIZERS[kind](net)
