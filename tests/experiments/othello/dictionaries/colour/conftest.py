"""What is measured once for all tests of this room."""

import json
from typing import Any

import pytest

from experiments.othello.dictionaries.colour.measure import measure
from experiments.othello.dictionaries.subjects import Subjects


@pytest.fixture(scope="session")
def metrics(who: Subjects) -> dict[str, Any]:
    """As a record gives it back: lists in place of intervals."""
    back: dict[str, Any] = json.loads(json.dumps(measure(who), allow_nan=False))
    return back
