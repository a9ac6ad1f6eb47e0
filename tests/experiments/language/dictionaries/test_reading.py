from pathlib import Path

import pytest
import torch

import interp
from experiments.language.corpus import held_out
from experiments.language.dictionaries.reading import kept_out, read, some
from experiments.language.dictionaries.settings import Settings
from experiments.language.settings import TrainSettings
from interp.errors import InterpError
from interp.sequences import Sequences
from interp.text import Corpus, documents


def test_what_is_judged_on_was_kept_out_of_the_models_training_whichever_part_is_read() -> None:
    names = [f"library.module_{number}" for number in range(7000)]
    trained_without = held_out(names, TrainSettings().validation)
    ours = {number for number, name in enumerate(names) if kept_out(name)}
    assert ours < trained_without
    assert 0.03 < len(ours) / len(names) < 0.05


def test_documents_stay_whole(settings: Settings) -> None:
    model = interp.load(settings.model)
    found = read(settings, model)
    corpus = Corpus.of(documents(settings.corpus), model.tokenizer, "all")
    assert found.corpus.names == tuple(name for name in corpus.names if kept_out(name))
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
    with pytest.raises(InterpError, match="too few"):
        read(Settings(model=settings.model, corpus=str(short), context=8), interp.load(settings.model))
