"""Runs over TCP: the same results, the same recovery, and strangers who get nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from zmq.utils import z85

from examples import federated_digits
from swarmdsl import Run
from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonLost,
    Happening,
    IrregularitiesCounted,
    StrangerRefused,
)
from swarmdsl.daemon.arguments import log_file
from swarmdsl.deploy import registry
from swarmdsl.deploy.access import Access
from swarmdsl.transport.tcp_addresses import TcpAddress
from tests.chaos.processes import PROC, processes_of
from tests.e2e.gates import Gate, WatchedRun, kill
from tests.e2e.strangers import ATTACKS, attack, listeners, note_accesses

pytestmark = pytest.mark.e2e

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OVER = ["unix", "ipc", "tcp", "tcp-plaintext"]
SLOW = "slow@node2#0"
MakeGate = Callable[[str], Gate]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[MakeGate]:
    gates: list[Gate] = []

    def make(name: str) -> Gate:
        gates.append(Gate(tmp_path, name))
        return gates[-1]

    yield make
    for one in gates:
        one.close()


@pytest.fixture
def watched(tmp_path: Path) -> WatchedRun:
    return WatchedRun(tmp_path, tmp_path / "home", restarts=3, transport="tcp")


@pytest.fixture
def accesses(monkeypatch: pytest.MonkeyPatch) -> list[Access]:
    return note_accesses(monkeypatch)


def swarm(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "swarmdsl", *words],
        env={**os.environ, "SWARM_HOME": str(folder / "home"), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def value_of(folder: Path, transport: str, *words: str) -> object:
    """What a run over the transport has found."""
    ran = swarm(folder, "run", *words, "--transport", transport, "--format", "json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)["value"]


# --------------------------------------------------------------------------------------- results


def test_words_are_counted_alike_over_each_transport(tmp_path: Path) -> None:
    target = str(EXAMPLES / "wordcount.py")
    first, *others = [value_of(tmp_path, over, target, "--nodes", "3") for over in OVER]
    assert first
    assert others == [first] * len(others)


def test_digits_are_learnt_alike_over_each_transport(tmp_path: Path) -> None:
    federated_digits.prepare(tmp_path)
    words = (str(EXAMPLES / "federated_digits.py"), "--nodes", str(tmp_path / "nodes.toml"))
    first, other = [value_of(tmp_path, over, *words) for over in ("unix", "tcp")]
    assert first
    assert other == first


def test_a_transport_may_be_given_by_a_variable_and_a_run_in_the_background_has_it(
    tmp_path: Path,
) -> None:
    target = str(EXAMPLES / "wordcount.py")
    begun = swarm(tmp_path, "run", "-d", target, "--nodes", "2", SWARM_TRANSPORT="tcp")
    assert begun.returncode == 0, begun.stderr
    folder = tmp_path / "home" / "runs" / begun.stdout.strip()
    assert (folder / "transport").read_text("utf-8") == "tcp\n"
    followed = swarm(tmp_path, "logs", "last", "-f")
    assert followed.returncode == 0, followed.stderr


def test_a_transport_that_is_none_is_told_before_anything_starts(tmp_path: Path) -> None:
    ran = swarm(tmp_path, "run", str(EXAMPLES / "wordcount.py"), "--transport", "plain")
    assert ran.returncode == 2
    assert "--transport: plain: is no transport; choose unix (on this machine), ipc" in ran.stderr
    assert not list((tmp_path / "home").glob("runs/*"))


def test_an_immediate_run_has_no_transport(tmp_path: Path) -> None:
    words = ("--immediate", "--transport", "tcp")
    ran = swarm(tmp_path, "run", str(EXAMPLES / "wordcount.py"), *words)
    assert ran.returncode == 2
    assert "so --transport tcp has nothing to carry" in ran.stderr


# -------------------------------------------------------------------------------------- recovery


def lost(one: Happening) -> bool:
    return isinstance(one, DaemonLost)


def completed(run: Run, slow: list[int]) -> bool:
    return (run.state.name, run.value) == ("COMPLETED", {"slow": slow, "apart": None})


def test_a_daemon_that_comes_back_at_another_port_is_sent_what_it_had_not_handled(
    gate: MakeGate, watched: WatchedRun
) -> None:
    handling = gate("take")
    watched.start()
    first = handling.arrival()
    [before] = listeners(first)
    kill(first)
    watched.until(lost)
    watched.until(lambda one: isinstance(one, DaemonConnected) and one.daemon == SLOW)
    [after] = listeners(watched.process(SLOW))
    assert before != after
    handling.remove()
    assert completed(watched.result(), slow=[1])


def test_one_that_pushes_is_started_anew_and_dials_again(
    gate: MakeGate, watched: WatchedRun
) -> None:
    function = gate("first")
    watched.start()
    kill(function.arrival())
    watched.until(lost)
    function.remove()
    assert completed(watched.result(), slow=[1])


# ------------------------------------------------------------------------------------- strangers


def test_strangers_are_refused_counted_and_told_once_and_the_run_goes_on(
    gate: MakeGate, watched: WatchedRun, accesses: list[Access], tmp_path: Path
) -> None:
    handling = gate("take")
    told: list[Happening] = []
    put = watched.on_happening

    def note(happening: Happening) -> None:
        told.append(happening)
        put(happening)

    watched.on_happening = note
    watched.start()
    slow = handling.arrival()
    [controller] = listeners(os.getpid())
    for _ in range(2):
        for name, place in (("controller", controller), (SLOW, listeners(slow)[0])):
            public = accesses[0].keys[name].public
            assert attack(TcpAddress("tcp", *place, public)) == [False] * ATTACKS
    watched.until(lambda one: isinstance(one, StrangerRefused))
    handling.remove()
    run = watched.result()
    assert completed(run, slow=[1])
    assert [one.text for one in told if isinstance(one, StrangerRefused)] == [
        "refused a connection from 127.0.0.1, whose key is none of this run; more are only counted"
    ]
    counted = {one.daemon: one.counts for one in told if isinstance(one, IrregularitiesCounted)}
    assert counted["controller"] == {"strangers_refused": 2}
    assert counted[SLOW]["strangers_refused"] == 2
    assert counted[SLOW]["handshakes_failed"] >= 2 * ATTACKS
    log = log_file(run.folder, SLOW).read_text("utf-8")
    assert log.count("refused a connection from 127.0.0.1") == 1


def test_no_secret_key_is_in_a_file_a_command_line_or_an_environment(
    gate: MakeGate, watched: WatchedRun, accesses: list[Access], tmp_path: Path
) -> None:
    handling = gate("take")
    watched.start()
    handling.arrival()
    secrets = [pair.secret for pair in accesses[0].keys.values()]
    forms = [form for one in secrets for form in (one, one.hex().encode(), z85.encode(one))]
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    for process in processes_of("GATES", str(tmp_path)):
        files += [PROC / str(process.pid) / name for name in ("cmdline", "environ")]
    assert len(files) > 10
    assert [str(one) for one in files if any(form in one.read_bytes() for form in forms)] == []
    handling.remove()
    assert completed(watched.result(), slow=[1])


# ------------------------------------------------------------------------------------- wrong keys


@pytest.mark.parametrize(
    ("engine", "problem"),
    [
        ("ToAnotherKey", "whoever listens there does not have the key that the address names"),
        ("WithOtherKeys", "whoever listens there does not know our key"),
    ],
)
def test_a_wrong_key_ends_the_run_with_the_reason_and_is_no_wait(
    engine: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "ENGINES", {"process": f"tests.e2e.misled:{engine}"})
    watched = WatchedRun(tmp_path, tmp_path / "home", transport="tcp")
    watched.start()
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "START_FAILED")
    assert problem in f"{run.reason.text} {run.reason.details}"
