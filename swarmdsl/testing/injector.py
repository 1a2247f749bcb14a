"""Carries out a schedule of faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from swarmdsl.deploy.cooperative.process import Process
from swarmdsl.testing.engine import SimulatedEngine
from swarmdsl.testing.faults import Fault, FaultKind
from swarmdsl.testing.network import Network
from swarmdsl.testing.scheduler import Scheduler
from swarmdsl.testing.trace import Trace
from swarmdsl.testing.weather import Conditions, Spell
from swarmdsl.topology.expand import node_of

SENDS_MAX = 3  # of a process that is being killed
DIES_WITHIN_S = 0.02


class Injector:
    """Makes things go wrong at their time.

    Args:
        scheduler: virtual time.
        network: whose connections are cut.
        conditions: the weather that gets worse.
        engine: whose daemons are killed and stopped.
        trace: where each fault is recorded.
        replace_controller: lets another controller take over.
        chance: where exactly a process dies.

    Attributes:
        successors: controllers that will take over.
        injected: how many faults of each kind hit something.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        network: Network,
        conditions: Conditions,
        engine: SimulatedEngine,
        trace: Trace,
        replace_controller: Callable[[], None],
        chance: Random,
    ) -> None:
        self._chance = chance
        self.successors = 0
        self._replace_controller = replace_controller
        self.injected: Counter[FaultKind] = Counter()
        self._scheduler = scheduler
        self._network = network
        self._conditions = conditions
        self._engine = engine
        self._trace = trace

    def plan(self, faults: Sequence[Fault]) -> None:
        """Let each of these faults happen at its time."""
        for fault in faults:
            if fault.kind is FaultKind.KEEP_NODE:
                self._inject(fault)  # before anything is started there
                continue
            self._scheduler.after(fault.at_s, partial(self._inject, fault))

    def _inject(self, fault: Fault) -> None:
        if self._hits(fault):
            self.injected[fault.kind] += 1
            self._trace.note(f"fault {str(fault).partition(' ')[2]}")

    def _hits(self, fault: Fault) -> bool:
        """Carry it out; False if there was nothing to hit."""
        match fault.kind:
            case FaultKind.DELAY | FaultKind.PARTITION:
                self._spell(fault, {fault.target, fault.other}, {fault.target, fault.other})
            case FaultKind.CLOG | FaultKind.ONE_WAY:
                self._spell(fault, {fault.target}, {fault.other})
            case FaultKind.SLOW:
                until_s = self._scheduler.now_s + fault.for_s
                self._conditions.slow_down(fault.target, until_s, fault.extra_s)
            case FaultKind.PAUSE:
                return self._pause(fault)
            case FaultKind.CUT:
                return self._cut(fault, None)
            case FaultKind.LATE:
                return self._cut(fault, fault.extra_s)
            case FaultKind.KILL:
                return self._kill([fault.target])
            case FaultKind.KILL_NODE:
                names = [one for one in self._engine.daemons if node_of(one) == fault.target]
                return self._kill(names)
            case FaultKind.LOSE_NODE | FaultKind.KEEP_NODE:
                return self._lose(fault, self._engine.lose_node)
            case FaultKind.CUT_OFF:
                return self._lose(fault, self._engine.cut_off)
            case FaultKind.KILL_CONTROLLER:
                return self._kill_controller(fault)
        return True

    def _spell(self, fault: Fault, senders: set[str], receivers: set[str]) -> None:
        spell = Spell(
            senders=frozenset(senders),
            receivers=frozenset(receivers),
            until_s=self._scheduler.now_s + fault.for_s,
            extra_s=fault.extra_s,
        )
        self._conditions.add(spell)

    def _pause(self, fault: Fault) -> bool:
        process = self._engine.daemons.get(fault.target)
        if process is None or not process.alive or process.frozen:
            return False
        self._engine.pause(process)

        def go_on() -> None:
            self._trace.note(f"continue {fault.target}")
            self._engine.go_on(process)

        self._scheduler.after(fault.for_s, go_on)
        return True

    def _cut(self, fault: Fault, late_s: float | None) -> bool:
        ends = self._network.connections(fault.target, fault.other)
        for end in ends:
            self._network.cut(end, late_s=late_s)
        return bool(ends)

    def _kill(self, names: Sequence[str]) -> bool:
        living = [
            process
            for name in names
            if (process := self._engine.daemons.get(name)) is not None and process.alive
        ]
        for process in living:
            self._end(process)
        return bool(living)

    def _end(self, process: Process) -> None:
        """Kill a process where it waits, or between two messages that it sends."""
        sends = self._chance.randint(-1, SENDS_MAX)
        if sends < 0:
            process.kill()
        else:
            process.kill_at_send(sends, DIES_WITHIN_S)

    def _lose(self, fault: Fault, how: Callable[[str], bool]) -> bool:
        if not how(fault.target):
            return False
        if fault.for_s:

            def join() -> None:
                self._trace.note(f"join {fault.target}")
                self._engine.join_node(fault.target)

            self._scheduler.after(fault.for_s, join)
        return True

    def _kill_controller(self, fault: Fault) -> bool:
        controller = self._engine.owner
        if controller is None or not controller.alive:
            return False
        self._end(controller)
        if fault.for_s:
            self.successors += 1
            self._scheduler.after(DIES_WITHIN_S + fault.for_s, self._let_another_begin)
        return True

    def _let_another_begin(self) -> None:
        self.successors -= 1
        self._replace_controller()
