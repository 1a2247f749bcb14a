"""Containers that Compose has started: each of them dials, and nobody asks Compose for anything.

The controller is in a container itself, and reaches neither Compose nor Docker. So all that it
knows of a container is what comes over its line: one that dials once more has lost its former life,
and one that does not dial for long is given up.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextlib import suppress

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.deploy.engines.container import Container
from swarmdsl.deploy.engines.container_runtime import Begun, ContainerEnd, NodeNews
from swarmdsl.deploy.engines.reception import Caller, Reception
from swarmdsl.errors import EngineError
from swarmdsl.transport.base import Endpoint

NAME = "compose"
SILENT_MAX_S = 10.0  # all are on one machine, but it may be busy
DIAL_MAX_S = 90.0  # for a container to dial: Docker waits up to a minute before it restarts one
LOOK_S = 1.0
END_S = 5.0  # for the thread to end


class ComposeRuntime:
    """See `ContainerRuntime` for what it promises.

    Args:
        endpoint: where the containers dial; it is closed here.
        told: a descriptor that is written to whenever there is news.
        dial_max_s: for how long the container of a daemon is waited for.
    """

    name = NAME
    silent_max_s = SILENT_MAX_S

    def __init__(self, endpoint: Endpoint, told: int, dial_max_s: float = DIAL_MAX_S) -> None:
        self._reception, self._told = Reception(endpoint, told), told
        self._dial_max_s = dial_max_s
        self._wanted: dict[str, tuple[Container, float]] = {}  # with the time of giving up
        self._spare: dict[str, Caller] = {}
        self._lives: dict[str, Caller] = {}
        self._ready: deque[Begun] = deque()
        self._has_told_of_strangers = False
        self._closed = threading.Event()
        # So that somebody looks at the clock while nothing comes.
        self._clock = threading.Thread(target=self._tick, name="compose clock", daemon=True)
        self._clock.start()

    def told(self, arguments: DaemonArguments) -> DaemonArguments:
        """With its keys: all containers have the same invitation, and a daemon its own keys."""
        return arguments

    def begin(self, container: Container, arguments: DaemonArguments) -> None:
        """Give it the container that has dialled for its daemon, or will."""
        self._wanted[container.name] = container, time.monotonic() + self._dial_max_s
        if (caller := self._spare.pop(container.name, None)) is not None:
            self._give(caller)
            self._ring()

    def take_begun(self) -> list[Begun]:
        """What was begun since the last call; also gives up those that have not dialled."""
        for caller in self._reception.take_callers():
            self._welcome(caller)
        now_s = time.monotonic()
        for name in [one for one, (_, until_s) in self._wanted.items() if until_s <= now_s]:
            container, _ = self._wanted.pop(name)
            problem = EngineError(NAME, self._missing(name))
            self._ready.append(Begun(container, "", None, 0, problem))
        return [self._ready.popleft() for _ in range(len(self._ready))]

    def take_nodes(self) -> list[NodeNews]:
        """Nothing: all nodes of a Compose project are this machine."""
        return []

    def remarks(self) -> list[str]:
        """Who was refused."""
        strangers = self._reception.strangers
        if not strangers.refused or self._has_told_of_strangers:
            return []
        self._has_told_of_strangers = True
        return [strangers.sentence]

    def kill(self, container: Container) -> None:
        """Hang up: what ran there ends, and the container dials once more."""
        if (caller := self._lives.get(container.name)) is not None:
            self._reception.drop(caller.life)

    def end_of(self, container: Container) -> ContainerEnd:
        """As it has told itself; one that could not was killed."""
        caller = self._lives.pop(container.name, None)
        code = None if caller is None else self._reception.exit_code_of(caller.life)
        return ContainerEnd.told(code)

    def remove(self, container: Container) -> None:
        """Nothing: it is Compose's."""

    def close(self) -> None:
        """Begin nothing any more."""
        self._closed.set()
        self._clock.join(END_S)

    def clear(self) -> None:
        """Let nobody in any more; what Compose has started stays for it to remove."""
        for caller in self._spare.values():
            caller.line.close()
        self._spare.clear()
        self._reception.close()

    # ------------------------------------------------------------------------------ what happens

    def _welcome(self, caller: Caller) -> None:
        """A container has dialled for its daemon."""
        daemon = caller.hello.daemons
        if daemon in self._wanted:
            self._give(caller)
            return
        if (before := self._spare.pop(daemon, None)) is not None:
            before.line.close()
        self._spare[daemon] = caller
        if (predecessor := self._lives.get(daemon)) is not None:
            self._reception.drop(predecessor.life)  # A container has one life at a time.

    def _give(self, caller: Caller) -> None:
        daemon = caller.hello.daemons
        container, _ = self._wanted.pop(daemon)
        self._lives[daemon] = caller
        self._ready.append(Begun(container, caller.life.hex(), caller.line, 0, None))

    def _missing(self, daemon: str) -> str:
        return (
            f"no container has dialled for {daemon} in {self._dial_max_s:g} s; `docker-compose ps` "
            "shows which run, `docker-compose up -d` starts those that do not, and "
            "`docker-compose logs` tells why one ends"
        )

    def _tick(self) -> None:
        while not self._closed.wait(LOOK_S):
            self._ring()

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # So full that it is readable already.
            os.write(self._told, b".")
