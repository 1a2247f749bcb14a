"""What the processes of a run have written: a file each, read as lines while they grow."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmdsl.control.home import RunFolder, size_at, written_at
from swarmdsl.daemon.arguments import LOG_FOLDER, log_file
from swarmdsl.daemon.log_marks import is_start
from swarmdsl.daemon.log_times import parted, time_text
from swarmdsl.topology.expand import expand_daemons, expand_instances
from swarmdsl.topology.model import Topology

LOOKED_AHEAD_MAX = 1_000  # lines at the beginning of a log, for the first with a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One file: who writes it, and where it lies."""

    name: str
    path: Path

    def last_written(self) -> str:
        """The time of the last that was written to it, as its lines have theirs."""
        return time_text(written_at(self.path) or 0.0)


def logs_of(folder: RunFolder) -> list[Log]:
    """The logs that there are by now, by name."""
    return [Log(name=path.stem, path=path) for path in sorted(folder.logs.glob("*.log"))]


def is_written(folder: RunFolder) -> bool:
    """Whether a daemon has written anything, as it does where a task prints."""
    of_daemons = (one for one in logs_of(folder) if "@" in one.name)  # and not of the engine
    return any(size_at(one.path) for one in of_daemons)


def logs_named(topology: Topology, task: str | None, node: str | None) -> set[str] | None:
    """The names of the logs of the daemons that may host a task, and are on a node; None for all.

    >>> empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
    >>> logs_named(empty, None, None), logs_named(empty, "count", None)
    (None, set())
    """
    if task is None and node is None:
        return None
    hosts = {one.daemon for one in expand_instances(topology) if task in {None, one.alias}}
    return {
        log_file(LOG_FOLDER, one.name).stem
        for one in expand_daemons(topology)
        if one.name in hosts and node in {None, one.node}
    }


def merged(logs: Iterable[tuple[str, str, Iterable[str]]]) -> Iterator[tuple[str, str, str]]:
    """The lines of several logs by their times: each as its time, its log, and the rest.

    A line without a time, as of a program, has that of the line before it. Those at the beginning
    come before the first that has one; if none has, when the log was last written. Lines of one log
    keep their order, whatever the clock did.

    Args:
        logs: of each its name, when it was last written, and its lines.

    >>> early, late = "1970-01-01T00:16:40.500Z", "1970-01-01T00:16:41.500Z"
    >>> logs = [("a", late, ["from C", f"{late} two"]), ("b", late, [f"{early} one", "and more"])]
    >>> [(name, line) for _, name, line in merged(logs)]
    [('b', 'one'), ('b', 'and more'), ('a', 'from C'), ('a', 'two')]
    """
    timed = [_timed(name, written, iter(lines)) for name, written, lines in logs]
    for _, shown, name, line in heapq.merge(*timed, key=lambda one: one[0]):
        yield shown, name, line


def _timed(
    name: str, last_written: str, lines: Iterator[str]
) -> Iterator[tuple[str, str, str, str]]:
    """Each line with what it is sorted by, and the time that is shown."""
    ahead, latest, shown = list[str](), "", ""
    while not latest and len(ahead) < LOOKED_AHEAD_MAX and (line := next(lines, None)) is not None:
        ahead.append(line)
        latest, _ = parted(line)
    latest = latest or last_written
    for line in itertools.chain(ahead, lines):
        moment, rest = parted(line)
        shown = moment or shown
        latest = max(latest, shown)
        yield latest, shown, name, rest


def unparted(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a log without the empty one before each line that says that a process starts.

    >>> from swarmdsl.daemon.log_marks import start_of
    >>> list(unparted(["one", "", *start_of(1).splitlines()]))
    ['one', '', '==== process 2 of this daemon starts ====']
    """
    is_empty = False
    for line in lines:
        if is_empty and not is_start(parted(line)[1]):
            yield ""
        is_empty = not line
        if not is_empty:
            yield line
    if is_empty:
        yield ""


class Tail:
    """Reads a log on from where it was read last.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0

    def skip(self) -> None:
        """Pass over all that is there."""
        self._position = size_at(self._path)

    def lines(self, *, to_the_end: bool = False) -> Iterator[str]:
        """The new lines; one that is not ended yet comes later, or now if it is `to_the_end`.

        There are none of a file that is gone, as after pruning.
        """
        try:
            opened = self._path.open("rb")
        except FileNotFoundError:
            return
        with opened as file:
            file.seek(self._position)
            for line in file:
                if not line.endswith(b"\n") and not to_the_end:
                    return
                self._position += len(line)
                yield line.decode("utf-8", "replace").rstrip("\r\n")
