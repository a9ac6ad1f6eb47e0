"""Curves by depth of Karvonen et al. 2024 (arXiv 2408.00113): the results saved with their code, blocks applied.

One dictionary a depth (p-anneal, L0 50 to 99) of a model of 8 blocks and width 512; neurons are those of the MLPs.
"""

COVERAGE = (0.326, 0.436, 0.480, 0.496, 0.439, 0.397, 0.442, 0.431)
RECONSTRUCTION = (0.342, 0.606, 0.721, 0.809, 0.891, 0.945, 0.585, 0.578)
LEGAL_COVERAGE = (0.479, 0.498, 0.480, 0.469, 0.489, 0.711, 0.931, 0.930)
LEGAL_RECONSTRUCTION = (0.063, 0.063, 0.063, 0.075, 0.251, 0.808, 0.997, 0.996)
NEURON_COVERAGE = (0.345, 0.374, 0.422, 0.446, 0.549, 0.529, 0.453, 0.312)
NEURON_RECONSTRUCTION = (0.156, 0.292, 0.399, 0.523, 0.807, 0.815, 0.596, 0.041)
"""At depths 1 to 8."""

__all__ = [
    "COVERAGE", "LEGAL_COVERAGE", "LEGAL_RECONSTRUCTION", "NEURON_COVERAGE", "NEURON_RECONSTRUCTION", "RECONSTRUCTION",
]  # fmt: skip
