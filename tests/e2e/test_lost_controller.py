"""A controller that is killed at each moment of a run, alone or with others, and its successor.

Every moment is held open by a gate, in the swarm's code or in the controller's observer, so that
nothing depends on timing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest

from swarmdsl import Swarm
from swarmdsl.api import resume_run
from swarmdsl.compiler import load_target
from swarmdsl.control.home import list_runs, make_run_folder, socket_folder
from swarmdsl.control.records import RunRecord
from swarmdsl.control.store import Store
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.errors import RunNotResumable
from swarmdsl.topology.codec import topology_hash, write
from tests.chaos.processes import FORK_SERVER, Process, kill_all, processes_of
from tests.e2e.gated_controller import NODES
from tests.e2e.gates import GATED, PATIENCE_S, Gate

REPOSITORY = Path(__file__).resolve().parents[2]
UNDISTURBED = {"slow": [1], "apart": None}

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When the controller is killed: where it stands then, and where the code does.

    Attributes:
        controller: the gate of the controller.
        code: the gate in the swarm's code that keeps the moment from passing, if one is needed.
        phase: of the daemon of `first`, or of the run.
    """

    phase: str
    controller: str
    code: str = ""


IN_A_HANDLER = Moment(phase="at work", controller="InstanceStarted.first", code="first")
BETWEEN_ROUNDS = Moment(phase="between rounds", controller="RoundFinished.0")
MOMENTS = [
    Moment(phase="the run is starting", controller="StateChanged.STARTING"),
    Moment(phase="connected", controller="DaemonConnected.1", code="starting"),
    Moment(phase="the run is running", controller="StateChanged.RUNNING", code="first"),
    Moment(phase="waiting for its inputs", controller="RoundStarted.0", code="first"),
    IN_A_HANDLER,
    Moment(phase="pushed but unconfirmed", controller="InstanceFinished.first", code="take"),
    Moment(phase="done with its round", controller="InstanceConfirmed.first", code="apart"),
    BETWEEN_ROUNDS,
    Moment(phase="the next round", controller="RoundStarted.1"),
]


@dataclass(slots=True)
class Scene:
    """A run of the gated swarm, in processes of its own, and its gates."""

    folder: Path
    temporary: Path
    gates: ExitStack
    transport: str = "unix"
    controllers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def gate(self, name: str) -> Gate:
        """A gate that is closed from now on."""
        gate = Gate(self.folder, name)
        self.gates.callback(gate.close)
        return gate

    def start(self, rounds: int = 2) -> None:
        """Execute the first controller."""
        self._execute(str(rounds))

    def resume(self) -> None:
        """Execute the next one."""
        self._execute(self.run.folder.id)

    def _execute(self, what: str) -> None:
        words = [sys.executable, "-m", "tests.e2e.gated_controller", str(self.home), what]
        own = {"GATES": str(self.folder), "TMPDIR": str(self.temporary)}
        own["TRANSPORT"] = self.transport
        self.controllers.append(subprocess.Popen(words, cwd=REPOSITORY, env={**os.environ, **own}))

    def kill_controller(self) -> None:
        """End the controller as the kernel does when memory is short, and see it gone."""
        self.controllers[-1].kill()
        self.controllers[-1].wait(PATIENCE_S)

    def exit_code(self) -> int:
        """Of the last controller, which must end soon."""
        return self.controllers[-1].wait(PATIENCE_S)

    @property
    def home(self) -> Path:
        """Where the run is kept."""
        return self.folder / "home"

    @property
    def run(self) -> StoredRun:
        """The run as it is kept."""
        [folder] = list_runs(self.home)
        return StoredRun.open(folder)

    @property
    def sockets(self) -> list[Path]:
        """What lies where the run has the folder of its sockets."""
        return list(self.temporary.iterdir())

    def daemons(self) -> list[Process]:
        """The fork server and its children; not the controllers."""
        ours = {one.pid for one in self.controllers}
        return [one for one in processes_of("GATES", str(self.folder)) if one.pid not in ours]

    def until_nothing_lives(self) -> None:
        """Wait until the last process of the run is gone."""
        deadline = time.monotonic() + PATIENCE_S
        while living := processes_of("GATES", str(self.folder)):
            assert time.monotonic() < deadline, [(one, one.state) for one in living]
            os.sched_yield()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as gates, TemporaryDirectory(prefix="lost-") as temporary:
        made = Scene(tmp_path, Path(temporary), gates)
        yield made
        kill_all(processes_of("GATES", str(tmp_path)))
        for controller in made.controllers:
            controller.wait(PATIENCE_S)


def nobody(_scene: Scene) -> None:
    """The controller dies alone."""


def daemon_of_first(scene: Scene) -> None:
    """The daemon of `first` dies with it."""
    kill_all([one for one in scene.daemons() if one.name == "worker@node1#0"])


