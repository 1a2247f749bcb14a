"""What the process engine promises beside what every engine does: of its fork server."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.deploy.engine import DaemonExited, EngineLost
from swarmdsl.deploy.engines.pulse import SILENT_MAX_S
from tests.contracts.engine_case import (
    LOOK_EVERY_S,
    Bench,
    bench_for,
    lives,
    options_for,
    parent_of,
    readable,
    watch,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux"),
]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_for("process", options_for(tmp_path / "run")) as bench:
        yield bench


def test_a_killed_server_is_reported_and_its_daemons_die(bench: Bench) -> None:
    pids = bench.running("waits@a#0", "refuses@a#0")
    ends = [watch(pid) for pid in pids]
    os.kill(parent_of(pids[0]), signal.SIGKILL)
    (lost,) = bench.wait_for(EngineLost)
    assert "it ended with signal 9" in lost.problem
    assert all(ended() for ended in ends)


def test_nothing_happens_on_a_lost_engine(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    os.kill(parent_of(pid), signal.SIGKILL)
    bench.wait_for(EngineLost)
    bench.start("exits_0@a#0")
    bench.stop("waits@a#0", signal.SIGTERM)
    assert bench.engine.events() == []


def test_a_server_told_to_end_from_outside_ends_its_daemons_first(bench: Bench) -> None:
    pids = bench.running("waits@a#0", "waits@a#1")
    os.kill(parent_of(pids[0]), signal.SIGTERM)
    bench.wait_for(EngineLost)
    assert {one.signal for one in bench.wait_for(DaemonExited, 2)} == {signal.SIGTERM}
    assert isinstance(bench.seen[-1], EngineLost)


def test_a_stopped_server_is_noticed_and_ends_with_all_its_daemons(bench: Bench) -> None:
    pids = bench.running("waits@a#0", "refuses@a#0")
    server = parent_of(pids[0])
    ends = [watch(pid) for pid in pids]
    os.kill(server, signal.SIGSTOP)
    (lost,) = bench.wait_for(EngineLost)
    assert f"the fork server (process {server}) did not answer" in lost.problem
    assert all(ended() for ended in ends)
    assert not lives(server)


def test_closing_while_the_server_is_stopped_leaves_nothing(bench: Bench) -> None:
    pids = bench.running("waits@a#0", "refuses@a#0")
    server = parent_of(pids[0])
    ends = [watch(pid) for pid in pids]
    os.kill(server, signal.SIGSTOP)
    bench.close(grace_s=600.0)
    assert all(ended() for ended in ends)
    assert not lives(server)
    assert not bench.options.socket_folder.exists()


def test_a_server_that_answers_is_kept_however_long_nothing_happens(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    for _ in range(3 * round(SILENT_MAX_S / LOOK_EVERY_S)):
        readable(bench.engine.fileno(), time.monotonic() + LOOK_EVERY_S)
        bench.seen += bench.engine.events()
    assert not bench.told(EngineLost)
    assert lives(pid)


def test_interrupts_at_the_terminal_do_not_reach_the_daemons(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    assert os.getsid(pid) == parent_of(pid) != os.getsid(0)
