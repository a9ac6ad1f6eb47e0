"""What a pickle of NumPy arrays says, read without running it: nothing named in the file is imported or called."""

import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from interp.errors import FileError


class _Name(NamedTuple):
    """What the file wants imported. It never is: names of NumPy's own are understood, all others end the reading."""

    module: str
    name: str


class _Type:
    """NumPy's type of single bytes; whatever else the file says about it changes nothing."""


class _Array:
    """An array whose content the file has yet to give."""

    content: np.ndarray | None = None


_BYTES = {prefix + kind for prefix in ("", "|") for kind in ("b1", "i1", "u1")}
_VALUES = {
    "BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "UNICODE", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "BINSTRING", "SHORT_BINSTRING", "STRING",
}  # fmt: skip
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
}


class _Refused(Exception):
    """The file says something that a pickle of arrays has no need to say."""


def read_arrays(path: Path) -> dict[Any, Any]:
    """The dictionary in a pickle (protocols 0 to 5, NumPy 1 or 2): arrays of single bytes, strings and numbers.

    Raises `FileError` for a file that is missing, cut short, no pickle, or that asks for anything else, naming it.
    """
    try:
        with open(path, "rb") as handle:
            found = _Reader().read(handle)
    except _Refused as error:
        raise FileError(
            f"{path} is refused: {error}. A mask needs nothing but NumPy arrays; nothing was run."
        ) from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, MemoryError) as error:
        raise FileError(f"cannot read {path}: {error}. It is missing, cut short, or no pickle of arrays.") from error
    if not isinstance(found, dict):
        raise FileError(f"{path} holds a {type(found).__name__}, not a dictionary of arrays")
    return {key: value.content if isinstance(value, _Array) else value for key, value in found.items()}


class _Reader:
    """The stack machine that a pickle is written for, with the few instructions that dictionaries of arrays need."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def read(self, handle: Any) -> Any:
        for opcode, given, _ in pickletools.genops(handle):
            name, argument = opcode.name, cast(Any, given)
            if name == "STOP":
                return self.stack.pop()
            if name in _VALUES:
                self.stack.append(argument)
            elif name in _CONSTANTS:
                self.stack.append(_CONSTANTS[name]())
            elif name in ("BINGET", "LONG_BINGET", "GET"):
                self.stack.append(self.memo[argument])
            elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
                self.memo[argument] = self.stack[-1]
            elif name not in ("PROTO", "FRAME"):
                self.step(name, argument)
        raise ValueError("it has no end")

    def step(self, name: str, argument: Any) -> None:
        """One of the instructions that take something off the stack."""
        stack = self.stack
        if name == "MARK":
            self.marks.append(len(stack))
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name == "GLOBAL":
            stack.append(_Name(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            module, attribute = self.last(2)
            stack.append(_Name(module, attribute))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            stack.append(tuple(self.last(int(name[-1]))))
        elif name == "TUPLE":
            stack.append(tuple(self.marked()))
        elif name == "DICT":
            stack.append(_pairs(self.marked()))
        elif name in ("SETITEM", "SETITEMS"):
            items = _pairs(self.last(2) if name == "SETITEM" else self.marked())
            stack[-1].update(items)
        elif name == "REDUCE":
            function, arguments = self.last(2)
            stack.append(_called(function, arguments))
        elif name == "BUILD":
            (state,) = self.last(1)
            _built(stack[-1], state)
        else:
            raise _Refused(f"it has the instruction {name}")

    def last(self, count: int) -> list[Any]:
        """The last `count` things, taken off the stack."""
        if len(self.stack) < count:
            raise ValueError("it takes more than it put")
        taken = self.stack[-count:]
        del self.stack[-count:]
        return taken

    def marked(self) -> list[Any]:
        """What was put since the last mark, taken off the stack."""
        begin = self.marks.pop()
        taken = self.stack[begin:]
        del self.stack[begin:]
        return taken


def _pairs(items: list[Any]) -> dict[Any, Any]:
    return dict(zip(items[::2], items[1::2], strict=True))


def _called(function: Any, arguments: Any) -> Any:
    """What the call of one of NumPy's own functions would give, made here."""
    asked = tuple(function) if isinstance(function, _Name) else (type(function).__name__, "")
    match asked, arguments:
        case (("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct"), (kind, *_)):
            if kind != _Name("numpy", "ndarray"):
                raise _Refused(f"it makes a {kind} where an array belongs")
            return _Array()
        case (("numpy", "dtype"), (str(code), *_)):
            if code not in _BYTES:
                raise _Refused(f"it holds an array of {code!r}, and a mask is made of booleans")
            return _Type()
        case (("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer"), (raw, _Type(), shape, order)):
            made = _Array()
            made.content = _content(raw, shape, order == "F")
            return made
        case (("_codecs", "encode"), (str(text), "latin1")):
            return text.encode("latin1")  # how old protocols write bytes
    raise _Refused(f"it calls {'.'.join(asked)}")


def _built(made: Any, state: Any) -> None:
    match made, state:
        case _Type(), tuple():
            return
        case _Array(), (_, tuple(shape), _Type(), in_columns, raw):
            made.content = _content(raw, shape, bool(in_columns))
            return
    raise _Refused(f"it sets the state of a {type(made).__name__}")


def _content(raw: bytes | bytearray | str, shape: tuple[int, ...], in_columns: bool) -> np.ndarray:
    values = np.frombuffer(raw.encode("latin1") if isinstance(raw, str) else raw, np.uint8)
    return values.reshape(shape, order="F" if in_columns else "C")


__all__ = ["read_arrays"]
