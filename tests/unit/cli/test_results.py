import json
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmdsl.compiler import compile_swarm, load_target
from swarmdsl.control.claim import claimed
from swarmdsl.control.home import RunFolder, make_run_folder
from swarmdsl.control.records import RunRecord
from swarmdsl.control.store import Store
from swarmdsl.dsl import Inventory
from swarmdsl.topology.codec import write as write_topology
from swarmdsl.wire.codec import encode_blob
from tests.unit.cli.command_line import CommandLine

Put = Callable[..., RunFolder]


@pytest.fixture
def keep(folder: Path) -> Put:
    """Keep a run under `home`, as a controller would have left it."""
    compilation = compile_swarm(load_target("words.py"), Inventory.local(nodes=1, cores=1))

    def made(
        run: str, state: str, created_at: float, reason: str = "1 round finished"
    ) -> RunFolder:
        run_folder = make_run_folder(folder / "home", run)
        write_topology(compilation.require(), compilation.bundles, run_folder.path)
        record = RunRecord(
            id=run, swarm="WordCount", topology_hash="9f", state="RUNNING", created_at=created_at
        )
        store = Store.create(run_folder.store, record)
        store.keep_value("reducer", "reducer@node1#0", 0, 0, encode_blob(4), 0)
        for iteration, value in enumerate((0.5, 0.75)):
            blob = encode_blob(value)
            store.add_result("accuracy", "node1", "test", "test@node1#0", iteration, blob)
        if state != "RUNNING":
            store.set_state(state, reason_kind="finished", reason=reason, ended_at=created_at + 1.5)
        store.close()
        return run_folder

    return made


def test_newest_run_is_shown(swarm: CommandLine, keep: Put) -> None:
    keep("20261121-040600-3f9a", "COMPLETED", 1_000.0)
    keep("20261120-040600-ffff", "FAILED", 0.0)
    ended = swarm("results", "--home", "home")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "run    20261121-040600-3f9a  WordCount",
        "state  COMPLETED: 1 round finished",
        "time   1970-01-01 00:16:40 UTC, took 1.5 s",
        "value  4",
        "",
        "tag       task  node   iteration  value",
        "accuracy  test  node1  0          0.5",
        "accuracy  test  node1  1          0.75",
    ]


def test_newest_of_one_second_is_the_later(swarm: CommandLine, keep: Put) -> None:
    keep("20261121-040600-ffff", "COMPLETED", 1_000.1)
    keep("20261121-040600-0000", "COMPLETED", 1_000.2)
    assert "20261121-040600-0000" in swarm("results", "--home", "home").out


def test_failed_run_shows_its_traceback_and_no_value(swarm: CommandLine, keep: Put) -> None:
    keep("r1", "FAILED", 0.0, reason="it raised\nTraceback:\n  line 1")
    lines = swarm("results", "r1", "--home", "home").out.splitlines()
    assert lines[1:4] == ["state  FAILED: it raised", "    Traceback:", "      line 1"]
    assert not any(line.startswith("value") for line in lines[:5])


def test_run_in_progress_is_shown_as_it_stands(swarm: CommandLine, keep: Put) -> None:
    with claimed(keep("r1", "RUNNING", 0.0).path):
        document = json.loads(swarm("results", "--home", "home", "--format", "json").out)
    assert (document["state"], document["reason"], document["ended_at"]) == ("RUNNING", None, None)


def test_results_can_be_narrowed(swarm: CommandLine, keep: Put) -> None:
    keep("r1", "COMPLETED", 0.0)
    argv = ["--tag", "accuracy", "--iteration", "1", "--format", "json", "--home", "home"]
    document = json.loads(swarm("results", *argv).out)
    assert document["format_version"] == "1.0"
    assert [one["value"] for one in document["results"]] == [0.75]


def test_tag_without_results_names_the_others(swarm: CommandLine, keep: Put) -> None:
    keep("r1", "COMPLETED", 0.0)
    ended = swarm("results", "--tag", "loss", "--home", "home")
    assert ended.code == 0
    assert ended.err == "run r1 has no results under 'loss'; it has accuracy, of rounds 0 to 1\n"


def test_round_without_results_names_those_that_have_some(swarm: CommandLine, keep: Put) -> None:
    keep("r1", "COMPLETED", 0.0)
    ended = swarm("results", "--iteration", "99", "--home", "home")
    assert ended.err == "run r1 has no results of round 99; it has accuracy, of rounds 0 to 1\n"


def test_home_comes_from_the_environment(swarm: CommandLine, keep: Put) -> None:
    keep("r1", "COMPLETED", 0.0)
    assert swarm("results", environment={"SWARM_HOME": "home"}).code == 0


def test_unknown_run_is_a_usage_error(swarm: CommandLine, keep: Put) -> None:
    keep("r1", "COMPLETED", 0.0)
    ended = swarm("results", "r2", "--home", "home")
    assert ended.code == 2
    assert ended.err.startswith("swarm results: no run 'r2' under ")
    assert "r1" in ended.err


def test_home_without_runs_says_how_to_make_one(swarm: CommandLine) -> None:
    ended = swarm("results", "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert "swarm run TARGET makes one" in ended.err


def test_a_run_that_nobody_looks_after_is_lost_as_ps_and_status_call_it(
    swarm: CommandLine, keep: Put
) -> None:
    keep("r1", "RUNNING", 0.0)
    ended = swarm("results", "--home", "home")
    assert ended.code == 0
    assert ended.out.splitlines()[1].startswith("state  LOST: the process that")
    assert ended.err == (
        "next   swarm resume r1 --home home goes on with it, "
        "swarm kill r1 --home home ends it for good\n"
    )
    documents = [
        json.loads(swarm(verb, "r1", "--home", "home", "--format", "json").out)
        for verb in ("results", "status")
    ]
    assert [one["state"] for one in documents] == ["LOST", "LOST"]
    assert documents[0]["reason"] == documents[1]["reason"]
