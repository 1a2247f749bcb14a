"""One simulated run: the controller and the daemons of production, in virtual time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import TextIOBase
from random import Random

from swarmdsl.control.clocks import Clocks
from swarmdsl.control.controller import Controller
from swarmdsl.control.core import ControlCore
from swarmdsl.control.first_globals import keep_first_globals
from swarmdsl.control.happenings import (
    DaemonGivenUp,
    Happening,
    InstanceConfirmed,
    InstanceMissing,
    InstanceRetried,
    PushesLost,
    StateChanged,
)
from swarmdsl.control.journal import decode_record
from swarmdsl.control.records import RunRecord
from swarmdsl.control.state import Reason, ReasonKind, RunState
from swarmdsl.control.store import Store
from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.assembly import Assembly
from swarmdsl.daemon.memory_limit import NoMemoryLimit
from swarmdsl.daemon.program import Manifold, Program
from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.daemon.time_limit import NoAlarm
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.deploy.cooperative.process import Process
from swarmdsl.deploy.engine import EngineOptions
from swarmdsl.light.context import forbid_runs
from swarmdsl.testing.accounts import Accounts
from swarmdsl.testing.auditor import Auditor
from swarmdsl.testing.endpoint import Bell, SimulatedEndpoint
from swarmdsl.testing.engine import SimulatedEngine
from swarmdsl.testing.faults import Fault
from swarmdsl.testing.injector import Injector
from swarmdsl.testing.network import Letter, Network
from swarmdsl.testing.pace import Handled, PacedManifold, PacedProgram
from swarmdsl.testing.prepared import Prepared
from swarmdsl.testing.scheduler import Scheduler
from swarmdsl.testing.trace import Trace
from swarmdsl.testing.violation import Violation
from swarmdsl.testing.virtual_loop import VirtualLoop
from swarmdsl.testing.weather import Conditions
from swarmdsl.topology.codec import topology_hash
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.fused import executed
from swarmdsl.topology.model import Topology
from swarmdsl.wire.session.identity import Identity

RUN = "simulated"  # the id of every simulated run
CONTROLLER_ADDRESS = "simulated://controller"
EPOCH_S = 1_767_225_600.0  # 2026-01-01: when every simulated run begins
QUEUES = (8, 64, 1_000)  # messages at one end of a connection; one of them per simulation


class Silence(TextIOBase):
    """Where what simulated processes print goes."""

    def write(self, text: str, /) -> int:
        """Take it."""
        return len(text)


class NeverAsked:
    """Interrupts of a run whose user is patient.

    Attributes:
        count: 0.
        killed: False.
        stop_wanted: False.
    """

    count = 0
    killed = False
    stop_wanted = False

    def __init__(self) -> None:
        self.bell = Bell(2)

    def fileno(self) -> int:
        """The number of a bell that never rings."""
        return self.bell.number

    def heard(self) -> None:
        """Nothing was said."""

    def take_call(self) -> bool:
        """Nobody calls from outside."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the controller ended."""

    state: RunState
    reason: Reason


