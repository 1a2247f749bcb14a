"""What makes the containers of one run, and how they ended: the Protocol behind the engine."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.deploy.engines.container import Container
from swarmdsl.errors import EngineError, SwarmError

KILLED = 9
SIGNALLED = 128  # exit codes beyond it are 128 and the number of a signal


class RuntimeGone(EngineError):
    """The container runtime does not answer."""


class Begun(NamedTuple):
    """How it went: a line to a container and its first process, or what was wrong.

    Attributes:
        container: that was asked for.
        id: what the runtime calls it; "" if there is none.
        line: to its first process; None if something was wrong.
        first: its first process, as this machine counts; 0 if it is on another.
        problem: what was wrong.
    """

    container: Container
    id: str
    line: socket.socket | None
    first: int
    problem: SwarmError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerEnd:
    """How a container ended: exit code or signal, and whether it was for want of memory."""

    exit_code: int | None
    signal: int | None
    is_out_of_memory: bool

    @staticmethod
    def told(code: int | None) -> ContainerEnd:
        """The end of a container that has told this code; None if it was killed before it could.

        >>> ContainerEnd.told(3).exit_code, ContainerEnd.told(143).signal
        (3, 15)
        >>> ContainerEnd.told(None).signal
        9
        """
        code = SIGNALLED + KILLED if code is None else code
        is_signalled = code > SIGNALLED
        return ContainerEnd(
            exit_code=None if is_signalled else code,
            signal=code - SIGNALLED if is_signalled else None,
            is_out_of_memory=False,
        )


class NodeNews(NamedTuple):
    """A node can have containers (again), or cannot.

    Attributes:
        node: its name.
        is_there: whether it can.
        problem: why it cannot.
    """

    node: str
    is_there: bool
    problem: str


class ContainerRuntime(Protocol):
    """Makes containers and gives lines to them. What takes long it does in a thread of its own.

    The runtime is handed a descriptor when it is made, and writes to it whenever `take_begun` has
    something to give.
    """

    @property
    def name(self) -> str:
        """Of the engine, for its log and its errors."""

    @property
    def silent_max_s(self) -> float:
        """How long a first process may leave a question unanswered before it is given up."""

    def told(self, arguments: DaemonArguments) -> DaemonArguments:
        """The arguments of a daemon as its container is to be told them."""

    def begin(self, container: Container, arguments: DaemonArguments) -> None:
        """Have a container for a daemon; `take_begun` tells how it went."""

    def take_begun(self) -> list[Begun]:
        """What was begun since the last call."""

    def take_nodes(self) -> list[NodeNews]:
        """Which nodes have come or gone since the last call.

        The containers of one that is gone are nobody's any more.
        """

    def remarks(self) -> list[str]:
        """What the log of the engine is to hold beside what happens to containers."""

    def kill(self, container: Container) -> None:
        """End a container at once; its line ends by it.

        Raises:
            RuntimeGone: the runtime does not answer.
        """

    def end_of(self, container: Container) -> ContainerEnd:
        """How a container ended, whose line has.

        Raises:
            EngineError: the runtime does not answer.
        """

    def remove(self, container: Container) -> None:
        """Have what is left of a container removed that has ended."""

    def close(self) -> None:
        """Begin nothing any more."""

    def clear(self) -> None:
        """Remove all that the run has. A second call does nothing.

        Raises:
            EngineError: the runtime does not answer.
        """
