"""The test's side of the gates of `gated_swarm`, and a run that is watched from outside."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import Queue
from typing import cast

from swarmdsl import Node, Run, Swarm
from swarmdsl.api import run_topology
from swarmdsl.compiler import load_target
from swarmdsl.control.happenings import Happening
from swarmdsl.topology.model import Limits
from tests.chaos.processes import processes_of

GATED = Path(__file__).with_name("gated_swarm.py")
PATIENCE_S = 30.0  # far beyond what anything here takes; a test that reaches it has failed
END_S = 10.0  # within which a run that lost a daemon must have ended


class Gate:
    """A place in the swarm's code where whoever comes is held."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / name
        os.mkfifo(self._path)
        os.mkfifo(folder / f"{name}.arrived")
        self._arrived = os.open(folder / f"{name}.arrived", os.O_RDONLY | os.O_NONBLOCK)

    def arrival(self) -> int:
        """The id of the process that stands at the gate; waits for it."""
        ready, _, _ = select.select([self._arrived], [], [], PATIENCE_S)
        assert ready, f"nobody came to the gate {self._path.name}"
        return int(os.read(self._arrived, 64).split()[0])

    def remove(self) -> None:
        """Let everybody pass: who stands here, who is about to, and who comes later."""
        opened = os.open(self._path, os.O_RDWR)  # Whoever has come this far is not held any more.
        self._path.unlink()
        os.close(opened)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._arrived)


class WatchedRun:
    """A run in a thread of its own, whose happenings the test can wait for.

    A daemon that is lost is started anew at most `restarts` times.
    """

    def __init__(
        self,
        folder: Path,
        home: Path,
        *,
        max_iteration: int | None = None,
        restarts: int = 0,
        transport: str = "unix",
    ) -> None:
        self._folder = folder
        self._transport = transport
        self._limits = Limits(restarts=restarts)
        self._happened: Queue[Happening] = Queue()
        self._runs: list[Run] = []
        self._home = home
        self._swarm = cast("Swarm", load_target(str(GATED)))
        self._swarm.max_iteration = max_iteration
        self.on_happening: Callable[[Happening], None] = self._happened.put
        # A run that a failed test leaves must not keep the others from ending.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def _run(self) -> None:
        compiled = self._swarm.compile([Node(name=f"node{number}") for number in (1, 2, 3)])
        run = run_topology(
            replace(compiled.require(), limits=self._limits),
            compiled.bundles,
            types=compiled.sink_types,
            transport=self._transport,
            home=self._home,
            environment={**os.environ, "GATES": str(self._folder)},
            observers=[self.on_happening],
        )
        self._runs.append(run)

    def until(self, wanted: Callable[[Happening], bool]) -> Happening:
        """Wait until such a thing has happened."""
        while True:
            happening = self._happened.get(timeout=PATIENCE_S)
            if wanted(happening):
                return happening

    def pids(self, name: str) -> set[int]:
        """The processes that have left their id under a name."""
        return {int(path.name.split(".")[1]) for path in self._folder.glob(f"{name}.*.pid")}

    def process(self, daemon: str) -> int:
        """The process of a daemon that lives."""
        [found] = [
            one.pid for one in processes_of("GATES", str(self._folder)) if one.name == daemon
        ]
        return found

    def result(self) -> Run:
        """The run, which must end soon."""
        self._thread.join(END_S)
        assert not self._thread.is_alive(), f"the run did not end within {END_S} s"
        return self._runs[0]


def kill(pid: int) -> None:
    """End a process as the kernel does when memory is short."""
    os.kill(pid, signal.SIGKILL)


def kill_and_await_report(pid: int) -> None:
    """Kill a daemon, and wait until its fork server has reaped it, told of it and is at rest."""
    server = int(_status(pid)["PPid"])
    kill(pid)
    deadline = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}").exists() or not _is_at_rest(server):
        assert time.monotonic() < deadline, "the fork server did not reap its child"
        os.sched_yield()


def _is_at_rest(pid: int) -> bool:
    """Whether a process waits for whatever comes next, if the kernel tells what it sleeps in.

    It sleeps elsewhere as well: while it reads what the one that has died left.
    """
    sleeps_in = Path(f"/proc/{pid}/wchan").read_text("utf-8")
    is_known = sleeps_in not in ("", "0")
    return _status(pid)["State"].startswith("S") and ("poll" in sleeps_in or not is_known)


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
