"""What the Docker engine promises beside what every engine does: of the containers themselves."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.deploy.engine import DaemonExited, DaemonStarted, EngineLost
from swarmdsl.deploy.engines.docker_client import RUN_LABEL
from tests.contracts.engine_case import Bench, bench_for, lives, options_for, parent_of, watch
from tests.docker_case import docker_client

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux"),
]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_for("docker", options_for(tmp_path / "run", {"EXTRA": "handed in"})) as bench:
        yield bench


def containers_of(bench: Bench) -> list[str]:
    client = docker_client()
    chosen = {"label": f"{RUN_LABEL}={bench.options.run}"}
    try:
        return [one["Id"] for one in client.api.containers(all=True, filters=chosen)]
    finally:
        client.close()


def test_a_container_that_is_killed_takes_its_daemon_along_and_no_other(bench: Bench) -> None:
    pids = bench.running("refuses@a#0", "waits@a#1")
    os.kill(parent_of(pids[0]), signal.SIGKILL)
    assert bench.exit_of("refuses@a#0").signal == signal.SIGKILL
    assert not bench.told(EngineLost)
    assert [lives(pid) for pid in pids] == [False, True]


def test_after_its_container_was_killed_a_daemon_is_started_in_another(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    os.kill(parent_of(pid), signal.SIGKILL)
    bench.exit_of("waits@a#0")
    bench.start("waits@a#0", incarnation=1)
    bench.hear("waits@a#0 waits 1")
    assert bench.wait_for(DaemonStarted, 2)[-1].pid != pid


def test_a_first_process_that_is_stopped_is_noticed_and_its_container_ends(bench: Bench) -> None:
    (pid,) = bench.running("refuses@a#0")
    first = parent_of(pid)
    ended = watch(pid)
    os.kill(first, signal.SIGSTOP)
    assert bench.exit_of("refuses@a#0").signal == signal.SIGKILL
    assert ended()
    assert not lives(first)


def test_each_daemon_has_its_container_and_keeps_it_for_its_next_life(bench: Bench) -> None:
    bench.running("waits@a#0", "waits@a#1")
    before = containers_of(bench)
    assert len(before) == 2
    bench.stop("waits@a#0", signal.SIGKILL)
    bench.wait_for(DaemonExited)
    bench.start("waits@a#0", incarnation=1)
    bench.hear("waits@a#0 waits 1")
    assert sorted(containers_of(bench)) == sorted(before)


def test_close_leaves_no_container(bench: Bench) -> None:
    bench.running("waits@a#0", "refuses@a#1")
    bench.close(grace_s=0.2)
    assert containers_of(bench) == []
