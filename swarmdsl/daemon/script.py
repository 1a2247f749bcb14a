"""Scripts run in a process of their own; this is what their process and its daemon say.

The daemon starts `python -m swarmdsl.daemon script FD` with one end of a socket pair, sends
`Begin`, answers every `Ask`, and takes `Done` or `Failed` as the end.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from swarmdsl.daemon.bundle import make_importable
from swarmdsl.daemon.calling import failure_of
from swarmdsl.daemon.child import die_with_parent
from swarmdsl.daemon.fork_protocol import FrameReader, frame
from swarmdsl.daemon.log_times import time_the_standard_streams
from swarmdsl.daemon.memory_limit import DataLimit, MemoryLimit
from swarmdsl.daemon.redaction import Redaction
from swarmdsl.daemon.task_environment import task_environment
from swarmdsl.daemon.task_log import show_task_log
from swarmdsl.daemon.trace import message_of, users_traceback
from swarmdsl.light.context import TaskContext, entered, forbid_runs
from swarmdsl.light.secrets import GET_SECRET
from swarmdsl.topology.model import ModuleSpec
from swarmdsl.wire.codec import decode_blob, encode_blob

READ_BYTES = 262_144


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Run the script once, as this task.

    `memory` is how many bytes it may take, 0 for any; `timed` whether its lines go to a log, where
    each has its time.
    """

    daemon_pid: int
    module: ModuleSpec
    folder: str
    run: str
    instance: str
    alias: str
    node: str
    iteration: int
    datasets: dict[str, str]
    inputs: bytes
    memory: int
    timed: bool


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The script calls the controller."""

    method: str
    arguments: bytes


class Told(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The controller's answer: a value, or a sentence if `ok` is false."""

    ok: bool
    payload: bytes


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`main()` returned this value."""

    value: bytes


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The script raised."""

    error: str
    problem: str
    traceback: str


ToScript = Begin | Told
FromScript = Ask | Done | Failed
Incoming = TypeVar("Incoming")


class Line(Generic[Incoming]):
    """One end of the socket pair."""

    def __init__(self, channel: socket.socket, incoming: Any) -> None:
        self.channel = channel
        self._reader: FrameReader[Incoming] = FrameReader(msgspec.msgpack.Decoder(incoming))
        self._waiting: list[Incoming] = []

    def send(self, message: msgspec.Struct) -> None:
        """Send a message whole, however long the other side takes to read it."""
        timeout_s = self.channel.gettimeout()
        self.channel.settimeout(None)
        try:
            self.channel.sendall(frame(message))
        finally:
            self.channel.settimeout(timeout_s)

    def receive(self) -> Incoming | None:
        """The next message; None at the end of the stream, or of the socket's timeout."""
        while not self._waiting:
            try:
                data = self.channel.recv(READ_BYTES)
            except TimeoutError:
                return None
            if not data:
                raise EOFError
            self._waiting = self._reader.feed(data)
        return self._waiting.pop(0)


def run_script(descriptor: int) -> None:
    """Be the process of one script, from `Begin` to `Done` or `Failed`."""
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - it takes no names
    with socket.socket(fileno=descriptor) as channel:
        line: Line[ToScript] = Line(channel, ToScript)
        begin = line.receive()
        assert isinstance(begin, Begin), "the daemon begins"
        die_with_parent(begin.daemon_pid)
        forbid_runs(f"script {begin.instance}")
        if begin.timed:
            time_the_standard_streams(time.time)
        show_task_log(sys.stderr)
        redaction = Redaction()
        try:
            line.send(Done(value=encode_blob(_call_main(begin, line, redaction))))
        except (Exception, SystemExit) as error:  # The supervised boundary of a user's script.
            name = type(error).__name__
            line.send(
                Failed(error=name, problem=message_of(error), traceback=users_traceback(error))
            )
            sys.stderr.write(redaction.text(traceback.format_exc()))


def _call_main(begin: Begin, line: Line[ToScript], redaction: Redaction) -> object:
    sys.argv = [begin.module.entry]
    make_importable(begin.module, Path(begin.folder))
    limit = DataLimit()
    context = _context(begin, line, redaction, limit)
    os.environ.update(task_environment(context))

    def work() -> object:
        with entered(context):
            return importlib.import_module(begin.module.entry).main()

    result = limit.of_run(begin.instance, begin.memory, work) if begin.memory else work()
    sys.stdout.flush()
    return result


def _context(
    begin: Begin, line: Line[ToScript], redaction: Redaction, limit: MemoryLimit
) -> TaskContext:
    def ask(method: str, arguments: Mapping[str, object]) -> object:
        line.send(Ask(method=method, arguments=encode_blob(arguments)))
        told = line.receive()
        assert isinstance(told, Told), "a question is answered"
        value = decode_blob(told.payload)
        if not told.ok:
            raise failure_of(method, value)
        if method == GET_SECRET and isinstance(value, bytes):
            redaction.learn(value)
        return value

    def call(method: str, arguments: Mapping[str, object], /) -> object:
        with limit.lifted():
            return ask(method, arguments)

    return TaskContext(
        run=begin.run,
        instance=begin.instance,
        alias=begin.alias,
        node=begin.node,
        iteration=begin.iteration,
        call=call,
        datasets=begin.datasets,
        inputs=decode_blob(begin.inputs),
    )
