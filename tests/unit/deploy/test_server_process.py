"""A fork server as its engine sees it: whether it ends, told by the kernel or found by looking."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from swarmdsl.deploy.engines.server_process import ExecutedServer

PATIENCE_S = 20.0
UNTIL_TOLD = [sys.executable, "-c", "import sys; sys.exit(len(sys.stdin.read()))"]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends when its input does."""
    with subprocess.Popen(UNTIL_TOLD, stdin=subprocess.PIPE) as made:
        yield made
        made.kill()


def unwatchable(_pid: int) -> int:
    """As on a kernel before Linux 5.3."""
    raise OSError


@pytest.fixture(params=["watched", "looked at"])
def server(
    request: pytest.FixtureRequest,
    process: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> ExecutedServer:
    if request.param == "looked at":
        monkeypatch.setattr(os, "pidfd_open", unwatchable, raising=False)
    return ExecutedServer(process)


def test_one_that_goes_on_has_not_ended(server: ExecutedServer) -> None:
    assert not server.has_ended(0.0)


def test_one_that_ends_is_waited_for_and_tells_how(
    server: ExecutedServer, process: subprocess.Popen[bytes]
) -> None:
    assert process.stdin is not None
    process.stdin.write(b"three")
    process.stdin.close()
    assert server.has_ended(PATIENCE_S)
    assert server.outcome() == "it ended with exit code 5"


def test_one_that_has_ended_is_not_waited_for_again(server: ExecutedServer) -> None:
    server.send_signal(9)
    assert server.has_ended(PATIENCE_S)
    assert server.has_ended(0.0)
    assert server.outcome() == "it ended with signal 9"
