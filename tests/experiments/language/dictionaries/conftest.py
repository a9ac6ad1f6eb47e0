import pytest
import torch
from jaxtyping import Int64
from torch import Tensor, nn

from experiments.language.dictionaries.settings import Settings
from experiments.language.model import Shape, build, next_token_losses
from interp.text import Corpus, documents, train_bpe
from tests.experiments.language.made import made


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A tiny model that knows a little of its text, its tokenizer, a text, and short dictionaries."""
    root = tmp_path_factory.mktemp("language")
    paragraphs = [document.text for source in "abcdef" for document in made(source)]
    words = " ".join(paragraphs).split()
    paragraphs = [" ".join(words[start : start + 30]) for start in range(7, len(words), 29)]
    text = root / "text.txt"
    text.write_text("\n\n".join(paragraphs))
    tokenizer = train_bpe(paragraphs, 280)
    model = build(Shape(vocabulary=len(tokenizer), context=16, depth=2, width=16, heads=2), 0, 0)
    taught(model, Corpus.of(documents(str(text)), tokenizer, "text").sequences(16).tokens.long())
    model.save_pretrained(root / "model")  # type: ignore[operator]
    tokenizer.save_pretrained(root / "model")
    return Settings(
        model=str(root / "model"), corpus=str(text), context=8, sequences=60, held_out=20, width=32, k=4,
        rows=2000, batch=100, pages=2,
    )  # fmt: skip


def taught(model: nn.Module, tokens: Int64[Tensor, "sequence position"]) -> None:
    """Sixty steps: enough that the residual stream matters to the loss."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        next_token_losses(model(tokens[:, :-1], use_cache=False).logits, tokens).mean().backward()
        optimizer.step()