def everybody(scene: Scene) -> None:
    """All daemons die with it, as they are the fork server's."""
    kill_all([one for one in scene.daemons() if one.name == FORK_SERVER])


def bring_to(scene: Scene, moment: Moment) -> list[Gate]:
    """Start the run, and hold it at the moment; the gates that are closed."""
    held = scene.gate(moment.controller)
    code = [scene.gate(moment.code)] if moment.code else []
    scene.start()
    held.arrival()
    return [held, *code]


@pytest.mark.parametrize("with_it", [nobody, daemon_of_first, everybody])
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.phase)
def test_a_run_goes_on_whenever_its_controller_was_killed(
    scene: Scene, moment: Moment, with_it: Callable[[Scene], None]
) -> None:
    gates = bring_to(scene, moment)
    scene.kill_controller()
    with_it(scene)
    for gate in gates:
        gate.remove()
    scene.resume()
    assert scene.exit_code() == 0
    value = scene.run.value()
    assert (set(value["slow"]), value["apart"]) == ({1}, None)
    assert with_it is not nobody or value == UNDISTURBED, "nobody did anything twice"
    assert (scene.daemons(), scene.sockets) == ([], [])


@pytest.mark.parametrize("with_it", [nobody, daemon_of_first, everybody])
@pytest.mark.parametrize("moment", [IN_A_HANDLER, BETWEEN_ROUNDS], ids=lambda one: one.phase)
def test_over_tcp_its_successor_has_its_port_and_its_keys(
    scene: Scene, moment: Moment, with_it: Callable[[Scene], None]
) -> None:
    scene.transport = "tcp"
    gates = bring_to(scene, moment)
    scene.kill_controller()
    with_it(scene)
    for gate in gates:
        gate.remove()
    scene.resume()
    assert scene.exit_code() == 0
    value = scene.run.value()
    assert (set(value["slow"]), value["apart"]) == ({1}, None)
    assert with_it is not nobody or value == UNDISTURBED, "nobody did anything twice"
    assert (scene.daemons(), scene.sockets) == ([], [])


def test_a_controller_is_killed_while_a_daemon_is_being_started_anew(scene: Scene) -> None:
    held, code = scene.gate("DaemonLost"), scene.gate("first")
    scene.start()
    os.kill(code.arrival(), signal.SIGKILL)
    held.arrival()
    scene.kill_controller()
    held.remove()
    code.remove()
    scene.resume()
    assert (scene.exit_code(), scene.run.value()) == (0, UNDISTURBED)


def test_a_controller_is_killed_and_its_successor_too(scene: Scene) -> None:
    gates = bring_to(scene, IN_A_HANDLER)
    scene.kill_controller()
    gates.append(scene.gate("DaemonConnected.1"))
    scene.resume()
    gates[-1].arrival()  # the third daemon is held in its function, and says nothing
    scene.kill_controller()
    for gate in gates:
        gate.remove()
    scene.resume()
    assert (scene.exit_code(), scene.run.value()) == (0, UNDISTURBED)


def test_a_run_whose_controller_is_killed_on_its_way_out_has_ended(scene: Scene) -> None:
    held = scene.gate("StateChanged.COMPLETED")
    scene.start(rounds=1)
    held.arrival()
    scene.kill_controller()
    with pytest.raises(RunNotResumable, match="it has ended: COMPLETED"):
        resume_run(scene.run.folder.id, home=scene.home)
    assert scene.run.value() == UNDISTURBED
    scene.until_nothing_lives()
    assert scene.sockets == []


def test_if_nobody_follows_a_killed_controller_all_ends_and_a_late_one_begins_anew(
    scene: Scene,
) -> None:
    """The daemons' grace is over before anybody comes."""
    gates = bring_to(scene, IN_A_HANDLER)
    scene.kill_controller()
    scene.until_nothing_lives()
    assert scene.sockets == []
    for gate in gates:
        gate.remove()
    scene.resume()
    assert (scene.exit_code(), scene.run.value()) == (0, UNDISTURBED)
    assert (scene.daemons(), scene.sockets) == ([], [])


def test_sockets_of_a_controller_that_died_before_its_engine_began_are_removed(
    tmp_path: Path,
) -> None:
    """The fork server removes them, but of these it never heard."""
    compiled = cast("Swarm", load_target(str(GATED))).compile(NODES)
    topology = compiled.require()
    folder = make_run_folder(tmp_path, "20261121-040600-3f9a")
    write(topology, compiled.bundles, folder.path)
    store = Store.create(
        folder.store,
        RunRecord(
            id=folder.id,
            swarm=topology.name,
            topology_hash=topology_hash(topology),
            state="STARTING",
            created_at=0.0,
        ),
    )
    sockets = socket_folder(str(tmp_path))
    store.begin_controller("process", str(sockets), 0.0)
    store.close()
    run = resume_run(folder.id, home=tmp_path)
    assert (run.value, sockets.exists()) == (UNDISTURBED, False)
