"""How many processors a process may use: what it is bound to, and what its groups may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmdsl.daemon.processors import processors


@pytest.fixture
def eight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight processors to run on."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(8)))


def told(folder: Path, files: dict[str, str], own: str) -> float:
    """What comes of such control groups."""
    for name, text in files.items():
        path = folder / "groups" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "own").write_text(own)
    return processors(folder / "groups", folder / "own")


@pytest.mark.usefixtures("eight")
@pytest.mark.parametrize(
    ("files", "own", "expected"),
    [
        ({}, "", 8),
        ({"cpu.max": "max 100000"}, "0::/", 8),
        ({"cpu.max": "50000 100000\n"}, "0::/", 0.5),
        ({"a/b/cpu.max": "max 100000", "a/cpu.max": "300000 100000"}, "0::/a/b\n", 3),
        ({"other/cpu.max": "50000 100000"}, "0::/a/b\n", 8),
        (
            {"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            "3:cpu,cpuacct:/\n2:memory:/x\n",
            1.5,
        ),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, "3:cpu:/\n", 8),
        ({"cpu.max": "nonsense"}, "nonsense", 8),
    ],
)
def test_a_quota_counts_where_it_is_less(
    tmp_path: Path, files: dict[str, str], own: str, expected: float
) -> None:
    assert told(tmp_path, files, own) == expected


def test_without_control_groups_it_is_what_the_process_is_bound_to(tmp_path: Path) -> None:
    assert processors(tmp_path / "none", tmp_path / "neither") == len(os.sched_getaffinity(0))
