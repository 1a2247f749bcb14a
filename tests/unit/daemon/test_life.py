"""What the fork server gets ready for all daemons of a topology, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from swarmdsl.daemon.fork_protocol import DEFAULT_ENTRY, ENTRY_OF_ONE
from swarmdsl.topology.codec import to_json
from swarmdsl.topology.model import Topology
from tests.handmade import link, task, topology

EMPTY = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
MANY = topology([task("source", nodes=[f"n{number}" for number in range(100)])], [link("source")])
PREPARE = """
import json, os, pkgutil, sys
pkgutil.resolve_name(sys.argv[2])(sys.argv[1].encode())
print(json.dumps({"loaded": list(sys.modules), "threads": os.listdir("/proc/self/task")}))
"""


WAYS = {
    "none": (EMPTY, DEFAULT_ENTRY),
    "many": (MANY, DEFAULT_ENTRY),
    "one of many": (MANY, ENTRY_OF_ONE),
}


@pytest.fixture(scope="module", params=WAYS)
def prepared(request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """The modules and threads of a process that got ready."""
    topology, entry = WAYS[request.param]
    words = [sys.executable, "-c", PREPARE, to_json(topology), entry]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", ["swarmdsl.api", "msgspec"])
def test_what_every_daemon_imports_is_there_before_the_first_fork(
    prepared: dict[str, list[str]], name: str
) -> None:
    assert name in prepared["loaded"]


@pytest.mark.parametrize("name", ["swarmdsl.compiler", "networkx", "pydantic", "zmq"])
def test_what_no_daemon_needs_is_not(prepared: dict[str, list[str]], name: str) -> None:
    assert name not in prepared["loaded"]


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_no_thread_is_there_that_a_fork_would_lose(prepared: dict[str, list[str]]) -> None:
    assert len(prepared["threads"]) == 1
