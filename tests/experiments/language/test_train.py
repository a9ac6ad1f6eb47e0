import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import interp
from experiments import zoo
from experiments.language import checkpoints, corpus
from experiments.language.corpus import prepare
from experiments.language.model import build
from experiments.language.train import baselines, run, stream, validation_windows
from experiments.language.windows import Windows
from interp.errors import FileError
from interp.files import write_bytes
from interp.ngrams import Ngrams
from interp.text import documents
from tests.experiments.language.made import QUICK, made

CHECKPOINTS = ["step-000000", "step-000001", "step-000002", "step-000003", "step-000006", "step-000010"]


@pytest.fixture(autouse=True)
def _made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "documents", made)


def digests(out: Path) -> dict[str, str]:
    """Every file that a training leaves for others, but for the record of how long it took."""
    found = [path for place in ("model", "checkpoints") for path in sorted((out / place).rglob("*")) if path.is_file()]
    found = [path for path in found if path != out / "model" / "training.json"]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_training_leaves_a_folder_that_loads_with_tokenizer_and_record(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    outcome = run(QUICK, tmp_path, command="interp train quick", quiet=True)
    model = interp.load(tmp_path / "model", device="cpu")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    data = prepare(QUICK, tmp_path / "corpus", quiet=True)
    record = json.loads((tmp_path / "model" / "training.json").read_text())
    assert (model.depth, model.vocabulary) == (1, 280)
    text = dict(made("made"))[data.validation.names[0]]
    assert tokenizer(text)["input_ids"] == data.validation.document(0).tolist()
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.model_max_length) == (0, 0, 16)
    assert record["command"] == "interp train quick"
    assert record["tokens"] == 10 * 4 * 16
    assert record["validation_loss"] == outcome.log[-1]["validation_loss"]
    assert record["corpus"]["hash"] == data.hash
    assert record["corpus"]["validation"]["documents"] == 2
    assert [row["step"] for row in record["log"]] == [4, 8, 10]
    assert str(tmp_path) not in json.dumps(record)


def test_the_models_along_the_way_are_those_of_their_steps(tmp_path: Path) -> None:
    run(QUICK, tmp_path / "long", quiet=True)
    assert [path.name for path in sorted((tmp_path / "long" / "checkpoints").iterdir())] == CHECKPOINTS
    first, last, final = (
        interp.load(tmp_path / "long" / name, device="cpu").hf.state_dict()
        for name in (f"checkpoints/{CHECKPOINTS[0]}", f"checkpoints/{CHECKPOINTS[-1]}", "model")
    )
    fresh = build(QUICK.shape, 0, QUICK.seed).state_dict()
    assert all(torch.equal(first[name], fresh[name]) for name in fresh)
    assert all(torch.equal(last[name], final[name]) for name in final)
    record = json.loads((tmp_path / "long" / "checkpoints" / "step-000006" / "training.json").read_text())
    assert (record["step"], record["tokens"]) == (6, 6 * 4 * 16)


@pytest.mark.parametrize("moment", [0, 6, 9])
def test_a_stopped_training_leaves_the_same_bits(moment: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(QUICK, tmp_path / "whole", quiet=True)
    asked = Windows.__call__

    def stopping(self: Windows, step: int) -> torch.Tensor:
        if step == moment:
            raise KeyboardInterrupt
        return asked(self, step)

    with monkeypatch.context() as patch:
        patch.setattr(Windows, "__call__", stopping)
        with pytest.raises(KeyboardInterrupt):
            run(QUICK, tmp_path / "stopped", quiet=True)
    run(QUICK, tmp_path / "stopped", quiet=True)
    assert digests(tmp_path / "stopped") == digests(tmp_path / "whole")


def test_a_death_while_a_model_along_the_way_is_written_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(QUICK, tmp_path / "whole", quiet=True)
    calls = 0

    def dying(path: Path, content: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == 8:  # in the second folder
            raise KeyboardInterrupt
        write_bytes(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "write_bytes", dying)
        with pytest.raises(KeyboardInterrupt):
            run(QUICK, tmp_path / "died", quiet=True)
    assert (tmp_path / "died" / "checkpoints" / "step-000000" / "config.json").exists()
    assert not (tmp_path / "died" / "checkpoints" / "step-000001" / "config.json").exists()
    run(QUICK, tmp_path / "died", quiet=True)
    assert digests(tmp_path / "died") == digests(tmp_path / "whole")


def test_a_folder_of_other_settings_is_refused(tmp_path: Path) -> None:
    run(QUICK, tmp_path, quiet=True)
    with pytest.raises(FileError, match="other settings"):
        run(replace(QUICK, rate=1e-3), tmp_path, quiet=True)
    with pytest.raises(FileError, match="other settings"):
        run(replace(QUICK, validation=0.3), tmp_path, quiet=True)


def test_the_baselines_are_taken_over_the_tokens_that_the_model_predicts(tmp_path: Path) -> None:
    data = prepare(QUICK, tmp_path, quiet=True)
    row = stream(data)
    assert len(row) == len(data.train.ids) + len(data.train) - 1
    assert (row == 0).sum() == len(data.train) - 1
    held_out = validation_windows(data, QUICK)
    assert held_out.shape[1] == QUICK.shape.context + 1
    found = baselines(data, QUICK)
    assert found.keys() == {"unigram_loss", "bigram_loss", "trigram_loss"}
    single = Ngrams.count(row[None], 280, order=1).unigrams().double()
    truth = -single[held_out[:, 1:].long()].log().mean().item()
    assert found["unigram_loss"] == pytest.approx(truth, rel=1e-5)
    assert found["bigram_loss"] < found["unigram_loss"]


def test_documentation_that_changed_since_the_shipped_model_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "docs-small"
    shipped.mkdir()
    (shipped / "training.json").write_text(json.dumps({"corpus": {"hash": "of old"}}))
    monkeypatch.setattr(zoo, "folders", lambda: {"docs-small": shipped})
    with pytest.warns(UserWarning, match="of old"):
        run(replace(QUICK, corpus="documentation"), tmp_path / "out", quiet=True)
    run(QUICK, tmp_path / "other text", quiet=True)


def test_a_text_file_can_be_trained_on_and_its_place_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "documents", documents)
    (tmp_path / "own.txt").write_text("\n\n".join(text for _, text in made("made")))
    monkeypatch.chdir(tmp_path)
    run(replace(QUICK, corpus=str(tmp_path / "own.txt")), tmp_path / "out", quiet=True)
    record = json.loads((tmp_path / "out" / "model" / "training.json").read_text())
    assert record["settings"]["corpus"] == record["corpus"]["source"] == "own.txt"
    assert record["corpus"]["train"]["documents"] == 8
