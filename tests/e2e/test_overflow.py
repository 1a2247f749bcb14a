"""A source that is faster than its sink, on a link that delivers at most once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swarmdsl.control.happenings import Happening, IrregularitiesCounted
from tests.e2e.flooded_swarm import VALUES, Flooded, FloodedNewest


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PUSHED": str(tmp_path / "pushed")}


def run(
    swarm: Flooded, home: Path, environment: dict[str, str]
) -> tuple[list[int], dict[str, int]]:
    """What the sink has handled, and the counts of the link to it."""
    counts: dict[str, int] = {}

    def observe(happening: Happening) -> None:
        if isinstance(happening, IrregularitiesCounted):
            counts.update(happening.links.get("numbers -> sink", {}))

    value = swarm.run(home=home, environment=environment, observers=[observe]).value
    return value, counts


def test_what_is_pushed_is_handled_or_dropped_and_the_newest_is_handled(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    handled, counts = run(Flooded(), tmp_path, environment)
    assert len(handled) + counts["dropped"] == VALUES
    assert counts["dropped"] > VALUES // 2
    assert handled[-1] == VALUES - 1
    assert handled == sorted(set(handled))


def test_to_drop_the_newest_keeps_the_first(tmp_path: Path, environment: dict[str, str]) -> None:
    handled, counts = run(FloodedNewest(), tmp_path, environment)
    assert len(handled) + counts["dropped"] == VALUES
    assert handled[:100] == list(range(100))
    assert handled[-1] < VALUES - 1


def test_each_push_that_was_sent_counts_once_as_late(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    handled, counts = run(Flooded(), tmp_path, environment)
    assert counts["timed_out"] == len(handled)


def test_the_command_says_what_was_dropped(tmp_path: Path, environment: dict[str, str]) -> None:
    file = Path(__file__).with_name("flooded_swarm.py")
    words = ["run", f"{file}:Flooded", "--home", str(tmp_path / "home")]
    ended = subprocess.run(
        [sys.executable, "-m", "swarmdsl", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    [line] = [one for one in ended.stderr.splitlines() if one.startswith("numbers -> sink: ")]
    assert line.endswith(" pushes not confirmed in time")
    assert " pushes dropped without credit, " in line
