"""What an import costs on top of torch, each in a fresh process."""

import os
import subprocess
import sys
from importlib.util import find_spec

from benchmarks.options import Options
from benchmarks.tables import Table, at_most
from benchmarks.timing import Contestant, interleaved, rows

OURS, ALL, TORCH = "import interp", "every public name of interp", "import torch"
_EVERYTHING = "import interp; [getattr(interp, name) for name in interp.__all__]"
# What is timed, and what has been imported before the clock starts.
_STATEMENTS = {
    TORCH: (TORCH, "pass"),
    OURS: (OURS, TORCH),
    ALL: (_EVERYTHING, TORCH),
    "import transformers": ("import transformers", TORCH),
    "import transformer_lens": ("import transformer_lens", TORCH),
    "import sae_lens": ("import sae_lens", TORCH),
    "import nnsight": ("import nnsight", TORCH),
}


def tables(options: Options) -> list[Table]:
    """One table; every row but the first is timed after `import torch`."""
    there = {name: code for name, code in _STATEMENTS.items() if _installed(code[0])}
    skipped = {name: "not installed (`make bench` installs it)" for name in _STATEMENTS if name not in there}
    contestants = [Contestant(name, lambda: None) for name in there]
    seconds = interleaved(
        contestants, options.repetitions, warmup=options.warmup, seed=options.seed,
        measure=lambda contestant: _seconds(*there[contestant.name], options.threads),
    )  # fmt: skip
    table = Table(
        "Imports", "fresh process each, timed after import torch", "imports", TORCH,
        rows(contestants, seconds, TORCH), skipped=skipped,
    )  # fmt: skip
    # The package loads its parts when they are first used: what counts is also the cost of all of them.
    for name in (OURS, ALL):
        table.bars.append(at_most(f"seconds that {name} adds, at most 0.1", table.row(name).seconds.median, 0.1))
    return [table]


def _installed(statement: str) -> bool:
    return find_spec(statement.split()[1].rstrip(";")) is not None


def _seconds(statement: str, before: str, threads: int) -> float:
    """Wall time of `statement` in a fresh process that has run `before`."""
    code = f"{before}; import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False,
        env={**environment, "OMP_NUM_THREADS": str(threads)},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{statement} failed: {done.stderr.strip()}")
    return float(done.stdout.split()[-1])
