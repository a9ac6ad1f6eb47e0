from dataclasses import asdict, replace
from pathlib import Path

from experiments.function_tokens.dictionaries import Wanted, trained
from experiments.function_tokens.graph import Settings
from experiments.function_tokens.graph.measure import measure
from experiments.function_tokens.subject import Subject
from interp.dictionaries.architectures import TopK
from interp.models.sites import resid
from interp.records import Run


def test_dictionaries_of_a_folder_are_looked_at_instead_of_trained_ones(
    subject: Subject, this: Run, tmp_path: Path
) -> None:
    wanted = {str(depth): Wanted(resid(depth), TopK(32, k=4)) for depth in (1, 2)}
    for name, made in trained(subject, subject.model, wanted, rows=1024, batch=128, seed=0, this=this).items():
        made.save_model(tmp_path / f"layer_{name}" / "width_32")
    loaded = ("layer_2/width_32", "layer_1/width_32")
    plan = replace(subject.plan, release=str(tmp_path), loaded=loaded)
    settings = Settings(**asdict(plan), draws=2, parts=2, sizes=(2,), shares=(0.4,))
    found = measure(subject, settings, this)
    assert [one["depth"] for one in found["trained"]] == [2, 1]
    assert [one["width"] for one in found["trained"]] == [32, 32]
    assert (found["untrained"], found["sweep"]) == ([], [])
