"""Pickles of arrays, read without being run; pickles of anything else, refused."""

import os
import pickle
import subprocess
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interp import FileError
from interp.subnetworks.opcodes import read_arrays

REFUSED = r"cut short|refused"
PROTOCOLS = [0, 1, 2, 3, 4, 5]


class Calls:
    """Pickles as a call."""

    def __init__(self, function: Any, *arguments: Any):
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, Any]:
        return self.function, self.arguments


def some_arrays() -> dict[str, Any]:
    drawn = np.random.default_rng(0).random((300, 7)) < 0.4
    return {
        "transformer.h.0.mlp.c_fc.weight": drawn,
        "orig_model_name": "openai-community/gpt2",
        "columns first": np.asfortranarray(drawn),
        "turned": drawn.T,
        "a part": drawn[1:5, ::2],
        "vector": drawn[:, 0],
        "the same again": drawn,
        "größe": np.ones((1, 1), bool),
        "bytes": drawn.astype(np.uint8),
        "number": 70_000,
        "nothing": None,
        "yes": True,
    }


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_come_back_from_every_protocol(protocol: int, tmp_path: Path) -> None:
    expected = some_arrays()
    found = read_arrays(written(tmp_path / "a", pickle.dumps(expected, protocol)))
    assert list(found) == list(expected)
    for name, value in expected.items():
        if isinstance(value, np.ndarray):
            assert found[name].shape == value.shape
            assert (found[name] == value).all()
        else:
            assert found[name] == value, name


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_arrays_written_by_the_first_numpy_come_back_too(protocol: int, tmp_path: Path) -> None:
    content = pickle.dumps({"w": np.eye(3, dtype=bool)}, protocol)
    names = {b"numpy._core.multiarray": b"numpy.core.multiarray", b"numpy._core.numeric": b"numpy.core.numeric"}
    for new, old in names.items():
        # Old protocols end a name with a line, new ones begin it with its length.
        content = content.replace(bytes([len(new)]) + new, bytes([len(old)]) + old).replace(new + b"\n", old + b"\n")
    assert b"numpy._core" not in content
    if protocol >= 4:  # what is framed says how long it is
        content = content[:3] + (len(content) - 11).to_bytes(8, "little") + content[11:]
    assert (read_arrays(written(tmp_path / "a", content))["w"] == np.eye(3, dtype=bool)).all()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("inside", ["value", "key", "list", "alone", "dtype"])
def test_nothing_in_a_file_is_called(protocol: int, inside: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    call = Calls(os.system, f"touch {mark}")
    harmful: Any = {
        "value": {"w": np.ones((2, 2), bool), "x": call},
        "key": {("w", call): np.ones((2, 2), bool)},
        "list": {"w": [call]},
        "alone": call,
        "dtype": {"w": Calls(np.dtype, call)},
    }[inside]
    path = written(tmp_path / "a", pickle.dumps(harmful, protocol))
    with pytest.raises(FileError, match=r"a is refused: .*nothing was run"):
        read_arrays(path)
    assert not mark.exists()
    pickle.loads(path.read_bytes()) if inside not in ("dtype", "key") else None  # noqa: S301 - the danger is real
    assert mark.exists() or inside in ("dtype", "key")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Calls(eval, "1"), "builtin.*eval"),
        (Calls(getattr, "a", "upper"), "builtin.*getattr"),
        (Calls(subprocess.Popen, "true"), "Popen"),
        (OrderedDict(a=1), "OrderedDict"),
        (np.ones(3), "'f8'"),
        (np.array([None]), "'O8'"),
        (np.array([("a", 1)], dtype=[("x", "U1"), ("y", "i4")]), "'V8'"),
        (np.float64(1), "f8|scalar"),
        (Path("a"), "[pP]ath"),
        ({1, 2}, "SET|LIST"),
    ],
)
def test_what_is_no_array_of_booleans_is_refused_by_name(value: Any, says: str, protocol: int, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=says):
        read_arrays(written(tmp_path / "a", pickle.dumps({"w": value}, protocol)))


def test_instructions_that_a_mask_does_not_need_are_refused_by_name(tmp_path: Path) -> None:
    by_hand = {
        "INST": b"(S'true'\nios\nsystem\n.",
        "OBJ": b"(cos\nsystem\nS'true'\no.",
        "NEWOBJ": b"\x80\x02cos\nsystem\n(S'true'\nt\x81.",
        "PERSID": b"Pname\n.",
        "EXT1": b"\x80\x02\x82\x01.",
    }
    for name, content in by_hand.items():
        with pytest.raises(FileError, match=f"is refused: it has the instruction {name}"):
            read_arrays(written(tmp_path / "a", content))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_file_that_is_cut_short_is_refused(protocol: int, tmp_path: Path) -> None:
    content = pickle.dumps(some_arrays(), protocol)
    for length in [*range(40), *range(40, len(content), 997), len(content) - 1]:
        with pytest.raises(FileError, match=REFUSED):
            read_arrays(written(tmp_path / "a", content[:length]))


def test_files_that_are_missing_or_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="missing"):
        read_arrays(tmp_path / "a")
    with pytest.raises(FileError, match="cannot read"):
        read_arrays(tmp_path)
    for content in (b"PK\x03\x04 a zip", b"\x80\x04", b"}", b"0.", b"t.", b"u.", b"}R.", b"}(K\x01u.", b"h\x00.", b"."):
        with pytest.raises(FileError, match=REFUSED):
            read_arrays(written(tmp_path / "a", content))
    for value in ((np.ones(3, bool),), "text", np.ones(3, bool)):
        with pytest.raises(FileError, match="not a dictionary"):
            read_arrays(written(tmp_path / "a", pickle.dumps(value, 2)))


def test_a_content_that_does_not_fill_its_shape_is_refused(tmp_path: Path) -> None:
    content = pickle.dumps({"w": np.ones((3, 5), bool)}, 2)
    assert content.count(b"K\x03K\x05") == 1
    with pytest.raises(FileError, match="reshape"):
        read_arrays(written(tmp_path / "a", content.replace(b"K\x03K\x05", b"K\x03K\x06")))


@pytest.mark.parametrize("seed", range(3))
def test_random_damage_ends_in_an_answer_or_a_refusal(seed: int, tmp_path: Path) -> None:
    generator = np.random.default_rng(seed)
    content = np.frombuffer(pickle.dumps({"w": np.eye(4, dtype=bool), "name": "x"}, 4), np.uint8)
    for _ in range(150):
        damaged = content.copy()
        damaged[generator.integers(len(content), size=2)] = generator.integers(256, size=2)
        try:
            read_arrays(written(tmp_path / "a", damaged.tobytes()))
        except FileError:
            continue
