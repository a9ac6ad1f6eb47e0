from pathlib import Path

import pytest

from experiments.othello.model import Shape, build


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the smallest board with random weights, as a folder."""
    folder = tmp_path_factory.mktemp("model")
    build(Shape(size=4, depth=2, width=16, heads=2), 0).save_pretrained(folder)  # type: ignore[operator]
    return folder
