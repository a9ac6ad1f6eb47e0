import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch

import interp
from experiments.function_tokens.consolidation import EXPERIMENT, Settings
from experiments.function_tokens.consolidation.findings import measured
from experiments.function_tokens.consolidation.grouped import GRADIENT
from experiments.function_tokens.consolidation.latents import rows_of
from experiments.function_tokens.consolidation.pipeline import require, require_one_end, second_size
from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject
from experiments.language.checkpoints import Series
from experiments.language.model import Shape, build, next_token_losses
from experiments.registry import judged
from interp import records
from interp.errors import FileError, InterpError, ShapeError
from interp.records import Run
from interp.text import Corpus, documents
from tests.experiments.function_tokens.conftest import STEPS
from tests.experiments.function_tokens.consolidation.test_compared import axes_of


def settings(plan: Plan, **changes: Any) -> Settings:
    folder = str(Path(plan.model).with_name("checkpoints"))
    few = {
        "rows": 1024, "batch": 64, "checkpoints": folder, "second": folder, "judged": 20, "step": 8, "gradients": 16,
        "least": 2, "at": (0, STEPS), "ks": (2, 8), "seeds": 2, "counted": 60, "spliced": 6,
    }  # fmt: skip
    return Settings(**{**asdict(plan), **few, **changes})


@pytest.fixture(scope="module")
def shallow(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Checkpoints of a model of one block instead of two, which has learned half as long."""
    tokenizer = interp.load(plan.model).tokenizer
    model = build(Shape(vocabulary=len(tokenizer), context=16, depth=1, width=16, heads=2), 0, 0)
    tokens = Corpus.of(documents(plan.corpus), tokenizer, "text", quiet=True).sequences(16).tokens.long()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    root = tmp_path_factory.mktemp("sizes") / "shallow" / "checkpoints"
    for step in (0, STEPS):
        for _ in range(step // 2):
            optimizer.zero_grad()
            next_token_losses(model(tokens[:, :-1], use_cache=False).logits, tokens).mean().backward()
            optimizer.step()
        folder = root / f"step-{step:06}"
        model.save_pretrained(folder)  # type: ignore[operator]
        tokenizer.save_pretrained(folder)
    return str(root)


@pytest.fixture(scope="module")
def record(plan: Plan, shallow: str, tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    """The two checkpoints of the tiny model, and those of a shallower one."""
    chosen, out = settings(plan, second=shallow), tmp_path_factory.mktemp("runs") / "run"
    with records.run(out, EXPERIMENT.path, chosen, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(chosen, this))


def test_a_run_measures_what_can_be_judged(record: records.Record) -> None:
    found = {row.finding.id for row in judged(EXPERIMENT, record) if row.measurement is not None}
    assert {"function-9", "function-10", "function-11", "function-12"} <= found


def test_groups_share_the_loss_and_the_gradient_at_every_checkpoint(record: records.Record) -> None:
    first = record.metrics["sizes"][0]
    assert first["steps"] == [0, STEPS]
    assert (first["depth"], first["width"]) == (2, 16)
    for at in (0, 1):
        assert sum(one["loss share"][at][0] for one in first["groups"].values()) == pytest.approx(1)
        for share in GRADIENT:
            assert sum(one[share][at][0] for one in first["gradients"].values()) == pytest.approx(1)
    assert first["groups"].keys() == first["gradients"].keys()
    assert all(one["mean"][0][0] > one["mean"][1][0] for one in first["groups"].values())


def test_the_deeper_model_is_held_against_the_shallower_one_on_the_same_predictions(record: records.Record) -> None:
    deep, shallow = record.metrics["sizes"]
    found = record.metrics["gain"]
    assert (deep["depth"], shallow["depth"]) == (2, 1)
    assert (found["small"], found["large"]) == ("shallow", deep["name"])
    for name, (value, low, high, _) in found["all"]["groups"].items():
        one, other = (size["groups"][name] for size in (deep, shallow))
        assert one["predictions"] == other["predictions"]
        assert value == pytest.approx(other["mean"][-1][0] - one["mean"][-1][0])
        assert low <= value <= high
    means = {which: mean_of(shallow, which) - mean_of(deep, which) for which in ("content", "function")}
    value, control = (record.metrics["findings"]["function-12"][which] for which in ("value", "control"))
    assert value[0] == pytest.approx(means["content"] - means["function"])
    assert control[0] == pytest.approx(found["all"]["evenly"][0])


def mean_of(size: dict[str, Any], following: str) -> float:
    """The mean loss of a class of the next token at the end, from its groups."""
    own = [one for name, one in size["groups"].items() if name.endswith(f"→ {following}")]
    return float(sum(one["mean"][-1][0] * one["predictions"] for one in own) / sum(one["predictions"] for one in own))


def test_two_sizes_that_end_at_other_steps_are_not_compared() -> None:
    first, behind = Series("runs/deep", (0, 9, 80)), Series("runs/shallow", (0, 9))
    require_one_end(first, None)
    require_one_end(first, Series("runs/shallow", (0, 80)))
    with pytest.raises(InterpError, match="deep is followed to step 80 and shallow to step 9"):
        require_one_end(first, behind)


def test_every_checkpoint_has_every_dictionary_on_the_same_rows(record: records.Record) -> None:
    found = record.metrics["dictionaries"]
    assert {(one["step"], one["k"], one["seed"]) for one in found} == {
        (step, k, seed) for step in (0, STEPS) for k in (2, 8) for seed in (0, 1)
    }
    assert {one["rows"] for one in found} == {60}
    assert all(0 <= one["often"] <= one["once"] <= one["width"] for one in found)
    assert all(one["l0"] <= one["k"] for one in found)


def test_findings_follow_from_the_metrics(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    assert [panel.name for panel in found] == ["losses", "words", "shares", "tokens", "sizes", "latents", "slopes"]
    drawn = {panel.name: axes_of(panel) for panel in found}
    titles = [ax.get_title(loc="left") for ax in drawn["losses"]]
    assert [title.rsplit(", ", 1)[1] for title in titles] == ["2 blocks", "1 block"]
    assert [label.get_text() for label in drawn["sizes"][0].get_yticklabels()] == list(
        record.metrics["gain"]["all"]["groups"]
    )
    assert all(len(panel.caption) > 40 for panel in found)


def test_without_a_second_size_the_first_is_measured_alone(
    plan: Plan, this: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(this, "say", said.append)
    assert second_size(settings(plan, second=str(tmp_path / "none")), this) is None
    assert "interp train docs-shallow" in said[0]
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="interp train docs-shallow"):
        second_size(settings(plan, second=str(tmp_path / "empty")), this)


@pytest.mark.parametrize("changes", [{"ks": (8,)}, {"ks": (8, 2)}, {"seeds": 0}, {"counted": 0}])
def test_settings_of_no_use_are_refused(plan: Plan, changes: dict[str, Any]) -> None:
    with pytest.raises(InterpError):
        require(replace(settings(plan), **changes))


def test_too_little_text_to_count_on_is_refused(subject: Subject) -> None:
    with pytest.raises(ShapeError, match="lower `counted`"):
        rows_of(subject.model, subject.held_out, 10**6)
