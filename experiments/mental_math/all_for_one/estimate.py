"""How long `mental_math/all_for_one` will take and what it will hold, from a few passes on this machine."""

from typing import NamedTuple

import torch

from experiments.estimates import Estimate, timed
from experiments.mental_math.all_for_one.known import asked
from experiments.mental_math.all_for_one.settings import Settings
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.tasks import task
from interp.last_token.cost import sweep_cost
from interp.models.load import DTYPES, load

ROWS = 256
"""Tokens that the miniature reads at a time."""
PART = 16
"""Of a published model's block, the miniature multiplies by one such part."""


class Shape(NamedTuple):
    """The size of a model."""

    depth: int
    """Blocks."""
    width: int
    """Residual stream."""
    block: int
    """Parameters of a block."""
    vocabulary: int
    """Token ids."""


PUBLISHED = {
    "meta-llama/Meta-Llama-3-8B": Shape(32, 4096, 218_112_000, 128_256),
    "meta-llama/Llama-3.1-8B": Shape(32, 4096, 218_112_000, 128_256),
    "EleutherAI/pythia-6.9b": Shape(32, 4096, 201_379_840, 50_432),
    "EleutherAI/gpt-j-6b": Shape(28, 4096, 201_356_288, 50_400),
}
"""Models of the paper, from their published configurations."""


def estimate(settings: Settings, device: str, dtype: str) -> Estimate:
    """Token-layers are counted; what one takes is timed with each model, or with a part of a block of its size.

    Models of the paper are not loaded. Raises as `load` does for others.
    """
    default = settings.plan.sampling
    wanted = {settings.model: asked(settings.model, settings.tasks, default)}
    wanted |= {name: asked(name, settings.other_tasks, default, every=False) for name in settings.others}
    if settings.family:
        lead = settings.lead if settings.lead in wanted[settings.model] else next(iter(wanted[settings.model]))
        wanted[settings.family] = asked(settings.family, (lead,), default)
    size = torch.empty(0, dtype=DTYPES[dtype]).element_size()
    lines, largest, seconds = [], 0.0, 0.0
    for name, tasks in wanted.items():
        shape, each, note = _measured(name, device, dtype)
        weights = size * (shape.depth * shape.block + 2 * shape.vocabulary * shape.width)
        count = sum(token_layers(settings, shape.depth, one, sampling) for one, sampling in tasks.items())
        lines.append(f"{name}: {weights / 1e6:,.0f} MB, {count:,} token-layers{note}")
        positions = max(2 * task(one).operands + 1 for one in tasks)
        means = 4 * (shape.depth + 1) * shape.width * positions * max(s.high - s.low + 1 for s in tasks.values())
        logits = 4 * (settings.plan.choose + settings.plan.report) * shape.vocabulary
        largest, seconds = max(largest, weights + 3 * means + 3 * logits), seconds + each * count
    return Estimate(lines, largest, seconds)


def token_layers(settings: Settings, depth: int, name: str, sampling: Sampling) -> int:
    """Tokens through blocks of one sweep: means, the full model, two wait curves, and the triangle."""
    plan, operands = settings.plan, task(name).operands
    positions, judged = 2 * operands + 1, plan.choose + plan.report
    whole = plan.fit + judged + 2 * (depth + 1) * judged
    # Each half is swept by itself, and runs the tokens that are not the last once in each wait.
    others = operands * (sampling.high - sampling.low + 1) + operands - 1
    return whole * positions * depth + sweep_cost(depth, judged, 2 * others, 2, 2)


def _measured(name: str, device: str, dtype: str) -> tuple[Shape, float, str]:
    """Size, seconds that one token takes in one block, and what must be said of it."""
    if name in PUBLISHED:
        # Nobody asks for a download of that size by asking how long it will take.
        each = _matrix_seconds(PUBLISHED[name], device, dtype)
        return PUBLISHED[name], each, " (not loaded: timed with a part of a block of its size)"
    model = load(name, device=device, dtype=dtype)
    tokens = torch.zeros(ROWS // 4, 4, dtype=torch.long, device=model.device)
    with torch.no_grad():
        each = timed(lambda: model(tokens)) / ROWS / model.depth
    everything = sum(p.numel() for p in model.hf.parameters())
    block = max(0, everything - 2 * model.vocabulary * model.width) // model.depth
    return Shape(model.depth, model.width, block, model.vocabulary), each, ""


def _matrix_seconds(shape: Shape, device: str, dtype: str) -> float:
    columns = shape.block // shape.width // PART
    x = torch.zeros(ROWS, shape.width, dtype=DTYPES[dtype], device=device)
    matrix = torch.zeros(shape.width, columns, dtype=DTYPES[dtype], device=device)

    def work() -> None:
        # The number that comes back waits for a GPU to be done.
        (x @ matrix).sum().item()

    return PART * timed(work) / ROWS


__all__ = ["PUBLISHED", "Shape", "estimate", "token_layers"]
