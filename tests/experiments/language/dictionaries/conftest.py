
import pytest

from experiments.language.dictionaries.settings import Settings
from experiments.language.model import Shape, build
from interp.text import train_bpe
from tests.experiments.language.made import made


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A tiny model with random weights and its tokenizer, a text of fourteen documents, and short dictionaries."""
    root = tmp_path_factory.mktemp("language")
    documents = [document.text for source in ("a", "b") for document in made(source)]
    words = " ".join(documents).split()
    text = root / "text.txt"
    paragraphs = [" ".join(words[start : start + 40]) for start in range(0, len(words), 40)]
    text.write_text("\n\n".join(paragraphs))
    tokenizer = train_bpe(paragraphs, 280)
    model = build(Shape(vocabulary=len(tokenizer), context=16, depth=2, width=16, heads=2), 0, 0)
    model.save_pretrained(root / "model")  # type: ignore[operator]
    tokenizer.save_pretrained(root / "model")
    return Settings(
        model=str(root / "model"), corpus=str(text), context=8, sequences=60, held_out=20, width=32, k=4,
        rows=2000, batch=100, pages=2,
    )  # fmt: skip
