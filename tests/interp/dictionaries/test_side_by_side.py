"""Many dictionaries as one module: what the training loop is handed."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from interp.dictionaries.architectures import L1, TopK
from interp.dictionaries.batches import KEY, Batches
from interp.dictionaries.loss import loss
from interp.dictionaries.side_by_side import Job, SideBySide
from interp.dictionaries.training import Training
from interp.errors import InterpError, ShapeError, UnknownNameError
from interp.training import log
from tests.interp.dictionaries.made import JOBS, TINY, planted, stream

CPU = torch.device("cpu")


def made(jobs: dict[str, Job] | None = None, training: Training = TINY) -> SideBySide:
    found = SideBySide.of(stream(training=training), JOBS if jobs is None else jobs, training, CPU)
    found.start()
    return found


class Sites:
    """A stream of two sites of different width."""

    identity = "two sites"

    def __call__(self, step: int) -> dict[str, Tensor]:
        rows = planted(TINY.batch, step)
        return {"early": rows[:, :10], "late": rows}


def test_a_source_that_the_stream_lacks_is_refused_with_those_it_has() -> None:
    jobs = {"a": Job("lat", TopK(8, k=1))}
    with pytest.raises(UnknownNameError, match=r"unknown source of activations 'lat'\. Did you mean 'late'"):
        SideBySide.of(Sites(), jobs, TINY, CPU)


def test_a_stream_with_other_batches_than_the_training_is_refused() -> None:
    with pytest.raises(ShapeError, match="batches of 64 rows, not of 32"):
        SideBySide.of(Sites(), {"a": Job("late", TopK(8, k=1))}, replace(TINY, batch=32), CPU)


def test_each_dictionary_has_the_width_of_its_source() -> None:
    jobs = {"a": Job("early", TopK(8, k=1)), "b": Job("late", TopK(8, k=1))}
    found = SideBySide.of(Sites(), jobs, TINY, CPU)
    assert found.weights["a"].decoder.shape == (8, 10)
    assert found.weights["b"].decoder.shape == (8, 16)


def test_the_identity_knows_all_that_decides_the_result() -> None:
    job = Job(KEY, L1(8))
    others = [
        SideBySide.of(stream(1), {"a": job}, TINY, CPU),
        *(
            SideBySide.of(stream(), jobs, TINY, CPU)
            for jobs in (
                {"a": job},
                {"b": job},
                {"a": job._replace(seed=1)},
                {"a": job._replace(architecture=L1(8, tied=True))},
                {"a": Job(KEY, TopK(8, k=8))},
                {"a": job, "b": job},
            )
        ),
        SideBySide.of(stream(), {"a": job}, replace(TINY, aux=0.0), CPU),
    ]
    assert len({one.identity for one in others}) == len(others)
    assert SideBySide.of(stream(), {"a": job}, TINY, CPU).identity == others[1].identity


def test_the_start_looks_at_as_many_rows_as_it_was_told() -> None:
    found = made({"a": Job(KEY, TopK(8, k=1))})  # a hundred rows: one batch and a part of the next
    rows = torch.cat([stream()(step)[KEY] for step in range(2)])[:100]
    scaled = rows * found.weights["a"].scale
    assert scaled.var(0, correction=0).mean().item() == pytest.approx(1.0, rel=1e-4)


def test_every_dictionary_learns_at_its_own_rate() -> None:
    groups = made(training=replace(TINY, rate=None)).optimizer().param_groups
    assert [group["scale"] for group in groups] == [Training().peak(job.architecture.width) for job in JOBS.values()]
    assert len({group["scale"] for group in groups}) == 2


def test_numbers_carry_the_names_of_their_jobs_and_the_loss_is_the_sum() -> None:
    found = made().objective(3, torch.Generator())
    assert set(found) == {"loss"} | {
        f"{name}/{part}" for name in JOBS for part in ("loss", "misfit", "penalty", "aux", "l0", "dead")
    }
    total = sum(found[f"{name}/loss"].item() for name in JOBS)
    assert found["loss"].item() == pytest.approx(total, rel=1e-5)


def test_a_job_without_a_name_has_numbers_without_one() -> None:
    found = made({"": JOBS["topk"]}).objective(3, torch.Generator())
    assert set(found) == {"loss", "misfit", "penalty", "aux", "l0", "dead"}


def test_the_penalty_warms_up_with_the_steps() -> None:
    jobs = {"": Job(KEY, L1(24, penalty_weight=2.0))}
    training = replace(TINY, aux=0.0, penalty_warmup=4 / 7)
    for step, share in ((0, 0.25), (2, 0.75), (3, 1.0), (6, 1.0)):
        found = made(jobs, training).objective(step, torch.Generator())
        wanted = found["misfit"] + share * 2.0 * found["penalty"]
        torch.testing.assert_close(found["loss"], wanted)


def test_before_a_step_gradients_are_turned_and_cut_one_dictionary_at_a_time() -> None:
    found = made({name: JOBS[name] for name in ("topk", "l1")}, replace(TINY, clip=0.01))
    optimizer = found.optimizer()
    found.objective(0, torch.Generator())["loss"].backward()
    optimizer.step()  # at a rate of 0
    for weights in found.weights.values():
        parts = [one.grad for one in weights.parameters() if one.grad is not None]
        assert torch.stack([part.norm() for part in parts]).norm().item() == pytest.approx(0.01, rel=1e-3)
        assert weights.decoder.grad is not None
        assert (weights.decoder.grad * weights.decoder).sum(1).abs().max() < 1e-7


def test_without_a_clip_gradients_keep_their_length() -> None:
    found = made({"": JOBS["l1"]}, replace(TINY, clip=None))
    found.objective(0, torch.Generator())["loss"].backward()
    weights = found.weights[""]
    before = weights.encoder.grad
    assert before is not None
    before = before.clone()
    found.guide()
    assert torch.equal(weights.encoder.grad, before)  # type: ignore[arg-type]


def test_after_a_step_directions_have_length_one_where_they_are_held() -> None:
    found = made()
    with torch.no_grad():
        for weights in found.weights.values():
            weights.decoder.mul_(3.0)
    found.after_step(0, found.optimizer())
    for name, weights in found.weights.items():
        held = 3.0 if name == "tied" else 1.0
        torch.testing.assert_close(weights.decoder.detach().norm(dim=1), torch.full((len(weights.decoder),), held))


def test_dead_latents_are_resampled_in_the_steps_that_are_due() -> None:
    found = made({"": JOBS["topk"]})  # every two steps
    optimizer, weights = found.optimizer(), found.weights[""]
    found.objective(0, torch.Generator())["loss"].backward()
    optimizer.step()
    weights.since_fired.zero_()
    weights.since_fired[5] = TINY.dead_after
    before = weights.decoder[5].detach().clone()
    found.after_step(0, optimizer)
    torch.testing.assert_close(weights.decoder[5].detach(), before)
    found.after_step(1, optimizer)
    assert weights.since_fired[5] == 0
    x = stream()(1)[KEY] * weights.scale - weights.decoder_bias
    likeness = torch.nn.functional.normalize(x.detach(), dim=1) @ weights.decoder[5].detach()
    assert likeness.max().item() == pytest.approx(1.0)


def test_the_loss_of_a_job_is_that_of_its_dictionary_alone() -> None:
    side = made()
    alone = made({"l1": JOBS["l1"]}).weights["l1"]
    found = side.objective(2, torch.Generator())
    wanted = loss(
        alone, JOBS["l1"].architecture, stream()(2)[KEY], penalty=TINY.penalty(2), aux=TINY.aux, dead_after=128
    )
    assert torch.equal(found["l1/loss"], wanted["loss"])


def test_a_run_leaves_a_log_with_a_row_for_every_window(tmp_path: Path) -> None:
    outcome = made().run(tmp_path, quiet=True)
    assert [row["step"] for row in outcome.log] == [2, 4, 6, 7]
    assert all(row["topk/l0"] <= 3 for row in outcome.log)
    assert outcome.log == log.read(tmp_path)


@pytest.mark.parametrize("name", ["../elsewhere", "/elsewhere", "a/../../b", ""])
def test_a_name_that_leads_out_of_the_folder_or_to_all_of_it_is_refused(name: str) -> None:
    x = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    job = Job(KEY, TopK(4, k=1))
    with pytest.raises(InterpError, match="cannot be the name of a dictionary"):
        SideBySide.of(Batches(x, 4, 0), {name: job, "b": job}, Training(rows=8, batch=4), torch.device("cpu"))


def test_metadata_that_is_no_json_is_refused_before_anything_is_trained() -> None:
    x = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    job = Job(KEY, TopK(4, k=1), metadata={"path": object()})
    with pytest.raises(InterpError, match="cannot be saved as JSON"):
        SideBySide.of(Batches(x, 4, 0), {"a": job}, Training(rows=8, batch=4), torch.device("cpu"))
