"""The places on the memory transport of a controller and of daemons that share its thread."""

from __future__ import annotations

import select
from collections.abc import Sequence

from swarmdsl.deploy.cooperative.debugged import Onlooker
from swarmdsl.deploy.cooperative.process import Process
from swarmdsl.deploy.cooperative.real_time import RealTime, RunClock
from swarmdsl.deploy.cooperative.worn import Wardrobe
from swarmdsl.transport.base import Arrival, Connection, Reading, Strangers
from swarmdsl.transport.memory import MemoryEndpoint, MemoryNetwork
from swarmdsl.wire.frames import Frames

RETRY_S = 0.001  # whoever waits for a full queue looks again after that


class _Delegating:
    """An endpoint that leaves all but its waits to another."""

    def __init__(self, endpoint: MemoryEndpoint) -> None:
        self._endpoint = endpoint

    @property
    def address(self) -> str:
        """Where others dial this endpoint."""
        return self._endpoint.address

    @property
    def handshakes_failed(self) -> int:
        """None: there is no handshake."""
        return self._endpoint.handshakes_failed

    @property
    def strangers(self) -> Strangers:
        """None: who is here belongs here."""
        return self._endpoint.strangers

    @property
    def times_full(self) -> int:
        """Never: a connection costs nothing."""
        return self._endpoint.times_full

    def readings(self) -> list[Reading]:
        """None: nothing here is on a network."""
        return self._endpoint.readings()

    def dial(self, address: str) -> Connection:
        """Open a connection to `address`."""
        return self._endpoint.dial(address)

    def send(self, connection: Connection, frames: Frames) -> bool:
        """Hand a message over; False if nobody is there or the queue is full."""
        return self._endpoint.send(connection, frames)

    def send_all(self, connection: Connection, messages: Sequence[Frames]) -> int:
        """Hand over several messages in order; how many were taken."""
        return self._endpoint.send_all(connection, messages)

    def is_gone(self, connection: Connection) -> bool:
        """Whether nothing can be sent on it ever again."""
        return self._endpoint.is_gone(connection)

    def hang_up(self, connection: Connection) -> None:
        """Close a connection that was dialled here."""
        self._endpoint.hang_up(connection)

    def close(self) -> None:
        """Leave the network."""
        self._endpoint.close()


class DaemonEndpoint(_Delegating):
    """Of a daemon: while it waits, all others go on.

    Args:
        network: which it joins.
        address: where it listens.
        process: whose endpoint it is.
        wardrobe: what of this interpreter is as the process has it, while it does not wait.
        onlooker: is told that the user's code is not at work while it waits.

    Raises:
        TransportError: the address is taken.
    """

    def __init__(
        self,
        network: MemoryNetwork,
        address: str,
        process: Process,
        wardrobe: Wardrobe,
        onlooker: Onlooker,
    ) -> None:
        super().__init__(network.listen(address, self._arrived))
        self._process = process
        self._wardrobe = wardrobe
        self._onlooker = onlooker
        self._has_news = False

    def _arrived(self) -> None:
        self._has_news = True
        self._process.wake()

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """What has arrived; everybody else has had a turn by then."""
        if self._has_news:
            timeout_s = 0.0
        elif blocked:
            timeout_s = min(timeout_s, RETRY_S)
        with self._onlooker.own_code(), self._wardrobe.taken_off():
            self._process.wait(timeout_s, wakeable=True)
        arrivals = self._endpoint.receive(0.0)
        self._has_news = bool(arrivals)  # there may be more
        return arrivals

    def watch(self, descriptor: int) -> None:
        """Daemons watch nothing."""
        raise AssertionError("daemons watch no descriptors")

    def unwatch(self, descriptor: int) -> None:
        """Daemons watch nothing."""


class ControllerEndpoint(_Delegating):
    """Of the controller: its wait is what lets all daemons go on, and so the loop of the run.

    Args:
        network: which it joins.
        address: where it listens.
        clock: of the run.

    Attributes:
        timeline: on which the daemons live.

    Raises:
        TransportError: the address is taken.
    """

    def __init__(self, network: MemoryNetwork, address: str, clock: RunClock) -> None:
        super().__init__(network.listen(address, self._arrived))
        self.timeline = RealTime(clock, self._rest)
        self._has_news = False
        self._watched = select.poll()

    def _arrived(self) -> None:
        self._has_news = True

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """What has arrived, letting the daemons go on until something has."""
        if blocked:
            timeout_s = min(timeout_s, RETRY_S)
        self.timeline.run(until_s=self.timeline.now_s + timeout_s, over=self._is_called)
        arrivals = self._endpoint.receive(0.0)
        self._has_news = bool(arrivals)
        return arrivals

    def _is_called(self) -> bool:
        return self._has_news or bool(self._watched.poll(0))

    def _rest(self, seconds: float) -> None:
        """All daemons wait: for time alone, or for the user."""
        self._watched.poll(seconds * 1_000)

    def watch(self, descriptor: int) -> None:
        """Let `receive` also end its wait when this descriptor is readable."""
        self._watched.register(descriptor, select.POLLIN)

    def unwatch(self, descriptor: int) -> None:
        """Watch it no more."""
        self._watched.unregister(descriptor)
