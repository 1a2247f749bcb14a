"""A run that is struck once per round: `swarm run`, and `swarm resume` whenever that was killed."""

from __future__ import annotations

import math
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from swarmdsl.control.happenings import PushesLost
from swarmdsl.control.home import RunFolder, list_runs
from swarmdsl.control.journal import decode_record
from swarmdsl.control.store import Store
from swarmdsl.control.stored_run import StoredRun
from tests.chaos.nemesis import Blow, Nemesis
from tests.chaos.processes import Process, kill_all, processes_of

REPOSITORY = Path(__file__).resolve().parents[2]
SWARMS = Path(__file__).with_name("battered_swarms.py")
VARIABLE = "BATTERED_RUN"
SILENCE_MAX_S = 45.0  # of a controller; then somebody hangs
GONE_MAX_S = 15.0  # for all processes of a run to end: the grace of its daemons, and theirs to end
LOG_TAIL = 2_000  # characters of each log in the state of everything
BEGINS = re.compile(r"round \d+: \w+ \d+, ")  # and the other tasks
LOST = re.compile(r"lost (\d+), unknown (\d+|without bound)")

Line = str | None  # None is the end of what a controller says


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a process holds at some moment."""

    descriptors: int
    memory: int


class BatteredRun:
    """A run whose processes all carry a mark, and that keeps all it has in one folder.

    Args:
        folder: for the run and, in a folder of their own, its sockets; its path must be short.

    Attributes:
        struck: how often each fault has hit somebody.
        resumed: how often the run has got another controller.
        said: the lines that its controllers have written to standard error.
        home: where the run is kept.
        samples: what its processes held after each blow.
    """

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        self._enough = folder / "enough"
        self._mark = str(folder)
        self._lines: queue.Queue[Line] = queue.Queue()
        self.said: list[str] = []
        self._environment: dict[str, str] = {}
        self._controller: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._nemesis = Nemesis(self.processes)
        self.struck = self._nemesis.struck
        self.resumed = 0
        self.samples: dict[Process, list[Sample]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """A test that has failed leaves nothing running."""
        kill_all(self.processes())
        self._join()

    # ------------------------------------------------------------------ the controller

    def start(self, swarm: str, nodes: int) -> None:
        """Begin, with `swarm run`."""
        self.run(f"{SWARMS}:{swarm}", "--nodes", str(nodes))

    def run(self, *words: str, **environment: str) -> None:
        """Begin, with `swarm run` and these words, in this environment."""
        self._environment = environment
        self._execute("run", *words)

    def resume(self, **environment: str) -> None:
        """Go on, with `swarm resume`, and these variables changed."""
        self._join()
        self._environment |= environment
        self.resumed += 1
        self._execute("resume", self.folder.id)

    def _execute(self, *words: str) -> None:
        own = {VARIABLE: self._mark, "ENOUGH": str(self._enough), "TMPDIR": str(self._temporary)}
        own |= self._environment
        controller = subprocess.Popen(
            [sys.executable, "-m", "swarmdsl", *words, "--home", str(self.home)],
            cwd=REPOSITORY,
            env={**os.environ, **own},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert controller.stderr is not None
        self._controller = controller
        self._reader = threading.Thread(target=self._listen, args=(controller.stderr,))
        self._reader.start()

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line.rstrip())
        self._lines.put(None)

    def _join(self) -> int:
        """The exit code of the controller, once it has ended."""
        assert self._controller is not None
        assert self._controller.stderr is not None
        assert self._reader is not None
        code = self._controller.wait(SILENCE_MAX_S)
        self._reader.join()
        self._controller.stderr.close()
        return code

    @property
    def controller(self) -> Process:
        """The process that looks after the run, or did last."""
        assert self._controller is not None
        return Process(pid=self._controller.pid, name="")

    # ------------------------------------------------------------------ what happens

    def endure(self, blows: Iterable[Blow]) -> int:
        """See the run through, each blow in another round; the exit code at its end."""
        for blow in blows:
            self._until_a_round_begins()
            is_fatal = self._nemesis.strike(blow, self.controller)
            self._sample()
            if is_fatal:
                self._until_silent()
                self.resume()
        self.let_end()
        return self.end()

    def end(self) -> int:
        """The exit code of the controller, once it has said all and ended."""
        self._until_silent()
        return self._join()

    def let_end(self) -> None:
        """Have the swarm ask for no further round."""
        self._enough.touch()

    def _until_a_round_begins(self) -> None:
        """Wait for the next round, or take the last of those that have begun already."""
        begun = False
        while not begun or not self._lines.empty():
            line = self.next_line()
            assert line is not None, f"the controller ended\n{self.described()}"
            begun = begun or BEGINS.match(line) is not None

    def _until_silent(self) -> None:
        """Take in what the controller still says, to its end."""
        while self.next_line() is not None:
            pass

    def _sample(self) -> None:
        for one in self.processes():
            sample = Sample(descriptors=one.descriptors, memory=one.memory)
            self.samples.setdefault(one, []).append(sample)

    def next_line(self) -> Line:
        """What the controller says next; None when it has ended.

        Raises:
            AssertionError: it says nothing for too long; the text holds the state of everything.
        """
        try:
            line = self._lines.get(timeout=SILENCE_MAX_S)
        except queue.Empty:
            raise AssertionError(f"silent for {SILENCE_MAX_S:g} s\n{self.described()}") from None
        if line is not None:
            self.said.append(line)
        return line

    # ------------------------------------------------------------------ what there is

    @property
    def folder(self) -> RunFolder:
        """Where the run is kept."""
        [folder] = list_runs(self.home)
        return folder

    @property
    def exists(self) -> bool:
        """Whether there is anything of it to find."""
        return bool(list_runs(self.home))

    @property
    def stored(self) -> StoredRun:
        """The run as it is kept."""
        return StoredRun.open(self.folder)

    def processes(self) -> list[Process]:
        """What lives of the run."""
        return processes_of(VARIABLE, self._mark)

    @property
    def sources(self) -> Path:
        """Where sources leave what they have to tell."""
        return self._enough.parent

    @property
    def losses_told(self) -> dict[int, tuple[int, float]]:
        """By round: at least and at most so many pushes were lost."""
        store = Store.open(self.folder.store)
        try:
            rows = [one for one in store.events() if one.kind == PushesLost.__name__]
        finally:
            store.close()
        return {row.iteration: _bounds(row.text) for row in rows if row.iteration is not None}

    @property
    def left_in_temporary(self) -> list[str]:
        """What lies where the sockets were."""
        return sorted(str(one) for one in self._temporary.rglob("*"))

    @property
    def left_in_folder(self) -> set[str]:
        """What lies in the folder of the run."""
        return {one.name for one in self.folder.path.iterdir()}

    def until_nothing_lives(self) -> None:
        """Wait until the last process of the run has ended.

        Raises:
            AssertionError: one lives too long.
        """
        deadline = time.monotonic() + GONE_MAX_S
        while self.processes():
            assert time.monotonic() < deadline, f"somebody lives\n{self.described()}"
            threading.Event().wait(0.05)

    def described(self) -> str:
        """The state of everything."""
        parts = [f"struck: {self.struck}, resumed {self.resumed} times", *self.said[-30:]]
        parts += [f"{one.pid} {one.name or 'controller'}: {one.state}" for one in self.processes()]
        with suppress(Exception):  # Whatever is wrong with the store, the rest is told.
            parts += self._journal()
        for log in sorted(self.home.glob("runs/*/logs/*.log")):
            parts += [f"--- {log.name}", log.read_text("utf-8", "replace")[-LOG_TAIL:]]
        return "\n".join(parts)

    def _journal(self) -> list[str]:
        store = Store.open(self.folder.store)
        try:
            events = [f"{e.at:.3f} {e.kind} {e.subject} {e.text}" for e in store.events()[-60:]]
            return [*map(str, map(decode_record, store.journal())), *events]
        finally:
            store.close()


def _bounds(text: str) -> tuple[int, float]:
    """How many pushes at least and at most, from the text of an event."""
    told = LOST.fullmatch(text)
    assert told is not None, text
    least = int(told[1])
    return least, math.inf if told[2] == "without bound" else least + int(told[2])
