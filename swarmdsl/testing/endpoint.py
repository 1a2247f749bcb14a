"""What a simulated process has of the network: an `Endpoint` whose waits are virtual."""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.deploy.cooperative.process import Killed, Process
from swarmdsl.errors import TransportError
from swarmdsl.testing.network import Network, Place
from swarmdsl.transport.base import NO_STRANGERS, Arrival, Connection, Reading, Strangers, sent_each
from swarmdsl.transport.limits import MESSAGES_PER_RECEIVE_MAX, measure
from swarmdsl.wire.frames import Frames

STEP_S = 0.000_01  # what a look at the network costs, so that no loop lasts for ever


class Bell:
    """Stands for a descriptor that becomes readable: whoever watches its number is woken.

    Attributes:
        number: in place of a file descriptor.
        rung: whether it is readable.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.rung = False
        self._watchers: list[Place] = []

    def ring(self) -> None:
        """Make it readable."""
        self.rung = True
        for place in self._watchers:
            place.wake()

    def watch(self, place: Place) -> None:
        """Wake this place when it rings."""
        self._watchers.append(place)


class SimulatedEndpoint:
    """The endpoint of one simulated process; see `Endpoint` for what it promises.

    Args:
        network: that it is part of.
        process: whose endpoint it is.
        address: where it listens.
        bells: what can be watched, by number.

    Raises:
        TransportError: the address is taken.
    """

    def __init__(
        self, network: Network, process: Process, address: str, bells: Sequence[Bell] = ()
    ) -> None:
        self._network = network
        self._process = process
        self._bells = {bell.number: bell for bell in bells}
        self._watched: dict[int, Bell] = {}
        self._place = Place(address, process.name, process.node, process.incarnation, process.wake)
        network.join(self._place)

    @property
    def address(self) -> str:
        """Where others dial this endpoint."""
        return self._place.address

    @property
    def handshakes_failed(self) -> int:
        """None: there is no handshake to fail."""
        return 0

    @property
    def strangers(self) -> Strangers:
        """None: nothing here has a key."""
        return NO_STRANGERS

    @property
    def times_full(self) -> int:
        """Never: a connection costs nothing."""
        return 0

    def readings(self) -> list[Reading]:
        """None: nothing here is on a network."""
        return []

    def dial(self, address: str) -> Connection:
        """Open a connection to `address`, which need not be listening yet.

        Raises:
            TransportError: this endpoint is closed.
        """
        if not self._place.is_open:
            raise TransportError(address, f"cannot be dialled: {self.address} is closed")
        return self._place.new_end(dialled=address).number

    def send(self, connection: Connection, frames: Frames) -> bool:
        """Hand a message over; False if nobody is there or the queue is full.

        Raises:
            TransportError: a frame is longer than any transport takes.
        """
        measure(self.address, frames)
        self._process.about_to_send()
        return self._place.is_open and self._network.send(self._place, connection, frames)

    def send_all(self, connection: Connection, messages: Sequence[Frames]) -> int:
        """Hand over several messages in order; how many were taken."""
        return sent_each(self.send, connection, messages)

    def is_gone(self, connection: Connection) -> bool:
        """Whether nothing can be sent on it ever again."""
        return connection not in self._place.ends

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """What has arrived, letting virtual time pass until something has."""
        if not self._process.alive:
            raise Killed
        if not self._place.is_open:
            return []
        ready = timeout_s <= STEP_S or self._has_news(blocked)
        self._process.wait(STEP_S if ready else timeout_s, wakeable=not ready)
        letters = self._network.read(self._place, MESSAGES_PER_RECEIVE_MAX)
        return [Arrival(letter.receiver.number, letter.frames) for letter in letters]

    def _has_news(self, blocked: Sequence[Connection]) -> bool:
        return (
            bool(self._place.inbox)
            or any(bell.rung for bell in self._watched.values())
            or any(self._network.can_send(self._place, one) for one in blocked)
        )

    def watch(self, descriptor: int) -> None:
        """Let `receive` also end its wait when this bell has rung."""
        bell = self._watched[descriptor] = self._bells[descriptor]
        bell.watch(self._place)

    def unwatch(self, descriptor: int) -> None:
        """Watch it no more."""
        self._watched.pop(descriptor, None)

    def hang_up(self, connection: Connection) -> None:
        """Close a connection that was dialled here; any other number is left alone."""
        self._network.hang_up(self._place, connection)

    def close(self) -> None:
        """Leave: what was handed over still arrives."""
        self._leave(killed=False)

    def vanish(self) -> None:
        """The process was killed: only what had left it still arrives."""
        self._leave(killed=True)

    def _leave(self, *, killed: bool) -> None:
        if self._place.is_open:
            self._network.leave(self._place, killed=killed)
