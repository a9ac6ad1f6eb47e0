import os
from pathlib import Path

import pytest

import interp
from experiments.language import text
from experiments.language.text import TEXT, tokenised
from interp.models.model import Model


@pytest.fixture(scope="module")
def model() -> Model:
    return interp.load("docs-small", device="cpu")


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "text.txt"
    path.write_text("\n\n".join(f"the model reads paragraph {number}" for number in range(7)))
    return str(path)


def test_a_text_is_read_once(model: Model, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tokenised(source, 5, model, tmp_path)
    monkeypatch.setattr(text, "documents", lambda source: pytest.fail(f"{source} is read again"))
    again = tokenised(source, 5, model, tmp_path)
    assert again.fingerprint() == first.fingerprint()
    assert again.names == first.names
    assert len(again) == 5


def test_a_file_that_changed_is_read_again(model: Model, source: str, tmp_path: Path) -> None:
    os.utime(source, ns=(0, 0))
    first = tokenised(source, None, model, tmp_path)
    content = Path(source).read_text()
    Path(source).write_text(content.replace("model", "tiger"))
    assert tokenised(source, None, model, tmp_path).fingerprint() != first.fingerprint()


def test_a_damaged_copy_is_made_again(model: Model, source: str, tmp_path: Path) -> None:
    first = tokenised(source, 5, model, tmp_path)
    (tokens,) = (tmp_path / TEXT).glob("*/tokens.safetensors")
    tokens.write_bytes(b"damaged")
    assert tokenised(source, 5, model, tmp_path).fingerprint() == first.fingerprint()
