"""Which daemons can be dialled: those that another one feeds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Swarm, Task

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="counts sockets in /proc"),
]

LISTENS = "00010000"  # among the flags of a Unix socket: it accepts connections


def listening() -> int:
    """How many sockets of this process accept connections."""
    lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    known = {f"socket:[{words[6]}]" for words in lines if words[3] == LISTENS}
    descriptors = Path("/proc/self/fd").iterdir()
    return sum(str(one.readlink()) in known for one in descriptors if one.is_symlink())


def both(feeding: int) -> tuple[int, int]:
    """How many accept connections where it comes from, and here."""
    return feeding, listening()


class Pair(Swarm):
    """A task on one node that feeds one on another."""

    def execute(self) -> Any:
        first = Task(listening, "any", specified_ids=["node1"])
        return Task(both, "any", specified_ids=["node2"])(first)


def test_only_a_daemon_that_is_fed_listens(tmp_path: Path) -> None:
    assert Pair().run(nodes=2, home=tmp_path / "home").value == (0, 1)
