"""A sweep: every setting of the subgraph and both wait curves of one model on one task, prompt by prompt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from experiments.mental_math.all_for_one.bits import pack, unpack
from experiments.mental_math.subject import Subject
from interp.ablation.boundaries import Boundary, conditional, plain_mean
from interp.errors import ShapeError
from interp.last_token.prompts import Prompts
from interp.last_token.reference import wait_only
from interp.last_token.search import wait_predictions
from interp.last_token.setting import AllForOne, triangle
from interp.last_token.triangle import sweep as every_setting


@dataclass(frozen=True, eq=False)
class Half:
    """What happened to the prompts to choose on, or to those to report on. Depth + 1 waits, as many transfers."""

    answers: Int64[np.ndarray, " prompt"]
    """The token that is right."""
    full: Bool[np.ndarray, " prompt"]
    """Where the full model is right."""
    subgraphs: Bool[np.ndarray, "wait transfer prompt"]
    """Where AF1(wait, transfer) is right; False where wait + transfer is more than the depth."""
    waiting: Bool[np.ndarray, "wait prompt"]
    """Where the model is right after the conditional mean, with all later blocks as usual."""
    plain: Bool[np.ndarray, "wait prompt"]
    """The same after the plain mean: the control that forgets the tokens themselves."""

    def scores(self) -> Float64[np.ndarray, "wait transfer"]:
        """Faithfulness of every setting; NaN where there is none."""
        found = self.subgraphs[..., self.full].mean(-1)
        wait, transfer = np.indices(found.shape)
        return np.where(wait + transfer < len(found), found, np.nan)

    def kept(self, setting: AllForOne) -> Bool[np.ndarray, " known"]:
        """Where a setting is right, of the prompts that the full model answers right."""
        setting.require_fits(len(self.waiting) - 1)
        found: Bool[np.ndarray, " known"] = self.subgraphs[setting.wait, setting.transfer, self.full]
        return found

    def majority(self) -> Bool[np.ndarray, " known"]:
        """Where the best single answer is right, of the same prompts."""
        known = self.answers[self.full]
        values, times = np.unique(known, return_counts=True)
        found: Bool[np.ndarray, " known"] = known == values[times.argmax()]
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, a few hundred bytes for a thousand prompts and a setting."""
        rows = [[pack(marks) for marks in row[: len(row) - wait]] for wait, row in enumerate(self.subgraphs)]
        return {
            "answers": self.answers.tolist(), "full": pack(self.full), "subgraphs": rows,
            "waiting": [pack(marks) for marks in self.waiting], "plain": [pack(marks) for marks in self.plain],
        }  # fmt: skip

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Half":
        """What `to_json` gave."""
        answers = np.array(content["answers"], np.int64)
        size, count = len(content["waiting"]), len(answers)
        subgraphs = np.zeros((size, size, count), np.bool_)
        for wait, row in enumerate(content["subgraphs"]):
            for transfer, text in enumerate(row):
                subgraphs[wait, transfer] = unpack(text, count)
        curves = (np.stack([unpack(text, count) for text in content[name]]) for name in ("waiting", "plain"))
        return cls(answers, unpack(content["full"], count), subgraphs, *curves)


@dataclass(frozen=True, eq=False)
class Sweep:
    """One model on one task."""

    told: Mapping[str, Any]
    """What `Subject.told` says of the prompts."""
    choose: Half
    """On these, settings are chosen."""
    report: Half
    """On these, they are judged."""

    @property
    def depth(self) -> int:
        """Blocks of the model."""
        return len(self.report.waiting) - 1

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"told": dict(self.told), "choose": self.choose.to_json(), "report": self.report.to_json()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Sweep":
        """What `to_json` gave."""
        return cls(content["told"], *(Half.from_json(content[name]) for name in ("choose", "report")))


def sweep(subject: Subject, batch: int) -> Sweep:
    """Run everything, `batch` prompts at a time. Raises `ShapeError` when no prompt to report on is answered right."""
    for name, right in (("choose", subject.right_choose), ("report", subject.right_report)):
        if not right.any():
            whom = f"{subject.model.name} answers none of the {len(right)} prompts of {subject.task.name}"
            raise ShapeError(f"{whom} to {name} on right, so that nothing can be faithful to it")
    return Sweep(
        subject.told(),
        _half(subject, subject.choose, subject.right_choose, batch),
        _half(subject, subject.report, subject.right_report, batch),
    )


def _half(subject: Subject, prompts: Prompts, right: Bool[Tensor, " prompt"], batch: int) -> Half:
    means, model = subject.means, subject.model

    def hits(predicted: Tensor) -> Any:
        return (predicted.cpu() == prompts.answers.cpu()).numpy()

    def waits(boundary: Boundary) -> Any:
        def logits(tokens: Tensor, depth: int) -> Tensor:
            return wait_only(model, tokens, depth, boundary, batch=batch)

        return hits(wait_predictions(logits, model.depth, prompts.tokens))

    return Half(
        prompts.answers.cpu().numpy(), right.cpu().numpy(), hits(_triangle(subject, prompts.tokens)),
        waits(conditional(means)), waits(plain_mean(means)),
    )  # fmt: skip


def _triangle(subject: Subject, tokens: Tensor) -> Tensor:
    """What each setting answers [wait transfer prompt]; -1 where there is none."""
    if subject.sink != "none":
        return every_setting(subject.engine, tokens)
    size = subject.model.depth + 1
    found = torch.full((size, size, len(tokens)), -1)
    settings = [subject.setting(one.wait, one.transfer) for one in triangle(subject.model.depth)]
    for one, predicted in zip(settings, subject.engine.predictions(tokens, settings), strict=True):
        found[one.wait, one.transfer] = predicted.cpu()
    return found


__all__ = ["Half", "Sweep", "sweep"]
