"""The machine that figures were measured on: without it they mean little."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import zmq

from swarmdsl import __version__
from swarmdsl._version import is_compiled


def facts() -> dict[str, str]:
    """What matters of this machine and what runs on it."""
    load = os.getloadavg()[0]
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory_gib():.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libzmq": zmq.zmq_version(),
        "swarmdsl": f"{__version__}, compiled" if is_compiled() else __version__,
        "load at the start": f"{load:.1f}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
