"""Final and screening probes for the 64 squares of a board against one scikit-learn regression for each square."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

import interp
from benchmarks.options import Options
from benchmarks.tables import Bar, Table, at_least, at_most
from benchmarks.timing import Contestant, interleaved, rows, spread, stopwatch
from experiments.othello.boards import readings
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from probes import LinearProbe, LogisticProbe

WIDTH, TARGETS, CLASSES = 512, 64, 3
IMBALANCE = 4.0
"""What is added to one class's logit."""
RIDGE = 1e-4
TIMED, CHECKED = (0, 18, 44, 53), (18, 44)
"""Targets that scikit-learn is timed on (all would take minutes a round), and those it is brought to the optimum on.

None is a square of the middle, which is never empty: two classes are an easier problem."""
DEPTH, PLIES = 5, 55
"""Where Othello activations are read; positions that a game has at least about, when it has its usual length."""
ROUNDS = 5
"""Rounds at most."""
OURS, SCREEN = "LogisticProbe, 64 targets", "LinearProbe, 64 targets"
PEER = f"scikit-learn LogisticRegression, {len(TIMED)} targets (per target, so scaled to 64)"


class Data(NamedTuple):
    """Rows to fit and rows to be judged by."""

    title: str
    """For the table."""
    features: Float32[Tensor, "row width"]
    """Of the rows that are fitted."""
    labels: Int64[Tensor, "row target"]
    """Their classes."""
    fresh: Float32[Tensor, "fresh width"]
    """Of the rows held out, a fifth as many."""
    answers: Int64[Tensor, "fresh target"]
    """Their classes."""


