"""Plants a bug in a copy of the package, and lets the simulator look for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.mutation.mutation import Mutation

SEEDS = 1_000
AT_ONCE = 2
HUNT_S = 500.0  # a bug by which a process never comes to an end is no find
ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "swarmdsl"
HUNTER = Path(__file__).with_name("hunter.py")

Found = dict[str, Any] | None
"""What broke first, and at which seed; None if nothing did."""


def planted(mutation: Mutation, folder: Path) -> Path:
    """A copy of the package with one mutation."""
    package = folder / "swarmdsl"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    file = package / mutation.file
    text = file.read_text(encoding="utf-8")
    times = text.count(mutation.find)
    assert times == 1, f"{mutation.name}: {mutation.find!r} stands {times} times in {mutation.file}"
    file.write_text(text.replace(mutation.find, mutation.replacement), encoding="utf-8")
    return package


def first_broken(package: Path, swarm: str, seeds: Iterable[int]) -> Found:
    """What the simulator of a package finds in a swarm.

    Raises:
        subprocess.TimeoutExpired: it does not come to an end.
    """
    command: list[str | Path] = [sys.executable, "-P", HUNTER, package, swarm, *map(str, seeds)]
    ended = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(package.parent), str(ROOT)))},
        check=False,
        capture_output=True,
        text=True,
        timeout=HUNT_S,
    )
    assert ended.returncode == 0, ended.stderr
    found: Found = json.loads(ended.stdout)
    return found


def seeds_from(first: int) -> Iterator[int]:
    """All seeds, each once, the one first that has caught the bug before."""
    yield from range(first, SEEDS)
    yield from range(first)


def hunt(mutation: Mutation, folder: Path, first: int) -> Found:
    """Plant a bug and look for it, beginning with a seed."""
    folder.mkdir()
    try:
        package = planted(mutation, folder)
        return first_broken(package, mutation.swarm, seeds_from(first))
    finally:
        shutil.rmtree(folder)
