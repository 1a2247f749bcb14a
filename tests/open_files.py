"""What this process has open."""

from __future__ import annotations

from pathlib import Path


def descriptors() -> int:
    """How many files are open, the one that lists them with them."""
    return len([*Path("/proc/self/fd").iterdir()])
