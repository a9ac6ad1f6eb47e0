"""The machine, its versions and how busy it was: what a time depends on."""

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from interp.records import surroundings

PEERS = ("nnsight", "scikit-learn")


def describe(device: str, repetitions: int) -> dict[str, Any]:
    """Facts to keep beside the times; nothing that names a person or a place."""
    facts = surroundings(device)
    facts["versions"] |= {name: _version(name) for name in PEERS}
    return facts | {
        "device_name": torch.cuda.get_device_name(device) if device.startswith("cuda") else _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "repetitions": repetitions,
    }


def busy() -> bool:
    """Whether other work takes half a core or more."""
    return os.getloadavg()[0] >= 0.5


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
