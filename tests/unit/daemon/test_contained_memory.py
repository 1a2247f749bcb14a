"""What the kernel tells of the memory of a container, by both versions of control groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.daemon.contained_memory import MemoryOfContainer

VERSIONS = {
    "first": ("memory/memory.oom_control", "memory/memory.limit_in_bytes"),
    "second": ("memory.events", "memory.max"),
}


def told(cgroup: Path, version: str, killed: int, limit: str = "335544320") -> None:
    events, most = (cgroup / name for name in VERSIONS[version])
    events.parent.mkdir(exist_ok=True)
    events.write_text(f"oom_kill_disable 0\nunder_oom 0\noom 7\noom_kill {killed}\n", "ascii")
    most.write_text(f"{limit}\n", "ascii")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_process_that_was_killed_is_told_once(tmp_path: Path, version: str) -> None:
    told(tmp_path, version, killed=2)
    memory = MemoryOfContainer(tmp_path)
    assert not memory.has_killed()
    told(tmp_path, version, killed=3)
    assert [memory.has_killed(), memory.has_killed()] == [True, False]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_limit_is_known(tmp_path: Path, version: str) -> None:
    told(tmp_path, version, killed=0)
    assert MemoryOfContainer(tmp_path).limit == 320 * 2**20


def test_no_limit_is_none(tmp_path: Path) -> None:
    told(tmp_path, "second", killed=0, limit="max")
    assert MemoryOfContainer(tmp_path).limit == 0


def test_a_kernel_that_does_not_say_has_killed_nothing(tmp_path: Path) -> None:
    memory = MemoryOfContainer(tmp_path)
    assert not memory.has_killed()
    assert memory.limit == 0
