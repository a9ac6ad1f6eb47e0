from pathlib import Path

import pytest
import torch

import interp
from experiments.language.corpus import held_out
from experiments.language.dictionaries.reading import VALIDATION, read, some
from experiments.language.dictionaries.settings import Settings
from interp.errors import InterpError
from interp.sequences import Sequences
from interp.text import Corpus, documents


def test_documents_are_divided_as_they_were_in_the_models_training(settings: Settings) -> None:
    model = interp.load(settings.model)
    found = read(settings, model)
    corpus = Corpus.of(documents(settings.corpus), model.tokenizer, "all")
    apart = held_out(corpus.names, VALIDATION)
    assert found.corpus.names == tuple(name for number, name in enumerate(corpus.names) if number in apart)
    assert found.fresh.documents.max() < len(found.corpus)


def test_every_window_begins_with_the_separator_which_does_not_count(settings: Settings) -> None:
    found = read(settings, interp.load(settings.model))
    for side in (found.train, found.fresh):
        assert side.tokens.shape[1] == settings.context
        assert (side.tokens[:, 0] == 0).all()
        assert not side.kept[:, 0].any()


def test_fewer_windows_are_taken_from_all_over() -> None:
    windows = Sequences.of(torch.arange(40).reshape(20, 2))
    assert some(windows, 3).tokens[:, 0].tolist() == [0, 18, 38]
    assert some(windows, 50) is windows


def test_a_text_too_short_for_a_window_is_refused(settings: Settings, tmp_path: Path) -> None:
    short = tmp_path / "short.txt"
    short.write_text("the model\n\nreads a token")
    with pytest.raises(InterpError, match=r"window|too short"):
        read(Settings(model=settings.model, corpus=str(short), context=8), interp.load(settings.model))
