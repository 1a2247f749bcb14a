"""`swarm logs`: what the processes of a run have written, and write."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from swarmdsl.cli.chosen import chosen_run, going_on
from swarmdsl.cli.command import Command
from swarmdsl.cli.durations import duration_s
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.names import unknown
from swarmdsl.control.claim import is_claimed
from swarmdsl.control.home import written_at
from swarmdsl.control.run_logs import Log, Tail, logs_named, logs_of, merged, unparted
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from swarmdsl.daemon.log_times import time_text

LOOK_S = 0.2  # between two looks at files that grow: no person notices


def logs(command: Command) -> Exit:
    """Write the logs of a run, each line with the name of its process; on and on with `-f`.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        UsageError: the run has no such task or node.
    """
    stored = StoredRun.open(chosen_run(command))
    reader = _Reader(command, stored)
    grows = command.arguments.follow and is_claimed(stored.folder.path)
    reader.show_first(to_the_end=not grows)
    if command.arguments.follow:
        _follow(reader, stored)
        if stored.is_unattended():
            can = going_on(command, stored.folder)
            command.streams.say(f"run {stored.folder.id} is LOST; {can}")
    return Exit.OK


def _follow(reader: _Reader, stored: StoredRun) -> None:
    """Until nobody looks after the run any more: then its processes have written all."""
    patience = Patience()
    while is_claimed(stored.folder.path):
        reader.show_new()
        patience.pause(LOOK_S)
    reader.show_new(to_the_end=True)


class _Reader:
    """The logs that a command asks for, each at its place.

    Raises:
        UsageError: the run has no such task or node.
    """

    def __init__(self, command: Command, stored: StoredRun) -> None:
        arguments = command.arguments
        _require(stored, arguments.task, arguments.node)
        if arguments.tail is not None and arguments.tail < 0:
            raise UsageError(f"--tail: {arguments.tail} is less than nothing; give 0 or more")
        self._streams = command.streams
        self._folder = stored.folder
        self._named = logs_named(stored.topology, arguments.task, arguments.node)
        self._tail: int | None = arguments.tail
        self._since_s = _since_s(arguments.since)
        self._since = time_text(self._since_s)
        self._tails: dict[str, Tail] = {}
        self._width = 0

    def show_first(self, *, to_the_end: bool) -> None:
        """What is there already: all of it, or the last lines of all processes together."""
        found = []
        for log in self._logs():
            tail = self._tails[log.name]
            if (written_at(log.path) or 0.0) < self._since_s:
                tail.skip()
            else:
                found.append((log, tail.lines(to_the_end=to_the_end)))
        told = self._told(found)
        self._show(told if self._tail is None else deque(told, self._tail))

    def show_new(self, *, to_the_end: bool = False) -> None:
        """What has come since, and what new processes write."""
        logs = self._logs()
        new = [(one, self._tails[one.name].lines(to_the_end=to_the_end)) for one in logs]
        self._show(self._told(new))

    def _logs(self) -> list[Log]:
        named = self._named
        found = [one for one in logs_of(self._folder) if named is None or one.name in named]
        for one in found:
            self._tails.setdefault(one.name, Tail(one.path))
        self._width = max((len(one.name) for one in found), default=0)
        return found

    def _told(self, logs: Sequence[tuple[Log, Iterable[str]]]) -> Iterator[tuple[str, str, str]]:
        """The lines of several logs in the order of their times, as far as they are asked for."""
        found = ((log.name, log.last_written(), unparted(lines)) for log, lines in logs)
        for moment, name, line in merged(found):
            if not moment or moment >= self._since:
                yield moment, name, line

    def _show(self, told: Iterable[tuple[str, str, str]]) -> None:
        streams = self._streams
        for moment, name, line in told:
            who = f"{moment} {name.ljust(self._width)} | ".lstrip()
            streams.show(f"{streams.paint(who, 'faint', streams.out)}{line}\n")


def _require(stored: StoredRun, task: str | None, node: str | None) -> None:
    """Refuse what the run does not have."""
    tasks = [one.alias for one in stored.topology.tasks]
    nodes = [one.name for one in stored.topology.nodes]
    if task is not None and task not in tasks:
        raise UsageError(f"--task: {unknown('task', task, tasks)}")
    if node is not None and node not in nodes:
        raise UsageError(f"--node: {unknown('node', node, nodes)}")


def _since_s(text: str | None) -> float:
    return 0.0 if text is None else time.time() - duration_s(text, "--since")
