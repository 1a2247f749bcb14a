"""The engine of a run for a debugger: its daemons are greenlets in the process of the controller.

They give way to one another where a daemon waits, and nowhere else. The controller's own wait is
the loop in which they live, so this engine does nothing while nobody receives at its endpoint.
"""

from __future__ import annotations

import functools
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, TextIO

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.assembly import TERMINATED_EXIT_CODE, Assembly
from swarmdsl.daemon.bundle import load_program
from swarmdsl.daemon.child import CRASH_EXIT_CODE
from swarmdsl.daemon.memory_limit import NoMemoryLimit
from swarmdsl.daemon.stopping import Stopped
from swarmdsl.daemon.task_environment import environment_of
from swarmdsl.daemon.time_limit import NoAlarm
from swarmdsl.daemon.trace import users_traceback
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.deploy.cooperative.debugged import Onlooker, debugged
from swarmdsl.deploy.cooperative.endpoints import ControllerEndpoint, DaemonEndpoint
from swarmdsl.deploy.cooperative.process import Process
from swarmdsl.deploy.cooperative.real_time import RunClock
from swarmdsl.deploy.cooperative.script import ScriptHere
from swarmdsl.deploy.cooperative.worn import Variables, Wardrobe
from swarmdsl.deploy.engine import (
    DaemonExited,
    DaemonStarted,
    EngineEvent,
    EngineOptions,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.errors import EngineError
from swarmdsl.light.context import forbid_runs
from swarmdsl.topology.expand import expand_daemons, node_of
from swarmdsl.topology.model import ModuleSpec, Topology
from swarmdsl.transport.memory import MemoryNetwork

NAME = "immediate"
_RING = b"."


def address_of(options: EngineOptions, place: str) -> str:
    """Where somebody of the run listens; a path, so that programs can call beside it."""
    return f"memory://{options.socket_folder}/{place}"


class ImmediateEngine:
    """Runs daemons in this process and thread; see `Engine` for what it promises.

    Args:
        options: of the run.
        topology: of the run.
        interrupt: asks for the end of the run, as Ctrl-C does.
        programs: functions and daemon classes by the names of their modules; others are loaded.

    Attributes:
        endpoint: where the controller listens, and waits.
        clock: of the run.
    """

    def __init__(
        self,
        options: EngineOptions,
        topology: Topology,
        interrupt: Callable[[], None],
        programs: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    ) -> None:
        self._programs = programs
        self.clock = RunClock(time.monotonic)
        self._options = options
        self._topology = topology
        self._interrupt = interrupt
        self._network = MemoryNetwork()
        self.endpoint = ControllerEndpoint(self._network, options.controller, self.clock)
        self._processes: list[Process] = []
        self._endpoints: dict[Process, DaemonEndpoint] = {}
        self._onlookers: list[Onlooker] = []
        self._events: list[EngineEvent] = []
        self._bell, self._ringer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._closed = False

    def render(self, topology: Topology) -> list[StartDaemon]:
        """One command per daemon, in the order of the topology."""
        return [
            StartDaemon(
                name=daemon.name,
                arguments=DaemonArguments(
                    run=self._options.run,
                    name=daemon.name,
                    incarnation=0,
                    address=address_of(self._options, str(i)),
                    controller=self._options.controller,
                    run_folder=str(self._options.run_folder),
                ),
                cause="the run starts",
            )
            for i, daemon in enumerate(expand_daemons(topology))
        ]

    def start(self, command: StartDaemon) -> None:
        """Let a daemon begin at the controller's next wait.

        Raises:
            EngineError: the engine was closed.
        """
        self._refuse_if_closed()
        arguments = command.arguments
        process = Process(
            self.endpoint.timeline,
            name=command.name,
            node=node_of(command.name),
            incarnation=arguments.incarnation,
            life=lambda process: self._live(process, arguments),
            at_end=self._ended,
        )
        self._processes.append(process)
        self._tell(DaemonStarted(name=command.name, pid=os.getpid()))

    @property
    def is_users_code_at_work(self) -> bool:
        """Whether the user's code has the thread, and may be interrupted by an exception."""
        return any(onlooker.is_users_code_at_work for onlooker in self._onlookers)

    def _live(self, process: Process, arguments: DaemonArguments) -> int:
        """Be a daemon, from loading the user's code to the end of the run."""
        forbid_runs(f"daemon {arguments.name}")
        wardrobe = Wardrobe()
        with (
            Path(arguments.log_file).open("a", encoding="utf-8", buffering=1) as log,
            wardrobe.wearing(_variables(self._topology, arguments.name)),
        ):
            try:
                return self._assembled(process, arguments, wardrobe, log)
            except Stopped:
                return TERMINATED_EXIT_CODE
            except Exception as error:  # As where it has a process: it ends this daemon alone.
                log.write(users_traceback(error))
                return CRASH_EXIT_CODE

    def _assembled(
        self, process: Process, arguments: DaemonArguments, wardrobe: Wardrobe, log: TextIO
    ) -> int:
        onlooker = Onlooker(functools.partial(self._end_asked, process))
        self._onlookers.append(onlooker)
        with onlooker.users_code():
            assembly = Assembly(
                arguments,
                self._topology,
                make_script=lambda hosted, folder: ScriptHere(hosted, folder, wardrobe),
                load=self._load,
            )
        for place, program in assembly.programs.items():
            assembly.programs[place] = debugged(program, onlooker)
        endpoint = DaemonEndpoint(self._network, arguments.address, process, wardrobe, onlooker)
        self._endpoints[process] = endpoint
        return assembly.live(
            endpoint,
            self.clock.now_s,
            NoAlarm(),
            NoMemoryLimit(),
            stopwatch_ns=time.monotonic_ns,
            log=log,
        )

    def _load(self, module: ModuleSpec, folder: Path) -> Any:
        """The user's own object: a debugger knows its file, where a bundle has another."""
        if module.name in self._programs:
            return self._programs[module.name]
        return load_program(module, folder)

    def _end_asked(self, process: Process) -> None:
        """The user has left the debugger: returns when the controller knows."""
        self._interrupt()
        process.wait(0.0, wakeable=False)

    def _ended(self, process: Process) -> None:
        assert process.end is not None, "it has ended"
        if process in self._endpoints:
            self._endpoints.pop(process).close()  # of one that was killed
        code, signum = process.end
        self._tell(DaemonExited(name=process.name, pid=os.getpid(), exit_code=code, signal=signum))

    def _tell(self, event: EngineEvent) -> None:
        self._events.append(event)
        with suppress(BlockingIOError):  # So full that it rings already.
            os.write(self._ringer, _RING)

    def stop(self, command: StopDaemon) -> None:
        """End a daemon where it waits; it cannot be stopped and continued.

        Raises:
            EngineError: the engine was closed.
        """
        self._refuse_if_closed()
        for process in self._living():
            if process.name == command.name and command.signal == signal.SIGKILL:
                process.kill()
            elif process.name == command.name:
                process.terminate()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise EngineError(NAME, "it was closed; make another one")

    def _living(self) -> list[Process]:
        return [process for process in self._processes if process.alive]

    def events(self) -> list[EngineEvent]:
        """What happened since the last call."""
        with suppress(BlockingIOError, OSError):  # Nothing rang, or it is closed.
            os.read(self._bell, 4_096)
        events, self._events = self._events, []
        return events

    def fileno(self) -> int:
        """The pipe that rings when there are events."""
        return self._bell

    def close(self, grace_s: float) -> None:
        """End all daemons where they wait; what still waits after the grace is not asked."""
        if self._closed:
            return
        for process in self._living():
            process.terminate()
        timeline = self.endpoint.timeline
        timeline.run(until_s=timeline.now_s + grace_s, over=lambda: not self._living())
        self._closed = True
        for process in self._living():
            process.kill()
        for process in self._processes:
            process.unwind()
        os.close(self._bell)
        os.close(self._ringer)


def _variables(topology: Topology, daemon: str) -> Variables:
    """What a daemon module has of its own in its environment; it is alone in its daemon."""
    environment = dict(os.environ)
    for hosted in Wiring(topology, daemon).hosted.values():
        if hosted.module.kind == "daemon":
            environment = environment_of(hosted.task, environment)
    return Variables.of(environment)
