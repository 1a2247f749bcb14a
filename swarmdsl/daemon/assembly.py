"""A daemon put together: its code loaded, its core and its shell made, its end awaited."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.at_hand import AtHand
from swarmdsl.daemon.bundle import Load, load_program
from swarmdsl.daemon.command_program import CommandProgram
from swarmdsl.daemon.core import DaemonCore
from swarmdsl.daemon.entry_point import entered
from swarmdsl.daemon.event_loop import EventLoop, MakeLoop, new_event_loop
from swarmdsl.daemon.fused_program import Around
from swarmdsl.daemon.lease import UNANSWERED_EXIT_CODE, is_over
from swarmdsl.daemon.linger import gives_way
from swarmdsl.daemon.memory_limit import MemoryLimit
from swarmdsl.daemon.note import Note, note_file
from swarmdsl.daemon.program import Program
from swarmdsl.daemon.program_file import executable
from swarmdsl.daemon.program_socket import call_socket
from swarmdsl.daemon.programs import Code
from swarmdsl.daemon.script_program import ScriptProgram
from swarmdsl.daemon.sheet import SeenSheets
from swarmdsl.daemon.shell import Shell
from swarmdsl.daemon.spill import SpillFile
from swarmdsl.daemon.spin import Spinning, spins
from swarmdsl.daemon.stopping import Stopped
from swarmdsl.daemon.task_environment import environment_of
from swarmdsl.daemon.time_limit import TimeLimit
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Run
from swarmdsl.light.context import Call, TaskContext
from swarmdsl.stats.recorder import SECOND_NS
from swarmdsl.topology.codec import topology_hash
from swarmdsl.topology.fused import Executed, executed
from swarmdsl.topology.model import Topology
from swarmdsl.transport.base import Endpoint
from swarmdsl.wire.arena.sharing import Sharing
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
        found: what is executed of it, likewise.
        sharing: the memory that this process shares with others, if it does.

    Attributes:
        programs: the user's code, by (task, candidate).
        functions: how many tasks there are behind them.
        is_dialled: whether another daemon may ever push to this one.
        gives_way: whether others are to have the processor first.
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
        found: Executed | None = None,
        sharing: Sharing | None = None,
    ) -> None:
        self._make_script = make_script or self._script
        self._arguments = arguments
        self._folder = Path(arguments.run_folder)
        self._datasets = {node.name: node.datasets for node in topology.nodes}
        found = found or executed(topology)
        self._wiring = Wiring(found.topology, arguments.name)
        # In a loop of the world's own, time may pass as soon as somebody waits for it.
        loop = self._loop = EventLoop(make_loop, is_patient=make_loop is new_event_loop)
        sheets = None if sharing is None else SeenSheets()
        code = Code(
            self._wiring,
            self._folder,
            self._foreign,
            loop,
            load,
            sheets=sheets,
            fused=found.parts,
            around=Around(self._as_task, self._look_around, self._clock_ns),
        )
        self._topology, self._code, self._sharing = topology, code, sharing
        self._digest = digest or topology_hash(topology)
        self.programs = code.programs
        hosted = self._wiring.hosted.values()
        self.functions = sum(len(found.parts.get(one.spec.alias, (one,))) for one in hosted)
        self.is_dialled = self._wiring.is_fed or bool(self._wiring.siblings)
        self.gives_way = gives_way(self._wiring, code.methods)
        self._spins = spins(self._wiring)
        self._shell: Shell | None = None
        self._now_ns: Callable[[], int] = time.monotonic_ns  # until it lives

    def live(
        self,
        endpoint: Endpoint,
        monotonic_s: Callable[[], float],
        limit: TimeLimit,
        memory: MemoryLimit,
        stopwatch_ns: Callable[[], int] | None = None,
        log: TextIO | None = None,
        give_way: Callable[[], None] | None = None,
    ) -> int:
        """Be this daemon until the end of the run; returns the exit code.

        Args:
            endpoint: the daemon's place on the transport; closed at the end.
            monotonic_s: a clock that only moves forward.
            limit: interrupts code that takes longer than its task may.
            memory: refuses memory beyond what its task may take.
            stopwatch_ns: a clock that measures how long work takes, if it is not the same.
            log: where failures are written down; by default `sys.stderr`.
            give_way: lets others have the processor for a while; without it nobody spins.
        """
        now_ns = stopwatch_ns or (lambda: round(monotonic_s() * SECOND_NS))
        self._now_ns = now_ns
        core = self._core_at(endpoint.address or self._arguments.address)
        core.measures.read_from(endpoint.readings)
        core.measures.rested_s = self._loop.rested_s
        self._shell = Shell(
            core,
            endpoint,
            self.programs,
            self._context,
            monotonic_s,
            limit,
            memory,
            now_ns,
            log,
            AtHand(
                self._wiring,
                Note(note_file(self._arguments.beside)),
                exact=self._arguments.incarnation > 0,
                now_ns=now_ns if core.measures.on else None,
            ),
            give_way and Spinning(endpoint, monotonic_s, give_way, briefly=not self._spins),
        )
        try:
            self._shell.run()
        except Stopped:
            return TERMINATED_EXIT_CODE
        finally:
            endpoint.close()
        return UNANSWERED_EXIT_CODE if is_over(core.switchboard) else 0

    def _core_at(self, address: str) -> DaemonCore:
        """The core of this daemon, which tells others where it listens."""
        arguments, code = self._arguments, self._code
        identity = Identity(
            run=arguments.run,
            topology=self._digest,
            peer=arguments.name,
            incarnation=arguments.incarnation,
            address=address,
            limits=self._topology.limits,
            reads=code.reads,
        )
        return DaemonCore(
            self._wiring,
            identity,
            arguments.controller,
            code.decoders,
            code.annotations,
            code.keys,
            SpillFile(self._folder),
            code.traits,
            code.methods,
            self._sharing,
            code,
        )

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
        if hosted.module.kind == "image":
            hosted = replace(hosted, module=entered(hosted.module))
            python = {}  # The one at hand cannot be executed by others: see `images/entered.py`.
        else:
            python = {"SWARM_PYTHON": sys.executable}
        return CommandProgram(
            hosted,
            self._wiring,
            executable=executable(hosted.module, self._folder),
            environment=environment_of(hosted.task, {**os.environ, **python}),
            calls=call_socket(self._arguments.beside),
            look_around=self._look_around,
        )

    def _script(self, hosted: Hosted, folder: Path) -> Program:
        return ScriptProgram(hosted, folder, self._asked(hosted), self._pump)

    def _as_task(self, work: Run) -> AbstractContextManager[TaskContext]:
        assert self._shell is not None, "a program runs in a daemon that lives"
        return self._shell.as_task(work)

    def _clock_ns(self) -> int:
        return self._now_ns()

    def _pump(self) -> None:
        assert self._shell is not None, "a program runs in a daemon that lives"
        self._shell.pump()

    def _look_around(self) -> None:
        assert self._shell is not None, "a program runs in a daemon that lives"
        self._shell.look_around()
