"""Many short runs are done in a row, and others hear of them every few milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from swarmdsl.daemon.core import DaemonCore
from swarmdsl.daemon.function_program import FunctionProgram
from swarmdsl.daemon.memory_limit import NoMemoryLimit
from swarmdsl.daemon.pace import TOGETHER_S
from swarmdsl.daemon.read_function import ReadFunction
from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.daemon.shell import Shell
from swarmdsl.daemon.time_limit import NoAlarm
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.transport.base import Arrival, Connection
from swarmdsl.transport.memory import MemoryEndpoint, MemoryNetwork
from swarmdsl.wire.frames import Frames
from tests.handmade import link, task, topology
from tests.sim.hand_driven import Controller, address_of, context_of, identity_of

WORKER = "worker@n1#0"
COUNT = 300
TAKES_S = 0.000_3


class Scene:
    """A worker with many functions that take so long by its clock, and a controller beside it."""

    def __init__(self) -> None:
        tasks = [task(f"t{one}", module="work") for one in range(COUNT)]
        links = [link(f"t{one}") for one in range(COUNT)]
        self._many = topology(tasks, links)
        network = MemoryNetwork()
        self.controller = Controller(self._many, network)
        self.now_s = 0.0
        self.sent_s: list[float] = []
        self.worked_s: list[float] = []
        core = DaemonCore(
            Wiring(self._many, WORKER),
            identity_of(self._many, WORKER),
            address_of(CONTROLLER),
            {},
            dict.fromkeys(range(COUNT), Any),
        )
        program = FunctionProgram(ReadFunction(self._work), {})
        self._shell = Shell(
            core,
            Noted(network.listen(address_of(WORKER)), self),
            {(one, 0): program for one in range(COUNT)},
            context_of,
            lambda: self.now_s,
            NoAlarm(),
            NoMemoryLimit(),
        )

    def _work(self) -> int:
        self.now_s += TAKES_S
        self.worked_s.append(self.now_s)
        return 1

    def run(self) -> None:
        self._shell.run()


class Noted(MemoryEndpoint):
    """Notes when something is sent; whenever its owner waits, the controller has a turn."""

    def __init__(self, inner: MemoryEndpoint, scene: Scene) -> None:
        super().__init__(inner._wires, inner._place)
        self._scene = scene

    def send(self, connection: Connection, frames: Frames) -> bool:
        self._scene.sent_s.append(self._scene.now_s)
        return super().send(connection, frames)

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        self._scene.controller.take_in()
        arrivals = super().receive(0.0, blocked)
        if not arrivals:
            self._scene.now_s += timeout_s
        return arrivals


def test_what_short_runs_give_leaves_within_milliseconds_however_many_are_ready() -> None:
    scene = Scene()
    scene.run()

    assert len(scene.worked_s) == len(scene.controller.values) == COUNT
    first_s, last_s = scene.worked_s[0], scene.worked_s[-1]
    sent_s = [at_s for at_s in scene.sent_s if first_s <= at_s <= last_s]
    assert max(after - before for before, after in pairwise(sent_s)) <= TOGETHER_S + 2 * TAKES_S
