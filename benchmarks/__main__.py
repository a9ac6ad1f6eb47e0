"""Run the benchmarks: `python -m benchmarks [--only capture] [--device cuda]`."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
import tyro

from benchmarks.machine import busy, describe
from benchmarks.options import Options
from benchmarks.tables import report
from interp.errors import InterpError
from interp.files import read_json, write_json


def main(options: Options) -> None:
    """Run what was asked for, print each table when it is there, and keep it."""
    torch.set_num_threads(options.threads)
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        raise InterpError("there is no CUDA device. Leave --device out, or take --device cpu.")
    if busy() and not options.show:
        sys.stderr.write("The machine is busy with other work: read the ratios, and do not publish the times.\n")
    for name in options.only:
        content = read_json(_path(name, options)) if options.show else _run(name, options)
        print(report(content["machine"], content["tables"]), flush=True)


def _run(name: str, options: Options) -> dict[str, Any]:
    sys.stderr.write(f"{name} ...\n")
    machine = describe(options.device, options.repetitions)
    tables = import_module(f"benchmarks.{name}").tables(options)
    content = {"machine": machine, "tables": [table.content() for table in tables]}
    write_json(_path(name, options), content)
    return content


def _path(name: str, options: Options) -> Path:
    suffix = "" if options.device == "cpu" else f"-{options.device.partition(':')[0]}"
    return options.out / f"{name}{suffix}.json"


if __name__ == "__main__":
    try:
        main(tyro.cli(Options, prog="python -m benchmarks", description=Options.__doc__))
    except InterpError as error:
        sys.exit(str(error))
