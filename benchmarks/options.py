"""What a person may choose."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Options:
    """Time interp against its peers, everybody in turn in one run."""

    only: tuple[
        Literal[
            "capture",
            "counts",
            "cross_entropy",
            "dictionaries",
            "generator",
            "imports",
            "last_token",
            "matching",
            "probes",
            "store",
            "subnetworks",
            "token_graph",
        ],
        ...,
    ] = (
        "capture",
        "counts",
        "cross_entropy",
        "dictionaries",
        "generator",
        "imports",
        "last_token",
        "matching",
        "probes",
        "store",
        "subnetworks",
        "token_graph",
    )
    """Which benchmarks."""
    repetitions: int = 15
    """Rounds that count."""
    warmup: int = 2
    """Rounds before them that do not."""
    rows: int = 100_000
    """Rows that probes are fitted to."""
    threads: int = 1
    """CPU threads."""
    device: str = "cpu"
    """Where the models run: cpu or cuda."""
    seed: int = 0
    """Of weights, tokens, games and the order in the rounds."""
    out: Path = RESULTS
    """Folder for the JSON files."""
    show: bool = False
    """Print the tables that lie in `out`, and run nothing."""