def tables(options: Options) -> list[Table]:
    """A table for each kind of rows: balanced and unbalanced made-up ones, and those of a model."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    makers: list[Callable[[], Data]] = [
        lambda: _made(options, 0.0),
        lambda: _made(options, IMBALANCE),
        lambda: _read(options),
    ]
    with threadpool_limits(options.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a square of the middle is never empty; a limit on passes is part of the race
        return [_table(make(), options) for make in makers]


def _table(data: Data, options: Options) -> Table:
    standard = _standardised(data.features, data.features).numpy()
    columns = data.labels.numpy()
    contestants = [
        Contestant(OURS, lambda: LogisticProbe(RIDGE).fit(data.features, data.labels, CLASSES), TARGETS),
        Contestant(SCREEN, lambda: LinearProbe(RIDGE).fit(data.features, data.labels, CLASSES), TARGETS),
        Contestant(PEER, lambda: [_peer(standard, columns[:, target]) for target in TIMED], len(TIMED)),
    ]
    # A round takes a quarter of a minute and more: what slows single calls down is small in it.
    rounds, warmup = min(options.repetitions, ROUNDS), min(options.warmup, 1)
    seconds = interleaved(contestants, rounds, warmup=warmup, seed=options.seed, measure=stopwatch())
    setting = f"{len(data.features):,} x {data.features.shape[1]}, float32, ridge {RIDGE:g}, {CLASSES} classes"
    table = Table(data.title, setting, "targets", OURS, rows(contestants, seconds, OURS))
    peer, screen = np.array(seconds[PEER]) / len(TIMED), np.array(seconds[SCREEN]) / TARGETS
    claim = "scikit-learn takes at least {} times as long a target as {}"
    table.bars.append(at_least(claim.format(4, "LogisticProbe"), table.row(PEER).pairs.median, 4))
    table.bars.append(at_least(claim.format(30, "LinearProbe"), spread(peer / screen).median, 30))
    table.bars.extend(_agreement(data))
    return table


def _peer(standard: Float[np.ndarray, "row width"], labels: Int64[np.ndarray, " row"], **settings: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1 / (RIDGE * len(labels)), **{"max_iter": 1000, **settings}).fit(standard, labels)


def _agreement(data: Data) -> list[Bar]:
    """How far from the optimum, which scikit-learn is given all the time it needs to find, and what it is worth."""
    logistic = LogisticProbe(RIDGE).fit(data.features, data.labels, CLASSES)
    linear = LinearProbe(RIDGE).fit(data.features, data.labels, CLASSES)
    x, spreads = data.features.double(), data.features.double().std(0, unbiased=False)
    standard = _standardised(data.features, x)
    beyond, cosines, right = [], [], []
    for target in CHECKED:
        labels = data.labels[:, target]
        found = _peer(standard.numpy(), labels.numpy(), tol=1e-8, max_iter=5000)
        theirs = torch.zeros(CLASSES, x.shape[1], dtype=torch.float64)
        bias = torch.full((CLASSES,), -torch.inf, dtype=torch.float64)
        theirs[found.classes_], bias[found.classes_] = torch.from_numpy(found.coef_), torch.from_numpy(found.intercept_)
        ours = logistic.weight[target].double() * spreads
        shifted = logistic.bias[target].double() + logistic.weight[target].double() @ x.mean(0)
        best = _objective(standard, labels, theirs, bias)
        beyond.append(abs(_objective(standard, labels, ours, shifted) - best) / best)
        a, b = ((weight - weight.mean(0)).flatten() for weight in (ours, theirs))
        cosines.append(float(torch.nn.functional.cosine_similarity(a, b, dim=0)))
        fresh = _standardised(data.features, data.fresh.double()) @ theirs.T + bias
        right.append(float((fresh.argmax(1) == data.answers[:, target]).double().mean()))
    shares = {
        name: float((probe.predict(data.fresh)[:, CHECKED] == data.answers[:, CHECKED]).double().mean())
        for name, probe in (("logistic", logistic), ("linear", linear))
    }
    least = float(np.mean(right)) - 1e-3
    where = f"on {len(data.fresh):,} held-out rows of {len(CHECKED)} targets"
    return [
        at_most("relative distance of the objective from scikit-learn's at tol=1e-8, at most 1e-4", max(beyond), 1e-4),
        at_least("cosine of centred, standardised coefficients with these, at least 0.999", min(cosines), 0.999),
        at_least(
            f"accuracy of LogisticProbe {where}, at least {least:.4f}: these less 0.001", shares["logistic"], least
        ),
        at_least(f"accuracy of LinearProbe {where}, nothing promised", shares["linear"], 0.0),
    ]


def _objective(
    standard: Float[Tensor, "row width"],
    labels: Int64[Tensor, " row"],
    weight: Float[Tensor, "class width"],
    bias: Float[Tensor, " class"],
) -> float:
    """Mean cross-entropy plus ridge / 2 * |centred weights|^2, in float64 over all rows."""
    loss = torch.nn.functional.cross_entropy(standard @ weight.T + bias, labels)
    return float(loss + RIDGE / 2 * (weight - weight.mean(0)).square().sum())


def _standardised(
    features: Float[Tensor, "row width"], asked: Float[Tensor, "any width"]
) -> Float[Tensor, "any width"]:
    """`asked` by the mean and spread of `features`, in the precision of `asked`."""
    exact = features.double()
    mean, deviation = exact.mean(0), exact.std(0, unbiased=False)
    return ((asked - mean) / deviation).to(asked.dtype)


def _made(options: Options, extra: float) -> Data:
    """Correlated features (variances along their axes from 1 to 0.01), with labels drawn from a softmax of them."""
    generator = torch.Generator().manual_seed(options.seed)
    count = options.rows + options.rows // 5

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    x = normal(count, WIDTH) * torch.logspace(0, -1, WIDTH) @ torch.linalg.qr(normal(WIDTH, WIDTH))[0]
    logits = x @ normal(WIDTH, TARGETS * CLASSES)
    logits = (logits / logits.std() * 2).view(count, TARGETS, CLASSES)
    logits[..., 0] += extra
    draw = torch.rand(count, TARGETS, 1, generator=generator)
    labels = (draw > logits.softmax(-1).cumsum(-1)[..., :-1]).sum(-1)
    x = x * torch.logspace(-0.5, 0.5, WIDTH) + normal(WIDTH)
    title = f"Probes, one class favoured by a logit of {extra:g}" if extra else "Probes, balanced classes"
    return _split(f"{title}, made-up correlated features", x, labels, options.rows)


def _read(options: Options) -> Data:
    """The residual stream of a small Othello model half way up: mine, theirs or empty."""
    model, site = interp.load("othello-small", device="cpu"), interp.resid(DEPTH)
    sample = held_out(Rules(8), (options.rows + options.rows // 5) // PLIES + 1, options.seed, "benchmark")
    acts = interp.capture(model, sample.seen, site, batch=256)[site].flatten(0, 1)
    labels = readings(sample.trace)[:, :, 0].flatten(0, 1).long()
    kept = labels[:, 0] >= 0
    x = acts[kept].float()
    return _split(f"Probes, othello-small at depth {DEPTH}, mine/theirs/empty", x, labels[kept], options.rows)


def _split(title: str, features: Tensor, labels: Tensor, count: int) -> Data:
    end = count + count // 5
    parts = features[:count], labels[:count], features[count:end], labels[count:end]
    return Data(title, *(part.contiguous() for part in parts))
