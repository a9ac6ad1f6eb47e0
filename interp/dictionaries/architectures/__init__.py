"""The kinds of dictionary that can be trained."""

from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.architectures.batchtopk import BatchTopK
from interp.dictionaries.architectures.jumprelu import JumpReLU
from interp.dictionaries.architectures.l1 import L1
from interp.dictionaries.architectures.topk import TopK

__all__ = ["Architecture", "BatchTopK", "JumpReLU", "L1", "TopK"]
