"""A run whose daemons are in another network than its controller, and strangers who are there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl import Run
from swarmdsl.control.happenings import DaemonConnected, DaemonLost, StrangerRefused
from swarmdsl.deploy import registry
from swarmdsl.transport.tcp_addresses import TcpAddress
from tests.e2e import namespaces
from tests.e2e.gates import Gate, WatchedRun, kill
from tests.e2e.strangers import listeners, note_accesses

WHY_NOT = namespaces.why_not()
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]

REPOSITORY = Path(__file__).resolve().parents[2]
SLOW = "slow@node2#0"


@pytest.fixture(autouse=True)
def another_network() -> Iterator[None]:
    with namespaces.another_network():
        yield


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WatchedRun:
    """A run whose controller is here and whose daemons are elsewhere."""
    engine = f"{namespaces.__name__}:{namespaces.ElsewhereEngine.__name__}"
    monkeypatch.setattr(registry, "ENGINES", {"process": engine})
    transport = f"tcp://{namespaces.HERE}"
    return WatchedRun(tmp_path, tmp_path / "home", restarts=3, transport=transport)


@pytest.fixture
def handling(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path, "take")
    yield gate
    gate.close()


def completed(run: Run) -> bool:
    return (run.state.name, run.value) == ("COMPLETED", {"slow": [1], "apart": None})


def in_the_other_network(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ip", "netns", "exec", namespaces.NAME, sys.executable, *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_daemons_of_another_network_do_the_work_and_come_back_there(
    watched: WatchedRun, handling: Gate
) -> None:
    watched.start()
    slow = handling.arrival()
    [(host, _)] = listeners(slow)
    assert host == namespaces.THERE
    kill(slow)
    watched.until(lambda one: isinstance(one, DaemonLost))
    watched.until(lambda one: isinstance(one, DaemonConnected) and one.daemon == SLOW)
    handling.remove()
    assert completed(watched.result())


def test_a_stranger_in_the_network_of_the_daemons_gets_in_nowhere(
    watched: WatchedRun, handling: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    accesses = note_accesses(monkeypatch)
    watched.start()
    slow = handling.arrival()
    [controller] = [one for one in listeners(os.getpid()) if one[0] == namespaces.HERE]
    for name, place in (("controller", controller), (SLOW, listeners(slow)[0])):
        address = str(TcpAddress("tcp", *place, accesses[0].keys[name].public))
        attacked = in_the_other_network("-m", "tests.e2e.strangers", address)
        assert attacked.returncode == 0, attacked.stderr
    refused = watched.until(lambda one: isinstance(one, StrangerRefused))
    assert isinstance(refused, StrangerRefused)
    assert f"from {namespaces.THERE}" in refused.text
    handling.remove()
    assert completed(watched.result())
