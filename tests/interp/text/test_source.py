import gzip
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from interp.errors import FileError, InterpError, UnknownNameError
from interp.text import Document, documents
from interp.text import source as source_module

STORY = "One line,\nand another.\n\n\n  Second, indented.\r\n \t\nThird: é ☃.\n"
PARAGRAPHS = [
    Document("story.txt:1", "One line,\nand another."),
    Document("story.txt:5", "  Second, indented."),
    Document("story.txt:7", "Third: é ☃."),
]


def read(source: Any, **options: Any) -> list[Document]:
    return list(documents(source, quiet=True, **options))


def written(path: Path, content: str | bytes) -> Path:
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def rows(texts: list[str | None]) -> str:
    return "".join(json.dumps({"text": text, "n": n}) + "\n" for n, text in enumerate(texts))


def table(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("as_text", [True, False])
def test_a_text_file_is_its_paragraphs_named_by_their_first_lines(tmp_path: Path, as_text: bool) -> None:
    path = written(tmp_path / "story.txt", STORY)
    assert read(str(path) if as_text else path) == PARAGRAPHS


def test_a_compressed_text_is_the_same_text(tmp_path: Path) -> None:
    found = read(written(tmp_path / "story.txt.gz", STORY))
    assert [text for _, text in found] == [text for _, text in PARAGRAPHS]
    assert found[1].name == "story.txt.gz:5"


def test_a_text_file_can_be_one_document(tmp_path: Path) -> None:
    (document,) = read(written(tmp_path / "story.txt", STORY), whole=True)
    assert document == Document("story.txt", STORY.replace("\r\n", "\n").removesuffix("\n"))


def test_a_byte_order_mark_and_a_missing_last_line_end_are_no_text(tmp_path: Path) -> None:
    assert read(written(tmp_path / "a.txt", "\ufeffOne\n\nTwo")) == [
        Document("a.txt:1", "One"),
        Document("a.txt:3", "Two"),
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_json_lines_are_documents_named_by_line_and_empty_ones_are_passed_over(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, rows(["One", "", None, "Two é"]) + "\n")
    assert read(path) == [Document(f"{name}:1", "One"), Document(f"{name}:4", "Two é")]
    assert [text for _, text in read(written(tmp_path / name, '{"story": "x"}\n'), column="story")] == ["x"]


def test_rows_of_a_parquet_file_are_documents_named_by_row(tmp_path: Path) -> None:
    texts = [f"text {n}" if n % 3 else None for n in range(3000)]
    expected = [Document(f"a.parquet[{n}]", text) for n, text in enumerate(texts) if text]
    assert read(table(tmp_path / "a.parquet", text=texts, n=list(range(3000)))) == expected
    categories = pa.array(["x", "y", "x"]).dictionary_encode()
    assert [text for _, text in read(table(tmp_path / "b.parquet", kind=categories), column="kind")] == ["x", "y", "x"]


def test_the_documentation_is_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, bool] = {}

    def some(quiet: bool) -> Iterator[Document]:
        given["quiet"] = quiet
        return iter([Document("a", "b")])

    monkeypatch.setattr(source_module, "documentation", some)
    assert read("documentation") == [Document("a", "b")]
    assert given == {"quiet": True}


def test_a_missing_file_is_named_at_once_with_the_nearest_that_is_there(tmp_path: Path) -> None:
    written(tmp_path / "story.txt", STORY)
    with pytest.raises(FileError, match=r"no file .*storry\.txt\. Did you mean .*story\.txt"):
        documents(str(tmp_path / "storry.txt"))
    with pytest.raises(FileError, match=r"no file .*a\.parquet\.$"):
        documents(tmp_path / "nowhere" / "a.parquet")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"must end in one of \.txt, "):
        documents(str(written(tmp_path / "a.csv", "x")))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.jsonl.gz", "a.txt.gz"])
@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_without_text_is_refused(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(InterpError, match=f"no text in .*{name}"):
        read(written(tmp_path / name, content))


def test_rows_without_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InterpError, match="no text in"):
        read(table(tmp_path / "a.parquet", text=["", None, "  "]))


@pytest.mark.parametrize("name", ["a.txt.gz", "a.jsonl.gz"])
def test_a_compressed_file_that_is_cut_off_is_refused(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, rows([str(os.urandom(20)) for _ in range(100)]))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(FileError, match=r"cannot read .* beyond line"):
        read(path)
    path.write_bytes(b"no gzip at all")
    with pytest.raises(FileError, match="beyond line 0"):
        read(path)


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.txt.gz"])
def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=rf"{name}, line 2: not UTF-8 .* byte 3"):
        read(written(tmp_path / name, b'{"text": "x"}\nabc\xff\n'))


@pytest.mark.parametrize("line", ["{", "text", '{"text": "x"', "[" * 100_000])
def test_a_line_that_is_not_json_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(FileError, match=r"a\.jsonl, line 3: not JSON"):
        read(written(tmp_path / "a.jsonl", rows(["x", "y"]) + line))


