"""The list of runs: who lives, who has ended, whom nobody looks after."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from swarmdsl.control.claim import claimed
from tests.kept import kept
from tests.unit.cli.command_line import CommandLine

EVENTS = [
    (1_001.0, "StateChanged", "r1", None, "RUNNING"),
    (1_002.0, "DaemonConnected", "worker@n1#0", None, "2 missing"),
    (1_003.0, "RoundStarted", "", 4, "source 1"),
]


def test_runs_that_go_on_are_listed_with_where_they_stand(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r2", state="COMPLETED", ended_at=1_100.0)
    with claimed(kept(folder / "home", "r1", events=EVENTS).path):
        ended = swarm("ps", "--home", "home", "--format", "json")
    document = json.loads(ended.out)
    assert (ended.code, document["format_version"]) == (0, "1.0")
    assert document["runs"] == [
        {
            "run": "r1",
            "swarm": "Chain",
            "state": "RUNNING",
            "since": 1_001.0,
            "created_at": 1_000.0,
            "ended_at": None,
            "stop_asked_at": None,
            "round": 4,
            "daemons": 3,
            "daemons_connected": 1,
        }
    ]


def test_a_run_that_nobody_looks_after_is_lost_and_told_how_to_go_on(
    swarm: CommandLine, folder: Path
) -> None:
    kept(folder / "home", "r1", events=EVENTS)
    ended = swarm("ps", "--home", "home")
    assert ended.out.splitlines()[1].split()[:3] == ["r1", "Chain", "LOST"]
    assert "swarm resume r1 --home home goes on with it" in ended.err


def test_all_shows_those_that_have_ended_the_newest_first(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "20261121-040600-3f9a", state="COMPLETED", ended_at=1_100.0)
    kept(folder / "home", "20261122-040600-3f9a", state="FAILED", ended_at=1_200.0)
    lines = swarm("ps", "--all", "--home", "home").out.splitlines()
    assert lines[0].split() == ["run", "swarm", "state", "since", "round", "daemons"]
    assert [line.split()[2] for line in lines[1:]] == ["FAILED", "COMPLETED"]


def test_without_anything_to_list_it_says_what_there_is(swarm: CommandLine, folder: Path) -> None:
    assert "swarm run TARGET makes one" in swarm("ps", "--home", "home").err
    kept(folder / "home", "r1", state="COMPLETED", ended_at=1_100.0)
    ended = swarm("ps", "--home", "home")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "no run is going on; swarm ps --all shows the 1 run\n"


def test_a_run_that_cannot_be_read_hides_no_other(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r1").store.write_bytes(b"x" * 2_000)
    kept(folder / "home", "r2")
    ended = swarm("ps", "--home", "home")
    assert "run r1 cannot be read: " in ended.err
    assert "r2" in ended.out


def test_a_store_that_is_damaged_further_in_hides_no_other(
    swarm: CommandLine, folder: Path
) -> None:
    store = kept(folder / "home", "r1").store
    first_page = store.read_bytes()[:4_096]
    store.write_bytes(first_page.ljust(store.stat().st_size, b"\0"))
    kept(folder / "home", "r2")
    ended = swarm("ps", "--home", "home")
    assert "run r1 cannot be read: " in ended.err
    assert "r2" in ended.out
    assert "r1" in swarm("doctor", "--home", "home").out
    assert swarm("prune", "--yes", "--home", "home").code == 0
    assert "r2" in swarm("resume", "--home", "home").err


def test_it_works_in_a_folder_that_is_gone(
    swarm: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(folder / "home", "r1")
    gone = folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert "r1" in swarm("ps", "--home", str(folder / "home")).out


def test_what_has_ended_is_listed_even_if_its_topology_cannot_be_read(
    swarm: CommandLine, folder: Path
) -> None:
    kept(folder / "home", "r1", state="COMPLETED", ended_at=1_100.0).topology.write_text("?")
    ended = swarm("ps", "--all", "--home", "home")
    assert (ended.err, "COMPLETED" in ended.out) == ("", True)


def test_a_run_that_was_asked_to_stop_is_listed_as_stopping(
    swarm: CommandLine, folder: Path
) -> None:
    asked = (1_004.0, "StopRequested", "", 4, "")
    with claimed(kept(folder / "home", "r1", events=[*EVENTS, asked]).path):
        assert "  RUNNING, stopping  " in swarm("ps", "--home", "home").out