class World:
    """Everything of one simulation.

    Args:
        prepared: the swarm.
        topology: of the swarm, with the limits of this simulation.
        seed: of everything that is left to chance.
        faults: what goes wrong.

    Attributes:
        scheduler: virtual time.
        trace: the record.
        auditor: the account of all channels.
        handled: the account of what user's code was given, channel by channel.
        accounts: the numbers of what was pushed, given and missed, link by link.
        store: of the run.
        core: of the controller that came last; None before the first has begun.
        ending: how the run ended; None before.
        decided_at_s: when the run was in its final state; daemons leave after that.
        given_up: the daemons that others do the work of, or nobody.
        missing: the instances that the run goes on without.
        dropped: those that have failed, and have not taken part to the end since.
        told_of_losses: whether a source that cannot be asked again has died, and this was told.
        topology: as simulated.
        executed: what daemons and the controller make of it; their links are numbered as here.
        violations: what checkers found meanwhile.
    """

    def __init__(
        self, prepared: Prepared, topology: Topology, seed: str, faults: Sequence[Fault]
    ) -> None:
        self.scheduler = Scheduler()
        self.trace = Trace(self.scheduler, prepared.secrets.redaction().text)
        self.violations: list[Violation] = []
        self.executed = executed(topology).topology
        self.auditor = Auditor(
            topology.limits,
            self.complain,
            lossy=_lossy(self.executed),
            spilling=Wiring(self.executed, "").gathered(),
        )
        self.accounts = Accounts(self.executed)
        self.handled = Handled(self.complain)
        self.core: ControlCore | None = None
        self.ending: Ending | None = None
        self.decided_at_s = 0.0
        self.given_up: set[str] = set()
        self.missing: set[str] = set()
        self.dropped: set[str] = set()
        self._endpoints: dict[Process, SimulatedEndpoint] = {}
        self.told_of_losses = False
        self.topology = topology
        self._conditions = Conditions(self.scheduler, Random(f"{seed}/weather"))
        chance = Random(f"{seed}/network")
        queue = chance.choice(QUEUES)
        self.network = Network(self.scheduler, self._conditions, self, chance, queue)
        self._prepared = prepared
        self.store = _store(prepared, topology)
        self.engine = SimulatedEngine(
            _options(prepared, topology), self.scheduler, Random(f"{seed}/engine"), self._spawn
        )
        self._controllers = [self._start_controller(0)]
        self.engine.owner = self._controller
        self.injector = Injector(
            self.scheduler,
            self.network,
            self._conditions,
            self.engine,
            self.trace,
            self._replace_controller,
            Random(f"{seed}/deaths"),
        )
        self.injector.plan(faults)

    def complain(self, checker: str, text: str) -> None:
        """Note what a checker found."""
        self.violations.append(Violation(checker=checker, at_s=self.scheduler.now_s, text=text))

    # ------------------------------------------------------------------ the loop

    def run(self, until_s: float) -> bool:
        """Let the run go on to its end; False if it has none within this virtual time."""
        with redirect_stdout(Silence()), redirect_stderr(Silence()):
            return self.scheduler.run(until_s=until_s, over=self._is_over)

    def _is_over(self) -> bool:
        if self.violations or self.ending is not None:
            return True
        abandoned = not self._controller.alive and not self.injector.successors
        return abandoned and not self.engine.living()

    @property
    def _controller(self) -> Process:
        return self._controllers[-1]

    def release(self) -> None:
        """End what still lives; to be called once, when everything has been looked at."""
        processes = (*self._controllers, *self.engine.processes)
        for process in processes:
            process.kill()
        with redirect_stdout(Silence()), redirect_stderr(Silence()):
            for process in processes:
                process.unwind()
        self.store.close()

    # ------------------------------------------------------------------ what the network tells

    def sent(self, letter: Letter) -> None:
        """A message was handed over."""
        self.auditor.sent(letter)

    def arrived(self, letter: Letter) -> None:
        """A message has arrived."""
        self.trace.arrived(letter)
        self.auditor.arrived(letter)

    def lost(self, letter: Letter, why: str) -> None:
        """A message will never arrive."""
        self.trace.lost(letter, why)

    # ------------------------------------------------------------------ processes

    def _start_controller(self, incarnation: int) -> Process:
        return Process(
            self.scheduler,
            name=CONTROLLER,
            node=CONTROLLER,
            incarnation=incarnation,
            life=self._control,
            at_end=self._ended,
        )

    def _replace_controller(self) -> None:
        """Another controller takes over from the one that was killed."""
        record = self.store.run()
        if RunState(record.state).final:  # It died on its way out: there is nothing to go on with.
            reason = Reason(kind=ReasonKind(record.reason_kind), text=record.reason or "")
            self.ending = Ending(state=RunState(record.state), reason=reason)
            assert record.ended_at is not None, "it is in a final state"
            self.decided_at_s = record.ended_at - EPOCH_S  # No observer may have been told.
        elif not self._controller.alive and self.engine.attach():
            self._controllers.append(self._start_controller(len(self._controllers)))
            self.engine.owner = self._controller
            self.trace.note(f"start {CONTROLLER} {self._controller.incarnation}")

    def _control(self, process: Process) -> int:
        state, reason = self._made_controller(process).run()
        self.ending = Ending(state=state, reason=reason)
        return 0

    def _made_controller(self, process: Process) -> Controller:
        """The controller of a new run, or one that goes on where another was killed."""
        interrupts = NeverAsked()
        wall_s = EPOCH_S + self.scheduler.now_s
        identity = Identity(
            run=RUN,
            topology=topology_hash(self.topology),
            peer=CONTROLLER,
            incarnation=self.store.begin_controller("simulated", "", wall_s),
            address=CONTROLLER_ADDRESS,
            limits=self.topology.limits,
        )
        self._endpoints[process] = endpoint = SimulatedEndpoint(
            self.network, process, CONTROLLER_ADDRESS, (self.engine.bell, interrupts.bell)
        )
        records = [decode_record(record) for record in self.store.journal()]
        self.core = ControlCore.recovered(self.topology, RUN, records)
        return Controller(
            topology=self.topology,
            core=self.core,
            identity=identity,
            engine=self.engine,
            endpoint=endpoint,
            store=self.store,
            run_folder=self._prepared.folder,
            observers=(self.trace, self.accounts, self._observe),
            clocks=Clocks(
                monotonic_s=self.scheduler.monotonic_s,
                wall_s=lambda: EPOCH_S + self.scheduler.now_s,
            ),
            interrupts=interrupts,
            resumes=process.incarnation > 0,
            secrets=self._prepared.secrets,
        )

    def _observe(self, happening: Happening) -> None:
        if isinstance(happening, StateChanged) and happening.state.final:
            self.decided_at_s = self.scheduler.now_s
        elif isinstance(happening, DaemonGivenUp):
            self.given_up.add(happening.daemon)
        elif isinstance(happening, InstanceMissing):
            self.missing.add(happening.instance)
        elif isinstance(happening, InstanceRetried) and happening.node:
            self.dropped.add(happening.instance)
        elif isinstance(happening, InstanceConfirmed):
            self.dropped.discard(happening.instance)
        self.told_of_losses |= isinstance(happening, PushesLost)

    def _spawn(self, arguments: DaemonArguments) -> Process:
        def live(process: Process) -> int:
            forbid_runs(f"daemon {arguments.name}")
            assembly = Assembly(arguments, self.topology, self._loop_of(process))
            assembly.programs.dress(lambda program: self._paced(program, process))
            endpoint = SimulatedEndpoint(self.network, process, self._place_of(arguments))
            self._endpoints[process] = endpoint
            return assembly.live(endpoint, self.scheduler.monotonic_s, NoAlarm(), NoMemoryLimit())

        self.trace.note(f"start {arguments.name} {arguments.incarnation}")
        return Process(
            self.scheduler,
            name=arguments.name,
            node=node_of(arguments.name),
            incarnation=arguments.incarnation,
            life=live,
            at_end=self._ended,
        )

    def _place_of(self, arguments: DaemonArguments) -> str:
        """Where a daemon listens."""
        if self._prepared.moves and arguments.incarnation:
            return f"{arguments.address}.{arguments.incarnation}"
        return arguments.address

    def _loop_of(self, process: Process) -> Callable[[], VirtualLoop]:
        """Makes the event loop of the user's code in a process."""
        return functools.partial(VirtualLoop, process, self.scheduler.monotonic_s)

    def _paced(self, program: Program, process: Process) -> Program:
        kind = PacedManifold if isinstance(program, Manifold) else PacedProgram
        return kind(program, process, self._conditions, self.handled, self.accounts)

    def _ended(self, process: Process) -> None:
        """A process has ended, and its place in the network with it."""
        endpoint = self._endpoints.pop(process, None)
        if endpoint is not None:
            endpoint.vanish()
        assert process.end is not None, "it has ended"
        code, signal = process.end
        self.trace.note(f"exit {process.name} {f'code {code}' if signal is None else 'killed'}")
        if process.error is not None:
            error = process.error
            self.complain("crash", f"{process.name} raised {type(error).__name__}: {error}")
        if process.name == CONTROLLER:
            self.engine.owner_ended()
        else:
            self.engine.ended(process)

    def waits(self) -> list[str]:
        """Who waits for what, for a run that does not end."""
        lines = []
        for process in (self._controller, *self.engine.processes):
            if process.alive:
                what = process.activity or "waits for messages"
                lines.append(f"{process.name} {'is stopped' if process.frozen else what}")
        return [*lines, *self.auditor.unconfirmed()]


def _lossy(topology: Topology) -> frozenset[int]:
    links = enumerate(topology.links)
    return frozenset(index for index, link in links if link.delivery == "at_most_once")


def _store(prepared: Prepared, topology: Topology) -> Store:
    record = RunRecord(
        id=RUN,
        swarm=topology.name,
        topology_hash=topology_hash(topology),
        state=RunState.STARTING.value,
        created_at=EPOCH_S,
    )
    store = Store.in_memory(record)
    keep_first_globals(store, topology, prepared.bundles)
    return store


def _options(prepared: Prepared, topology: Topology) -> EngineOptions:
    return EngineOptions(
        run=RUN,
        run_folder=prepared.folder,
        socket_folder=prepared.folder,
        controller=CONTROLLER_ADDRESS,
        topology_json=prepared.topology_json,
        environment={},
        owner_grace_s=topology.limits.controller_grace_s,
    )
