"""Planted bugs are found: each within 1,000 seeds of the simulator, which finds none without it.

Each bug is planted in a copy of the package, and a process that imports the copy simulates one of
the swarms of `tests/sim/swarms/`. What is planted, and why: docs/design/testing.md.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.mutations import MUTATIONS, Mutation

SEEDS = 1_000
AT_ONCE = 2
ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "swarmdsl"
HUNTER = Path(__file__).with_name("hunter.py")

pytestmark = [pytest.mark.mutation, pytest.mark.timeout(600)]

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
    """What the simulator of a package finds in a swarm."""
    command: list[str | Path] = [sys.executable, "-P", HUNTER, package, swarm, *map(str, seeds)]
    ended = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(package.parent), str(ROOT)))},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    found: Found = json.loads(ended.stdout)
    return found


def seeds_from(first: int) -> Iterator[int]:
    """All seeds, each once, the one first that has caught the bug before."""
    yield from range(first, SEEDS)
    yield from range(first)


def hunt(mutation: Mutation, folder: Path) -> Found:
    """Plant a bug and look for it."""
    folder.mkdir()
    try:
        package = planted(mutation, folder)
        return first_broken(package, mutation.swarm, seeds_from(mutation.seed))
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def hunted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Mutation], Found]]:
    """What was found of each mutation; all that were selected are hunted at once, two at a time."""
    folder = tmp_path_factory.mktemp("planted")
    chosen = [item.name for item in request.session.items]
    hunts: dict[str, Future[Found]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for one in MUTATIONS:
            if any(f"[{one.name}]" in name for name in chosen):
                hunts[one.name] = pool.submit(hunt, one, folder / one.name)
        yield lambda mutation: hunts[mutation.name].result()
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_planted_bug_is_found(mutation: Mutation, hunted: Callable[[Mutation], Found]) -> None:
    found = hunted(mutation)
    assert found is not None, (
        f"{mutation.bug} No run of {mutation.swarm} with {SEEDS} seeds shows it: find the fault, "
        f"the swarm or the checker that is missing, or remove the line that nobody needs."
    )


@pytest.mark.parametrize("swarm", sorted({one.swarm for one in MUTATIONS}))
def test_nothing_is_found_where_nothing_is_planted(swarm: str) -> None:
    """With the very seeds that show the bugs."""
    seeds = sorted({one.seed for one in MUTATIONS if one.swarm == swarm})
    assert first_broken(PACKAGE, swarm, seeds) is None


def test_the_table_says_where_each_bug_is_in_one_place() -> None:
    names = [one.name for one in MUTATIONS]
    assert len(set(names)) == len(names)
    assert all(one.bug.endswith(".") for one in MUTATIONS)
    assert all(one.replacement != one.find for one in MUTATIONS)
