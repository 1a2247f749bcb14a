"""One run as it stands: tasks, instances, and what they wait for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from swarmdsl.control.claim import claimed
from swarmdsl.daemon.arguments import log_file
from tests.kept import kept
from tests.unit.cli.command_line import CommandLine


def events(now: float) -> list[tuple[float, str, str, int | None, str]]:
    return [
        (now - 60.0, "StateChanged", "r1", None, "RUNNING"),
        (now - 60.0, "DaemonConnected", "worker@n1#0", None, ""),
        (now - 20.0, "RoundStarted", "", 0, ""),
        (now - 15.5, "InstanceStarted", "source@n1#0", 0, ""),
    ]


def test_a_run_tells_what_each_instance_waits_for_and_how_long(
    swarm: CommandLine, folder: Path
) -> None:
    with claimed(kept(folder / "home", "r1", events=events(time.time())).path):
        ended = swarm("status", "r1", "--home", "home")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "run      r1  Chain",
        "state    RUNNING",
        "since    1 m 0 s",
        "daemons  1 of 3 connected",
        f"pids     controller {os.getpid()}",
        "waiting  for worker@n2#0, double@n2#0",
        "round    0, began 20 s ago",
        "has      0 pushes to the run and 0 results, of this round",
        "",
        "task    waiting  working  unconfirmed  done  lost",
        "source  -        1        -            -     -",
        "double  1        -        -            -     -",
        "total   1        -        -            -     -",
        "",
        "instance     for   what",
        "source@n1#0  15 s  working",
        "double@n2#0  20 s  waiting for source",
        "total@n2#0   20 s  waiting for double",
    ]


def test_json_has_every_instance(swarm: CommandLine, folder: Path) -> None:
    with claimed(kept(folder / "home", "r1", events=events(1_000.0)).path):
        document = json.loads(swarm("status", "--home", "home", "--format", "json").out)
    assert document["instances"][1] == {
        "instance": "double@n2#0",
        "task": "double",
        "node": "n2",
        "daemon": "double@n2#0",
        "thief": None,
        "phase": "waiting",
        "since": 980.0,
        "waits_for": ["source"],
    }
    assert (document["state"], document["round"], document["reason"]) == ("RUNNING", 0, None)


def test_an_instance_that_an_idle_worker_runs_says_where(swarm: CommandLine, folder: Path) -> None:
    stolen = (1_010.0, "InstanceStolen", "total@n2#0", 0, "worker@n2#1")
    with claimed(kept(folder / "home", "r1", events=[*events(1_000.0), stolen]).path):
        document = json.loads(swarm("status", "--home", "home", "--format", "json").out)
        shown = swarm("status", "--home", "home").out
    found = document["instances"][2]
    assert (found["phase"], found["daemon"], found["thief"]) == (
        "working",
        "worker@n2#0",
        "worker@n2#1",
    )
    assert "working in worker@n2#1, which was idle" in shown


def test_a_run_that_has_ended_tells_why_and_where_the_rest_is(
    swarm: CommandLine, folder: Path
) -> None:
    kept(folder / "home", "r1", state="FAILED", ended_at=2_000.0, reason="it raised\nTraceback")
    lines = swarm("status", "last", "--home", "home").out.splitlines()
    assert lines[1] == "state    FAILED: it raised"
    assert lines[-2:] == [
        "more     swarm results r1 --home home",
        "logs     swarm logs r1 --home home",
    ]


def test_a_lost_run_says_how_to_go_on(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r1", events=events(1_000.0))
    ended = swarm("status", "--home", "home")
    assert "state    LOST: " in ended.out
    assert ended.err == (
        "next   swarm resume r1 --home home goes on with it, "
        "swarm kill r1 --home home ends it for good\n"
    )


def test_a_lost_run_tells_when_it_was_last_heard_of_and_how_it_was_then(
    swarm: CommandLine, folder: Path
) -> None:
    run = kept(folder / "home", "r1", events=events(1_000.0))
    os.utime(run.store, (1_000.0, 1_000.0))
    lines = swarm("status", "--home", "home").out.splitlines()
    document = json.loads(swarm("status", "--home", "home", "--format", "json").out)
    assert lines[2].startswith("since    the last that its process wrote: 00:16:40 UTC, ")
    assert lines[3] == "daemons  0 of 3 live, and none is connected"
    assert "as it was then:" in lines
    assert "source@n1#0  15 s  working" in lines
    assert (document["since"], document["daemons_connected"]) == (1_000.0, 0)


def test_the_processes_of_a_run_are_named_by_their_numbers(
    swarm: CommandLine, folder: Path
) -> None:
    run = kept(folder / "home", "r1")
    with claimed(run.path), log_file(run.path, "worker@n2#0").open("wb") as log:
        lives = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=log
        )
        lines = swarm("status", "--home", "home").out.splitlines()
        document = json.loads(swarm("status", "--home", "home", "--format", "json").out)
        lives.communicate(b"\n")
    assert f"pids     controller {os.getpid()}, worker@n2#0 {lives.pid}" in lines
    assert document["controller_pid"] == os.getpid()
    assert document["daemon_pids"] == {"worker@n2#0": lives.pid}


def test_a_run_that_has_begun_nothing_yet_shows_its_daemons(
    swarm: CommandLine, folder: Path
) -> None:
    with claimed(kept(folder / "home", "r1", state="STARTING").path):
        lines = swarm("status", "--home", "home").out.splitlines()
    assert lines[1] == "state    STARTING"
    assert lines[-3:] == [
        "daemons  0 of 3 connected",
        f"pids     controller {os.getpid()}",
        "waiting  for worker@n1#0, worker@n2#0, double@n2#0",
    ]


def test_a_beginning_that_several_runs_have_asks_which(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "20261121-040600-3f9a")
    kept(folder / "home", "20261121-040601-3f9a")
    ended = swarm("status", "20261121", "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert "'20261121' begins 2 runs" in ended.err
    assert "20261121-040601-3f9a, 20261121-040600-3f9a; write more" in ended.err


def test_what_the_run_goes_on_without_is_listed(swarm: CommandLine, folder: Path) -> None:
    now = time.time()
    gone = [
        (now - 9.0, "DaemonGivenUp", "worker@n1#0", None, "it was lost"),
        (now - 9.0, "InstanceMissing", "source@n1#0", 0, "its daemon is lost"),
    ]
    with claimed(kept(folder / "home", "r1", events=[*events(now), *gone]).path):
        lines = swarm("status", "r1", "--home", "home").out.splitlines()
        document = json.loads(swarm("status", "r1", "--home", "home", "--format", "json").out)
    assert "missing  source@n1#0 since round 0" in lines
    assert "source  -        -        -            -     -     1" in lines
    assert any(one.endswith("not there; the run goes on without it") for one in lines)
    assert document["missing"] == {"source@n1#0": 0}


def test_a_stop_that_was_asked_for_is_shown_with_what_comes_before_it(
    swarm: CommandLine, folder: Path
) -> None:
    asked = (1_000.0, "StopRequested", "", 0, "")
    with claimed(kept(folder / "home", "r1", events=[*events(990.0), asked]).path):
        lines = swarm("status", "r1", "--home", "home").out.splitlines()
        document = json.loads(swarm("status", "r1", "--home", "home", "--format", "json").out)
    assert "stopping asked for at 00:16:40 UTC; round 0, in progress, is finished first" in lines
    assert document["stop_asked_at"] == 1_000.0
