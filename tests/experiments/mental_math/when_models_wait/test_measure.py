import json
from pathlib import Path

import numpy as np

import interp
from experiments.mental_math.prompts import sample
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.tasks import task
from experiments.mental_math.when_models_wait import EXPERIMENT
from experiments.mental_math.when_models_wait.measure import measure
from experiments.mental_math.when_models_wait.settings import Candidate, Settings
from experiments.mental_math.when_models_wait.wording import Roomy
from interp import records

QUICK = Settings(
    models=(Candidate("nothing learnt", depth=1, steps=2),), planted=("sums-tiny",), width=16, batch=4, two=9, floor=4,
    choose=40, report=60,
)  # fmt: skip


def test_spare_tokens_stand_behind_the_question_as_slots_of_their_own(untrained: Path) -> None:
    model = interp.load(str(untrained), device="cpu")
    asked = Roomy(task("A+B"), spare=2)
    drawn = sample(model, asked, 5, np.random.default_rng(0), Sampling(high=9))
    bare = sample(model, task("A+B"), 5, np.random.default_rng(0), Sampling(high=9))
    assert asked.template == "{A}+{B}==="
    assert drawn.prompts.tokens[:, :5].equal(bare.prompts.tokens)
    assert drawn.prompts.tokens[:, 5:].equal(bare.prompts.tokens[:, -1:].expand(-1, 2))
    assert drawn.prompts.answers.equal(bare.prompts.answers)


def test_a_model_that_was_trained_to_wait_is_found_to() -> None:
    found = measure(interp.load("sums-tiny", device="cpu"), Roomy(task("A+B")), Sampling(high=14), QUICK, seed=0)
    assert found["able"]
    assert found["waits"]
    assert (found["longest"], found["share"]) == (2, 0.5)
    assert (found["best"]["wait"], found["best"]["transfer"]) == (2, 1)
    assert found["triangle"][2][0] < 0.5 < 0.95 <= found["triangle"][2][1]
    assert found["triangle"][4][1:] == [None] * 4
    assert [share.value >= 0.95 for share in found["knockouts"]] == [True, True, False, True]
    assert found["waiting"][3].value < 0.5


def test_a_model_that_learnt_nothing_is_shown_and_does_not_count(tmp_path: Path) -> None:
    with records.run(tmp_path / "run", EXPERIMENT.path, QUICK, 0, preset="tiny", command="interp run") as this:
        metrics = this.keep(EXPERIMENT.run(QUICK, this)).metrics
    assert all(not told["able"] and "waiting" not in told for told in metrics["studied"][0]["tasks"].values())
    assert metrics["findings"] == {}
    assert EXPERIMENT.report(json.loads(json.dumps(metrics)))
    assert (tmp_path / "trained").is_dir()
