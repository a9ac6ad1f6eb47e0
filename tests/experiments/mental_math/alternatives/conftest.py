"""A subject small enough for every test here."""

from pathlib import Path

import pytest

from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan, Subject, prepare
from experiments.mental_math.tasks import TASKS
from interp import load

PLAN = Plan(Sampling(0, 9), fit=60, choose=10, report=30, floor=1, batch=16)


@pytest.fixture(scope="session")
def subject(trained: Path) -> Subject:
    """A model of three blocks on sums of two numbers to 9."""
    return prepare(load(trained), TASKS["A+B"], PLAN, 0)
