"""What is measured once for all tests of this room."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def metrics(numbers: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """As a record gives it back: lists in place of intervals."""
    return numbers("colour")
