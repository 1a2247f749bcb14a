"""A script's instance as its daemon holds it: starts the process, serves it, watches over it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from swarmdsl.daemon.calling import told_of
from swarmdsl.daemon.log_times import are_timed
from swarmdsl.daemon.memory_limit import limit_text
from swarmdsl.daemon.program import Push
from swarmdsl.daemon.script import Ask, Begin, Done, Failed, FromScript, Line, Told
from swarmdsl.daemon.task_environment import environment_of
from swarmdsl.daemon.wiring import Hosted
from swarmdsl.daemon.work import Handle, Runnable
from swarmdsl.errors import CallFailed, ScriptEnded, ScriptRaised
from swarmdsl.light.context import current
from swarmdsl.wire.codec import decode_blob, encode_blob

TURN_S = 0.05  # how often the daemon looks after its sockets while a script runs
END_S = 5.0  # for a process whose script is done to exit


class ScriptProgram:
    """Runs a script in a fresh process per run.

    Args:
        hosted: the instance.
        folder: the run folder, with the bundles.
        datasets: name to path on this node.
        pump: looks after the daemon's sockets without starting other work.
    """

    def __init__(
        self, hosted: Hosted, folder: Path, datasets: Mapping[str, str], pump: Callable[[], None]
    ) -> None:
        self._hosted = hosted
        self._folder = folder
        self._datasets = dict(datasets)
        self._pump = pump

    def run(self, work: Runnable, push: Push) -> None:
        """Run the script once and push what `main()` returned.

        Raises:
            ScriptRaised: the script raised; carries its traceback.
            ScriptEnded: its process ended without a word.
        """
        ours, theirs = socket.socketpair()
        with ours, self._start(theirs) as process:
            theirs.close()
            ours.settimeout(TURN_S)
            line: Line[FromScript] = Line(ours, FromScript)
            try:
                value = self._talk(line, process, self._begin(work))
                with suppress(subprocess.TimeoutExpired):  # A thread it left keeps it alive.
                    process.wait(END_S)
            finally:
                process.kill()
        if value is not None:
            push(value)

    def _start(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "swarmdsl.daemon", "script", str(theirs.fileno())]
        return subprocess.Popen(
            words,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environment_of(self._hosted.task, os.environ),
        )

    def _begin(self, work: Runnable) -> Begin:
        spec, context = self._hosted.spec, current("ScriptProgram.run")
        return Begin(
            daemon_pid=os.getpid(),
            module=self._hosted.module,
            folder=str(self._folder),
            run=context.run,
            instance=spec.name,
            alias=spec.alias,
            node=spec.node,
            iteration=work.round,
            datasets=self._datasets,
            inputs=encode_blob(work.arguments),
            memory=self._hosted.task.resources.memory,
            timed=are_timed(),
        )

    def _talk(
        self, line: Line[FromScript], process: subprocess.Popen[bytes], begin: Begin
    ) -> object:
        try:
            line.send(begin)
            return self._serve(line, process)
        except (EOFError, ConnectionError) as error:
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
            process.kill()
            limit = limit_text(self._hosted.task)
            raise ScriptEnded(self._hosted.spec.name, process.wait(), limit) from error

    def _serve(self, line: Line[FromScript], process: subprocess.Popen[bytes]) -> object:
        ended = False
        while True:
            match line.receive():
                case None if ended:
                    raise EOFError  # though a process that it forked holds the socket open
                case None:
                    # Its last words may have come since: they are looked for once more.
                    ended = process.poll() is not None
                    self._pump()
                case Ask() as ask:
                    line.send(self._answer(ask))
                case Done(value=value):
                    return decode_blob(value)
                case Failed() as message:
                    raise ScriptRaised(message.error, message.problem, message.traceback)

    def _answer(self, ask: Ask) -> Told:
        arguments = decode_blob(ask.arguments, dict[str, object])
        try:
            value = current("ScriptProgram.run").call(ask.method, arguments)
        except CallFailed as error:
            return Told(ok=False, payload=encode_blob(told_of(error)))
        return Told(ok=True, payload=encode_blob(value))

    def handle(self, work: Handle, push: Push) -> None:
        """Scripts have no handlers."""
        raise AssertionError(f"{work.hosted.spec.name} is a script")
