"""A daemon's life, lived in the fork server before it forks any.

Python learns as it executes: it rewrites the code of a function for the types that it meets, and
remembers where attributes are found and what is a subclass of what. A daemon that has to learn
that for itself copies the page of each function, so it is learned once, and shared.

The daemon is our own, and so is its code; it meets a controller that knows its part by heart, in
the memory of this process. No code of a user runs, and nothing is left of it.
"""

from __future__ import annotations

from collections.abc import Callable

from swarmdsl.daemon.admission import TopologyAdmission
from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.assembly import Assembly
from swarmdsl.daemon.memory_limit import DataLimit
from swarmdsl.daemon.reports import CONTROLLER, EVENTS
from swarmdsl.daemon.time_limit import Alarm
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import (
    RUN,
    DaemonGroup,
    Limits,
    LinkSpec,
    ModuleSpec,
    TaskSpec,
    Topology,
)
from swarmdsl.transport.memory import MemoryNetwork
from swarmdsl.wire.messages import RoundStart, Stop
from swarmdsl.wire.session.events import Accepted, Delivered, Ended, SessionEvent
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.types import describe

REHEARSALS_MAX = 12  # more than Python needs to see of a function before it is rewritten
NAME = "worker@stage#0"
HERE, THERE = "memory://daemon", "memory://controller"
REPORTS = 6  # of each of two instances: that it has started, finished and been confirmed


def first() -> int:
    """Feed the other task."""
    return 1


def second(value: int) -> int:
    """Be fed, and feed the run."""
    return value


def rehearse(times: int, monotonic_s: Callable[[], float]) -> None:
    """Live so often, up to a limit, through all that most daemons do."""
    for _ in range(min(times, REHEARSALS_MAX)):
        live_once(monotonic_s)


def live_once(monotonic_s: Callable[[], float]) -> int:
    """Be a daemon that hosts two functions, for a round; returns its exit code."""
    network = MemoryNetwork()
    controller = _Controller(network)
    arguments = DaemonArguments(
        run="rehearsal", name=NAME, incarnation=0, address=HERE, controller=THERE, run_folder=""
    )
    assembly = Assembly(arguments, TOPOLOGY, digest=controller.identity.topology)
    return assembly.live(network.listen(HERE), monotonic_s, Alarm(), DataLimit())


def _task(function: str) -> TaskSpec:
    return TaskSpec(alias=function, module=function, method="any", candidates=(NAME,), count=1)


def _module(function: str) -> ModuleSpec:
    entry = f"{__name__}:{function}"
    return ModuleSpec(name=function, kind="function", bundle="", encoding="installed", entry=entry)


TOPOLOGY = Topology(
    name="rehearsal",
    nodes=(Node(name="stage"),),
    modules=(_module("first"), _module("second")),
    types=(describe(int),),
    groups=(DaemonGroup(name="worker", kind="worker", nodes=("stage",), per_node=(1,)),),
    tasks=(_task("first"), _task("second")),
    links=(
        LinkSpec(source="first", destination="second", port="value", gather=False, type="int"),
        LinkSpec(source="second", destination=RUN, port="value", gather=False, type="int"),
    ),
)


class _Controller:
    """Begins a round with whoever comes, confirms all that is said, and ends the run after it."""

    def __init__(self, network: MemoryNetwork) -> None:
        self.identity = Identity(
            run="rehearsal",
            topology="rehearsal",
            peer=CONTROLLER,
            incarnation=0,
            address=THERE,
            limits=Limits(),
        )
        self._switchboard = Switchboard(self.identity, TopologyAdmission(TOPOLOGY, CONTROLLER))
        self._endpoint = network.listen(THERE, self._arrived)

    def _arrived(self) -> None:
        for arrival in self._endpoint.receive(0.0):
            for event in self._switchboard.receive(arrival.connection, arrival.frames):
                self._answer(event)
        for out in self._switchboard.take_outgoing():
            self._endpoint.send(out.connection, out.frames)

    def _answer(self, event: SessionEvent) -> None:
        match event:
            case Accepted():
                members, addresses = {0: [0], 1: [0]}, {NAME: HERE}
                self._switchboard.say(NAME, RoundStart(1, 0, 0, members, [], addresses))
            case Delivered():
                self._settle(event, event.count, event.upto)
                if event.channel == EVENTS and event.upto == REPORTS:
                    self._switchboard.say(NAME, Stop(1, "the rehearsal is over"))
            case Ended():
                self._settle(event, 1, event.position + 1)

    def _settle(self, event: Delivered | Ended, count: int, upto: int) -> None:
        self._switchboard.take(event.inlet, count)
        self._switchboard.confirm(event.inlet, upto)
