"""The most memory that tensors take while something runs, counted tensor by tensor."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the storages that operations make, for as long as they live."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = 0
        self._old, self._living = set[int](), dict[int, tuple[Any, int]]()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._old |= {storage._cdata for storage in _storages((args, kwargs))} - self._living.keys()
        result = func(*args, **(kwargs or {}))
        self._living = {key: found for key, found in self._living.items() if not found[0].expired()}
        for storage in _storages(result):
            if storage._cdata not in self._old:
                weak = StorageWeakRef(storage)  # type: ignore[no-untyped-call]
                self._living[storage._cdata] = weak, storage.nbytes()
        self.peak = max(self.peak, sum(size for _, size in self._living.values()))
        return result


def _storages(tree: object) -> list[torch.UntypedStorage]:
    """Where the tensors of some arguments lie; sparse ones are views of tensors that were counted."""
    leaves = [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor) and leaf.layout == torch.strided]
    return [leaf.untyped_storage() for leaf in leaves]


def peak_bytes(run: Callable[[], object]) -> int:
    """Bytes of the tensors that `run` makes, at their most; what was there before, and what an operation takes and
    gives back within itself, is not counted.
    """
    with _Counting() as counting:
        run()
    return int(counting.peak)


__all__ = ["peak_bytes"]
