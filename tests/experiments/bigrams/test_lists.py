from dataclasses import replace

from experiments.bigrams.lists import Lists, schedule
from experiments.bigrams.settings import Plan
from experiments.bigrams.subject import Subject
from interp.records import Run
from interp.subnetworks.settings import Search


def test_the_curve_has_a_mask_for_every_penalty(subject: Subject, this: Run) -> None:
    curve = Lists(subject, this).curve()
    assert [found.lam for found in curve] == list(subject.plan.lams)
    assert curve[0].mask.size > curve[1].mask.size


def test_the_core_has_its_exact_size_for_every_seed(subject: Subject, this: Run) -> None:
    cores = Lists(subject, this).core()
    assert [core.mask.size for core in cores] == [subject.size(0.2)] * 2
    assert cores[0].mask != cores[1].mask
    (one,) = Lists(subject, this).core(seeds=1)
    assert one.mask == cores[0].mask


def test_optimal_pruning_imitates_the_full_model(subject: Subject, this: Run) -> None:
    (optimal,) = Lists(subject, this).optimal(0.2, seeds=1)
    assert optimal.mask.size == subject.size(0.2)
    assert optimal.mask != Lists(subject, this).core(seeds=1)[0].mask


def test_runs_of_other_seeds_have_other_masks(subject: Subject, this: Run, other_run: Run) -> None:
    assert Lists(subject, this).seeds == (0, 1)
    assert Lists(subject, other_run).seeds == (2, 3)


def test_the_published_schedule_is_that_of_search_and_a_short_one_is_compressed() -> None:
    plan = Plan(steps=15_000, schedule="published")
    assert schedule(plan, lam=1.0) == Search(lam=1.0)
    assert schedule(replace(plan, steps=500, schedule="short"), lam=1.0) == Search.short(500, lam=1.0)