def test_a_line_without_an_object_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="line 1: list, not an object with a 'text'"):
        read(written(tmp_path / "a.jsonl", "[1]\n"))


def test_a_column_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InterpError, match=r"no column 'story' in .*line 1\. Columns: text, n\."):
        read(written(tmp_path / "a.jsonl", rows(["x"])), column="story")
    with pytest.raises(InterpError, match=r"no column 'story' in .*parquet\. Columns: text, n\."):
        documents(table(tmp_path / "a.parquet", text=["x"], n=[1]), column="story")


def test_a_column_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InterpError, match=r"column 'n' of .* holds int64, not text"):
        documents(table(tmp_path / "a.parquet", n=[1]), column="n")
    with pytest.raises(InterpError, match=r"column 'n' of .*line 1, holds int, not text"):
        read(written(tmp_path / "a.jsonl", rows(["x"])), column="n")


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InterpError, match="line 1, holds half a character"):
        read(written(tmp_path / "a.jsonl", '{"text": "a\\ud83d"}\n'))
    assert read(written(tmp_path / "a.jsonl", '{"text": "\\ud83d\\ude00"}\n'))[0].text == "😀"


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", text=[str(os.urandom(50)) for _ in range(500)])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match="cannot read"):
        documents(path)
    path.write_bytes(whole[:4] + b"\xff" * 2000 + whole[2004:])
    with pytest.raises(FileError, match="beyond row"):
        read(path)


def test_a_parquet_file_with_bytes_that_are_no_text_is_refused(tmp_path: Path) -> None:
    binary = pa.array([b"x", b"\xff"], pa.binary())
    with pytest.raises(FileError, match="beyond row 1"):
        read(table(tmp_path / "a.parquet", text=pa.StringArray.from_buffers(2, *binary.buffers()[1:], None)))


def test_options_that_do_not_apply_are_refused(tmp_path: Path) -> None:
    story = written(tmp_path / "a.txt", STORY)
    for source, options in [
        (story, {"split": "train"}),
        (story, {"config": "x"}),
        (story, {"streaming": True}),
        ("documentation", {"whole": True}),
        ("documentation", {"split": "train"}),
        (table(tmp_path / "a.parquet", text=["x"]), {"whole": True}),
        (tmp_path, {"whole": True}),
    ]:
        with pytest.raises(InterpError, match="cannot be chosen for"):
            documents(source, **options)  # type: ignore[arg-type]


def test_a_file_is_read_no_further_than_it_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", rows(["x"] * 5000) + "{")
    stream = documents(path, quiet=True)
    assert [next(stream).text for _ in range(5000)] == ["x"] * 5000
    with pytest.raises(FileError, match="line 5001"):
        next(stream)


def test_progress_is_told_in_bytes_or_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list(documents(written(tmp_path / "a.txt", "x\n\n")))
    assert "byte 3/3" in capsys.readouterr().err
    list(documents(table(tmp_path / "a.parquet", text=["x", "y"])))
    assert "row 2/2" in capsys.readouterr().err


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network, and a cache of datasets of its own."""
    import datasets
    from huggingface_hub import constants

    def refuse(*_: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def local(tmp_path: Path) -> Path:
    folder = tmp_path / "stories"
    folder.mkdir()
    written(folder / "train.jsonl", rows(["One", "", "Two"]))
    written(folder / "test.jsonl", rows(["Three"]))
    return folder


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("streaming", [False, True])
def test_a_dataset_is_read_without_network(local: Path, streaming: bool) -> None:
    assert read(local, streaming=streaming) == [Document(f"{local}[0]", "One"), Document(f"{local}[2]", "Two")]
    assert [text for _, text in read(str(local), split="test", streaming=streaming)] == ["Three"]
    with pytest.raises(InterpError, match="no column 'story'"):
        read(local, column="story", streaming=streaming)
    with pytest.raises(InterpError, match=r"column 'n' of .* row 0, holds int, not text"):
        read(local, column="n", streaming=streaming)


@pytest.mark.usefixtures("offline")
def test_a_folder_with_parquet_is_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    table(tmp_path / "tables" / "train.parquet", text=["One", "Two"])
    assert [text for _, text in read(tmp_path / "tables")] == ["One", "Two"]


@pytest.mark.usefixtures("offline")
def test_a_split_or_dataset_that_is_not_there_is_refused(local: Path, tmp_path: Path) -> None:
    with pytest.raises(InterpError, match="Unknown split"):
        documents(local, split="validation")
    with pytest.raises(InterpError, match="'somebody/no-such-dataset' without network"):
        documents("somebody/no-such-dataset")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InterpError, match="cannot load the dataset"):
        documents(tmp_path / "empty")


def test_a_dataset_that_the_hub_does_not_know_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    def unheard(*_: Any, **__: Any) -> None:
        raise datasets.exceptions.DatasetNotFoundError("not on the Hub")

    monkeypatch.setattr(datasets, "load_dataset", unheard)
    with pytest.raises(UnknownNameError, match=r"unknown text source 'documentatoin'\. Did you mean 'documentation'"):
        documents("documentatoin")
