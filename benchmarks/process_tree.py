"""A program and all that it starts: how long it takes, what it says, and what memory it has.

Memory is the proportional share (PSS) of each process, added up: what is shared counts once. It is
read a few times a second, and the largest sum is told.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from benchmarks.daemons import pss_mib
from benchmarks.peers import ROOT

END_S_MAX = 300.0  # what takes longer has failed
_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a program did.

    Attributes:
        began_s: when it was started, by the clock that all processes share.
        seconds: until it had ended.
        said: its last line on standard output.
        memory_mib: the most that it had at once, with all that it started.
    """

    began_s: float
    seconds: float
    said: str
    memory_mib: float


def watch(
    words: Sequence[str], environment: Mapping[str, str] | None = None, weigh_every_s: float = 0.0
) -> Watched:
    """Start a program in the folder of the project, and see it to its end.

    Its memory is looked at every so many seconds, or never; to look takes some milliseconds.

    Raises:
        RuntimeError: it failed, or was not through after `END_S_MAX`.
    """
    ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)  # so that none gets out of sight
    others = set(descendants(os.getpid()))
    with TemporaryFile() as output, TemporaryFile() as errors:
        began_s = time.monotonic()
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        try:
            memory_mib = _weighed_until_it_ends(process, began_s, others, weigh_every_s)
        finally:
            seconds = time.monotonic() - began_s
            process.kill()  # unless it has ended
            process.wait()
            _end_all_but(others)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(words)} failed: {_text(errors)[-2_000:]}")
        lines = _text(output).strip().splitlines() or [""]
    return Watched(began_s=began_s, seconds=seconds, said=lines[-1], memory_mib=memory_mib)


def _weighed_until_it_ends(
    process: subprocess.Popen[bytes], began_s: float, others: AbstractSet[int], weigh_every_s: float
) -> float:
    most_mib = 0.0
    while True:
        try:
            process.wait(weigh_every_s or END_S_MAX)
        except subprocess.TimeoutExpired:
            most_mib = max(most_mib, sum(_weights(others)))
            if time.monotonic() - began_s > END_S_MAX:
                late = f"{process.args!r} was not through after {END_S_MAX:g} s"
                raise RuntimeError(late) from None
        else:
            return most_mib


def _weights(others: AbstractSet[int]) -> Iterator[float]:
    for pid in set(descendants(os.getpid())) - others:
        try:
            yield pss_mib(pid)
        except (OSError, LookupError):  # It has ended since.
            continue


def descendants(ancestor: int) -> list[int]:
    """All processes that a process has started, or that these have, whoever lives."""
    found, unseen = list[int](), [ancestor]
    while unseen:
        children = _children(unseen.pop())
        found += children
        unseen += children
    return found


def _children(pid: int) -> list[int]:
    try:
        tasks = [*Path(f"/proc/{pid}/task").iterdir()]
        texts = [(task / "children").read_text("ascii") for task in tasks]
    except OSError:  # It has ended since.
        return []
    return [int(one) for text in texts for one in text.split()]


def _end_all_but(others: AbstractSet[int]) -> None:
    """End what the program has left behind: its orphans are our children by now."""
    while left := set(descendants(os.getpid())) - others:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):  # It is the child of another one still.
                os.waitpid(pid, 0)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
