"""An instance of a program in any language, as its daemon holds it (docs/design/programs.md)."""

from __future__ import annotations

import errno
import functools
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from selectors import DefaultSelector
from typing import Any

from swarmdsl.daemon.child import die_with_parent
from swarmdsl.daemon.memory_limit import limit_of_new_process, limit_text
from swarmdsl.daemon.program import Push
from swarmdsl.daemon.program_calls import ProgramCalls
from swarmdsl.daemon.program_environment import program_environment
from swarmdsl.daemon.program_exchange import Exchange
from swarmdsl.daemon.program_socket import CallSocket
from swarmdsl.daemon.program_values import Output, encoded
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Handle, Runnable
from swarmdsl.daemon.written import Written
from swarmdsl.errors import ProgramEnded, ProgramNotStarted, ProgramWroteWrong
from swarmdsl.light.context import TaskContext, current
from swarmdsl.wire.annotations import Annotation
from swarmdsl.wire.from_schema import annotation_of
from swarmdsl.wire.types import describe


class CommandProgram:
    """Runs a command in a fresh process per run.

    Args:
        hosted: the instance.
        wiring: of its daemon.
        executable: what is executed: a path, or a name on `PATH`.
        environment: of the daemon.
        calls: where the program may call the controller; None for nowhere.
        look_around: looks after the daemon's sockets, and sends what has been pushed.
    """

    def __init__(
        self,
        hosted: Hosted,
        wiring: Wiring,
        *,
        executable: str,
        environment: Mapping[str, str],
        calls: Path | None,
        look_around: Callable[[], None],
    ) -> None:
        self._hosted = hosted
        self._name = wiring.topology.name
        self._gathers = gathers(hosted, wiring)
        self._yields = [one for one in written_by(hosted, wiring).values() if one is not None]
        self._executable = executable
        self._memory = hosted.task.resources.memory
        self._environment = environment
        self._calls = calls
        self._look_around = look_around

    def run(self, work: Runnable, push: Push) -> None:
        """Run the program once, and push what it writes.

        Raises:
            ProgramNotStarted: it cannot be executed.
            ProgramEnded: it ended with another exit code than 0, or by a signal.
            ProgramWroteWrong: it wrote what is no value of its type.
        """
        context = current("CommandProgram.run")
        calls = ProgramCalls(context)
        form, name = self._hosted.module.format, self._hosted.spec.name
        written = Written(sys.stderr)
        with ExitStack() as stack:
            selector = stack.enter_context(DefaultSelector())
            if self._calls is not None:
                stack.enter_context(CallSocket(self._calls, calls.answer, selector))
            process = stack.enter_context(self._start(context))
            stack.callback(process.kill)
            inputs = (encoded(value, form) for value in self._in_order(work.arguments))
            output = Output(name, form, self._yields)
            exchange = Exchange(process, selector, inputs, output, push, self._look_around)
            stack.callback(exchange.close)
            try:
                exchange.carry_out()
            except ProgramWroteWrong as error:
                error.written = written.end() or ""
                raise
            is_unread = process.returncode == 0 and exchange.left_unread()
        if calls.misunderstood:
            sys.stderr.write(f"{name}: {calls.misunderstood} lines at its socket were no calls\n")
        command, code = self._hosted.module.command[0], process.returncode
        if is_unread:
            sys.stderr.write(
                f"{name}: program {command} ended, and has not read all of its input\n"
            )
        if code != 0:
            limit = limit_text(self._hosted.task)
            raise ProgramEnded(name, command, code, signal_of(code), written.end(), limit)

    def _start(self, context: TaskContext) -> subprocess.Popen[bytes]:
        _, *arguments = self._hosted.module.command
        try:
            return subprocess.Popen(
                [self._executable, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env=program_environment(self._environment, context, self._name, self._calls),
                preexec_fn=functools.partial(  # noqa: PLW1509 - it only calls the kernel
                    _prepare, os.getpid(), limit_of_new_process(self._memory)
                ),
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            name, command = self._hosted.spec.name, self._hosted.module.command
            problem = why_not_started(error, self._executable)
            raise ProgramNotStarted(name, command[0], problem) from None  # its frames are ours

    def _in_order(self, arguments: Mapping[str, Any]) -> Iterator[object]:
        """The inputs one by one: those of a gathered port follow one another."""
        for port, gathered in self._gathers.items():
            if port in arguments:
                yield from arguments[port] if gathered else (arguments[port],)

    def handle(self, work: Handle, push: Push) -> None:
        """Programs have no handlers."""
        raise AssertionError(f"{work.hosted.spec.name} is a program")


def _prepare(daemon_pid: int, data_limit: tuple[int, int]) -> None:
    """Between fork and exec: the program ends with its daemon, and takes no more than it may."""
    die_with_parent(daemon_pid)
    resource.setrlimit(resource.RLIMIT_DATA, data_limit)  # Last: from here on memory is short.


def why_not_started(error: Exception, executable: str) -> str:
    """What is wrong with a program that the system does not start, and how to mend it.

    Args:
        error: what the system said.
        executable: what was to be executed: a path, or a name on `PATH`.

    >>> print(why_not_started(OSError(errno.EACCES, "denied"), "./run"))
    it may not be executed on the node (chmod +x)
    """
    match getattr(error, "errno", None):
        case errno.ENOEXEC:
            return (
                "it has no #! line, and is no binary of this machine; begin it with #!/bin/sh, or "
                'with its own interpreter, or name that in the command: ["sh", ...]'
            )
        case errno.ENOENT if Path(executable).is_file():
            return "the interpreter that its #! line names is not there on the node"
        case errno.ENOENT:
            return "it is not there on the node; install it, or give the path of a file"
        case errno.EACCES:
            return "it may not be executed on the node (chmod +x)"
        case _:
            return str(error)


def signal_of(code: int) -> str:
    """The name of the signal behind an exit code below 0, else nothing.

    >>> signal_of(-9), signal_of(1)
    ('SIGKILL', '')
    """
    named = {-one.value: one.name for one in signal.Signals}
    return named.get(code, "real-time") if code < 0 else ""


def gathers(hosted: Hosted, wiring: Wiring) -> dict[str, bool]:
    """The ports of an instance in the order of its inputs, and whether each is given a list."""
    links = [wiring.link(index) for index in (*hosted.inputs, *hosted.loops)]
    return {link.port: link.gather for link in links if link.port is not None}


def written_by(hosted: Hosted, wiring: Wiring) -> dict[int, Annotation | None]:
    """Per link out of a program the type of what it writes; None for a control link."""
    types = {index: wiring.type_of(index) for index in hosted.outputs}
    return {
        index: None if one is None else Any if one.schema is None else annotation_of(one.schema)
        for index, one in types.items()
    }


def pushed_by(hosted: Hosted, wiring: Wiring) -> dict[int, Annotation]:
    """Per link out of a program the type by which it pushes.

    It is what the program writes if that is the type of the link exactly, and `Any` if a schema
    cannot say so much (a record within itself): then the receiver alone judges.
    """
    pushed: dict[int, Annotation] = {}
    for index, kind in written_by(hosted, wiring).items():
        declared = wiring.type_of(index)
        if declared is not None:
            same = describe(kind).fingerprint == declared.fingerprint
            pushed[index] = kind if same else Any
    return pushed
