"""A daemon put together: its code loaded, its core and its shell made, its end awaited."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.at_hand import AtHand
from swarmdsl.daemon.bundle import Load, load_program
from swarmdsl.daemon.command_program import CommandProgram
from swarmdsl.daemon.core import DaemonCore
from swarmdsl.daemon.event_loop import EventLoop, MakeLoop, new_event_loop
from swarmdsl.daemon.memory_limit import MemoryLimit
from swarmdsl.daemon.note import Note, note_file
from swarmdsl.daemon.program import Program
from swarmdsl.daemon.program_file import executable
from swarmdsl.daemon.program_socket import call_socket
from swarmdsl.daemon.programs import Code
from swarmdsl.daemon.script_program import ScriptProgram
from swarmdsl.daemon.shell import Shell
from swarmdsl.daemon.spill import SpillFile
from swarmdsl.daemon.stopping import Stopped
from swarmdsl.daemon.task_environment import environment_of
from swarmdsl.daemon.time_limit import TimeLimit
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.light.context import Call, TaskContext
from swarmdsl.topology.codec import topology_hash
from swarmdsl.topology.model import Topology
from swarmdsl.transport.base import Endpoint
from swarmdsl.wire.session.identity import Identity

TERMINATED_EXIT_CODE = 143  # as a shell reports SIGTERM


class Assembly:
    """A daemon's parts: its code is loaded, and nothing is said to anybody yet.

    Args:
        arguments: who the daemon is.
        topology: of the run.
        make_loop: makes the event loop of code that is written with `async def`.
        make_script: makes what runs a script, if that is not to be a process of its own.
        load: gives functions and daemon classes.
        digest: the hash of the topology, if it is known already.

    Attributes:
        programs: the user's code, by (task, candidate).
        is_dialled: whether another daemon may ever push to this one.
    """

    def __init__(
        self,
        arguments: DaemonArguments,
        topology: Topology,
        make_loop: MakeLoop = new_event_loop,
        make_script: Callable[[Hosted, Path], Program] | None = None,
        load: Load = load_program,
        *,
        digest: str | None = None,
    ) -> None:
        self._make_script = make_script or self._script
        self._arguments = arguments
        self._folder = Path(arguments.run_folder)
        self._datasets = {node.name: node.datasets for node in topology.nodes}
        self._wiring = Wiring(topology, arguments.name)
        # In a loop of the world's own, time may pass as soon as somebody waits for it.
        loop = EventLoop(make_loop, is_patient=make_loop is new_event_loop)
        code = Code(self._wiring, self._folder, self._foreign, loop, load)
        identity = Identity(
            run=arguments.run,
            topology=digest or topology_hash(topology),
            peer=arguments.name,
            incarnation=arguments.incarnation,
            address=arguments.address,
            limits=topology.limits,
            reads=code.reads,
        )
        self.programs = code.programs
        self.is_dialled = self._wiring.is_fed
        self._core = DaemonCore(
            topology,
            identity,
            arguments.controller,
            code.decoders,
            code.annotations,
            code.keys,
            SpillFile(self._folder),
            code.traits,
            code.methods,
        )
        self._shell: Shell | None = None

    def live(
        self,
        endpoint: Endpoint,
        monotonic_s: Callable[[], float],
        limit: TimeLimit,
        memory: MemoryLimit,
        stopwatch_s: Callable[[], float] | None = None,
        log: TextIO | None = None,
    ) -> int:
        """Be this daemon until the end of the run; returns the exit code.

        Args:
            endpoint: the daemon's place on the transport; closed at the end.
            monotonic_s: a clock that only moves forward.
            limit: interrupts code that takes longer than its task may.
            memory: refuses memory beyond what its task may take.
            stopwatch_s: a clock that measures how long work takes, if it is not the same.
            log: where failures are written down; by default `sys.stderr`.
        """
        self._shell = Shell(
            self._core,
            endpoint,
            self.programs,
            self._context,
            monotonic_s,
            limit,
            memory,
            stopwatch_s,
            log,
            AtHand(
                self._wiring,
                Note(note_file(self._arguments.address)),
                exact=self._arguments.incarnation > 0,
            ),
        )
        try:
            self._shell.run()
        except Stopped:
            return TERMINATED_EXIT_CODE
        finally:
            endpoint.close()
        return 0

    def _context(self, hosted: Hosted, round_number: int, call: Call) -> TaskContext:
        return TaskContext(
            run=self._arguments.run,
            instance=hosted.spec.name,
            alias=hosted.spec.alias,
            node=hosted.spec.node,
            iteration=round_number,
            call=call,
            datasets=self._asked(hosted),
        )

    def _asked(self, hosted: Hosted) -> dict[str, str]:
        datasets = self._datasets[hosted.spec.node]
        return {name: datasets[name] for name in hosted.task.datasets}

    def _foreign(self, hosted: Hosted) -> Program:
        """What runs in a process of its own."""
        if hosted.module.kind == "script":
            return self._make_script(hosted, self._folder)
        return CommandProgram(
            hosted,
            self._wiring,
            executable=executable(hosted.module, self._folder),
            environment=environment_of(hosted.task, {**os.environ, "SWARM_PYTHON": sys.executable}),
            calls=call_socket(self._arguments.address),
            look_around=self._look_around,
        )

    def _script(self, hosted: Hosted, folder: Path) -> Program:
        return ScriptProgram(hosted, folder, self._asked(hosted), self._pump)

    def _pump(self) -> None:
        assert self._shell is not None, "a program runs in a daemon that lives"
        self._shell.pump()

    def _look_around(self) -> None:
        assert self._shell is not None, "a program runs in a daemon that lives"
        self._shell.look_around()
