"""What strangers attack, and a model of it: the sessions of production, fed with the same frames.

The model says what the daemon must have counted. That is exact, for what each connection brings is
judged on its own, and a peer's name is used by one stranger only, one connection after the other.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Self

from swarmdsl.daemon.admission import TopologyAdmission
from swarmdsl.errors import WireError
from swarmdsl.topology.codec import topology_hash
from swarmdsl.topology.model import Limits, Topology
from swarmdsl.transport import Arrival, transport_for
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import PROTOCOL, Hello, Reset, decode, encode
from swarmdsl.wire.session.events import Said
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.switchboard import Switchboard

ANSWER_S = 30.0  # far beyond what an answer takes
LOOK_S = 0.1
LAST_WORDS = 2**61  # the connection number by which the answer to a last message is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a stranger knows of the run that it attacks."""

    id: str
    topology: Topology


@dataclass(slots=True, eq=False)
class Victim:
    """A process of the run: where it listens, who it is, and what it must have counted."""

    run: Run
    path: Path
    scheme: str
    name: str = ""
    raw: int = 0
    model: Switchboard = field(init=False)
    _connections: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        refusals: list[bytes] = []
        with Connection(self, refusals) as stranger:
            stranger.send(encode(self.hello("stranger", run="another")))
        reset = decode([refusals[0]]).message
        assert isinstance(reset, Reset)
        self.name = reset.reason.rpartition(", and ")[2].partition(" has ")[0]
        self.model = self._model()
        self.model.counts.refused = len(refusals)

    def _model(self) -> Switchboard:
        identity = Identity(
            run=self.run.id,
            topology=topology_hash(self.run.topology),
            peer=self.name,
            incarnation=0,
            address=self.address,
            limits=Limits(),
        )
        return Switchboard(identity, TopologyAdmission(self.run.topology, self.name))

    def hello(
        self, peer: str, number: int = 1, incarnation: int = 0, run: str | None = None
    ) -> Hello:
        """An introduction to it."""
        topology = topology_hash(self.run.topology)
        run = self.run.id if run is None else run
        return Hello(PROTOCOL, run, topology, peer, incarnation, number, "unix:///nowhere", [])

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://{self.path}"

    def feed(self, connection: int, frames: Frames) -> None:
        """Let the model judge what is sent to the daemon."""
        for event in self.model.receive(connection, frames):
            # No stranger is the controller, so what it says is unexpected by the daemon itself.
            self.model.counts.unexpected += isinstance(event, Said)
        self.model.take_outgoing()

    @property
    def counted(self) -> dict[str, int]:
        """What the daemon must have counted by now, if it was attacked by this stranger alone."""
        counts = self.model.counts
        found = {name: getattr(counts, name) for name in counts.__struct_fields__}
        return {**found, "handshakes_failed": self.raw}


class Connection:
    """A connection of a stranger: what it sends is fed to the model, and then awaited."""

    def __init__(self, victim: Victim, answers: list[bytes] | None = None) -> None:
        self._victim = victim
        self._number = next(victim._connections)
        self._answers = answers
        self._leaf = transport_for(victim.address).leaf()
        self._to_victim = self._leaf.dial(victim.address)
        self._came: list[Arrival] = []

    def send(self, frames: Frames) -> None:
        """Send a message, whatever it is."""
        message = list(frames) or [b""]
        until_s = time.monotonic() + ANSWER_S
        while not self._leaf.send(self._to_victim, message):
            self._came += self._leaf.receive(LOOK_S, [self._to_victim])
            assert time.monotonic() < until_s, "it takes nothing"
        if self._victim.name:
            self._victim.feed(self._number, message)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Have it taken in all that was sent: the last word is one that is always answered."""
        self.send(encode(self._victim.hello("stranger", LAST_WORDS, run="another")))
        until_s = time.monotonic() + ANSWER_S
        while not self._has_last():
            assert time.monotonic() < until_s, "it does not answer"
            self._came = self._leaf.receive(LOOK_S)
        self._leaf.close()

    def _has_last(self) -> bool:
        answers = [[bytes(frame) for frame in one.frames] for one in self._came]
        if self._answers is not None:
            self._answers += [answer[0] for answer in answers]
        return any(self._is_last(answer) for answer in answers)

    def _is_last(self, answer: list[bytes]) -> bool:
        try:
            message = decode(answer).message
        except WireError:
            return False
        return isinstance(message, Reset) and message.connection == LAST_WORDS
