"""Two sides of a session: a real switchboard on a real transport, and the peer in C."""

from __future__ import annotations

import os
import subprocess
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from swarmdsl.topology.model import Limits
from swarmdsl.transport import transport_for
from swarmdsl.wire.codec import Decoder, encode_values
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import Carried, ChannelKey
from swarmdsl.wire.session.events import Delivered, Ended, SessionEvent
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.structure import declared

KEY = ChannelKey(0, 0, 0)
RUN, TOPOLOGY = "conformance", "0f" * 32
TURN_S = 0.02
PATIENCE_S = 60.0  # far beyond what anything here takes; a test that reaches it has failed
REFUSED_S = 10.0  # the same where one side has refused the other: they part for good
CREDIT, UNCONFIRMED = 256, 1_000
EXIT_S = 10.0


class Peer:
    """The program in C, and what it tells."""

    def __init__(self, program: Path, role: str, options: dict[str, object]) -> None:
        words = [f"{name}={value}" for name, value in options.items()]
        self.lines: list[str] = []
        self._rest = b""
        self.process = subprocess.Popen(
            [program, role, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)

    def listen(self) -> None:
        """Take in what it has told."""
        assert self.process.stdout is not None
        told = self.process.stdout.read()
        *lines, self._rest = (self._rest + (told or b"")).split(b"\n")
        self.lines += [line.decode() for line in lines]

    def told(self, start: str) -> str | None:
        """The first line that starts so."""
        self.listen()
        return next((line for line in self.lines if line.startswith(start)), None)

    @property
    def was_refused(self) -> bool:
        """Whether we refused it, or it us, for good."""
        return self.told("reset final=1") is not None or self.told("refused ") is not None

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        code = self.process.poll()
        self.listen()
        if code is not None and code not in (0, 1):
            assert self.process.stderr is not None
            raise AssertionError(f"{self.lines[-5:]} {self.process.stderr.read().decode()}")
        return code

    @property
    def counts(self) -> dict[str, int]:
        """What a sink counted, without what it did not meet."""
        line = self.told("counts ") or ""
        pairs = (word.split("=") for word in line.split()[1:])
        return {name: int(value) for name, value in pairs if value != "0"}

    def close(self) -> None:
        """End it, if it has not ended."""
        self.process.kill()
        self.process.wait(EXIT_S)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


class Ours:
    """Our side: takes what is pushed, unless told not to, and pushes what it is given.

    Attributes:
        takes: whether what arrives is taken from the inbox, so that credit returns.
        confirms: whether it is confirmed then.
    """

    def __init__(self, name: str, address: str, reads: Any = int, topology: str = TOPOLOGY) -> None:
        self.name, self.address = name, address
        self.takes = self.confirms = True
        self.events: list[SessionEvent] = []
        self.values: list[Any] = []
        self.endpoint = transport_for(address).listen(address)
        self._decoder = Decoder(reads)
        self._reads = declared(reads)
        self._topology = topology
        self._waiting: dict[int, deque[list[Any]]] = {}
        self._untaken: deque[Delivered | Ended] = deque()
        self._unconfirmed: deque[Delivered | Ended] = deque()
        self.start(incarnation=0)

    def start(self, incarnation: int) -> None:
        """Be a new process of this name: what the former one knew is forgotten."""
        self.switchboard = Switchboard(
            Identity(
                run=RUN,
                topology=self._topology,
                peer=self.name,
                incarnation=incarnation,
                address=self.address,
                limits=Limits(inbox_messages=CREDIT, unconfirmed_messages=UNCONFIRMED),
                reads={KEY.link: self._reads},
            )
        )
        self._untaken.clear()
        self._unconfirmed.clear()

    def turn(self) -> None:
        """Take in what has arrived, do what is due, send what there is to send."""
        for arrival in self.endpoint.receive(TURN_S, list(self._waiting)):
            for event in self.switchboard.receive(arrival.connection, arrival.frames):
                self._on_event(event)
        self._settle()
        self.switchboard.tick(time.monotonic())
        for out in self.switchboard.take_outgoing():
            self._waiting.setdefault(out.connection, deque()).append(out.frames)
        for connection, waiting in list(self._waiting.items()):
            while waiting and self.endpoint.send(connection, waiting[0]):
                waiting.popleft()
            if not waiting:
                del self._waiting[connection]

    def _on_event(self, event: SessionEvent) -> None:
        self.events.append(event)
        if isinstance(event, Delivered):
            self.values += self._decoder.decode(event.payload)[event.skip :]
        if isinstance(event, Delivered | Ended):
            self._untaken.append(event)

    def _settle(self) -> None:
        while self.takes and self._untaken:
            event = self._untaken.popleft()
            new = event.count - event.skip if isinstance(event, Delivered) else 1
            self.switchboard.take(event.inlet, new)
            self._unconfirmed.append(event)
        while self.confirms and self._unconfirmed:
            event = self._unconfirmed.popleft()
            upto = event.upto if isinstance(event, Delivered) else event.position + 1
            self.switchboard.confirm(event.inlet, upto)

    def of(self, kind: type) -> list[Any]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    # --------------------------------------------------------------------------- pushing

    def dial(self, peer: str, address: str, carries: Any = int) -> int:
        """Connect with a peer to push to."""
        self.switchboard.to(peer).declare([Carried(KEY.link, declared(carries))])
        connection = self.endpoint.dial(address)
        self.switchboard.dialled(peer, connection)
        return connection

    def push(self, peer: str, first: int, count: int) -> int:
        """Push as many of these integers as there is room for; the next one to push."""
        room = min(count, self.switchboard.to(peer).channel(KEY).room)
        if room > 0:
            payload = encode_values(list(range(first, first + room)))
            self.switchboard.push(peer, KEY, payload, room, 0)
        return first + max(0, room)

    def say(self, connection: int, frames: Frames) -> None:
        """Send what no switchboard would."""
        assert self.endpoint.send(connection, list(frames))


class Sides:
    """Makes both sides of a test, and moves them.

    Attributes:
        refused_s: how long to wait for anything once one side has refused the other.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        self.refused_s = REFUSED_S
        self._program, self._folder = program, folder
        self._peers: list[Peer] = []
        self._ours: list[Ours] = []

    def address(self, name: str) -> str:
        """Where a side of this name listens."""
        return f"ipc://{self._folder}/{name}"

    def ours(self, name: str, reads: Any = int, topology: str = TOPOLOGY) -> Ours:
        """Our side, listening."""
        self._ours.append(Ours(name, self.address(name), reads, topology))
        return self._ours[-1]

    def source(self, **options: object) -> Peer:
        """The peer as a source that dials `sink`."""
        return self._peer("source", {"address": self.address("sink"), **options})

    def sink(self, **options: object) -> Peer:
        """The peer as a sink, listening."""
        peer = self._peer("sink", {"address": self.address("sink"), **options})
        self.until(lambda: peer.told("listening") is not None)
        return peer

    def _peer(self, role: str, options: dict[str, object]) -> Peer:
        common = {"name": role, "run": RUN, "topology": TOPOLOGY}
        self._peers.append(Peer(self._program, role, {**common, **options}))
        return self._peers[-1]

    def until(self, happened: Callable[[], bool]) -> None:
        """Let both go on until it has happened."""
        deadline = time.monotonic() + PATIENCE_S
        while not happened():
            for ours in self._ours:
                ours.turn()
            if any(peer.was_refused for peer in self._peers):
                deadline = min(deadline, time.monotonic() + self.refused_s)
            told = [(peer.exit_code, peer.lines[-3:]) for peer in self._peers]
            assert time.monotonic() < deadline, f"it did not happen; the peer told {told}"

    def until_left(self, peer: Peer) -> int:
        """Let both go on until the peer has ended; its exit code."""
        self.until(lambda: peer.exit_code is not None)
        for ours in self._ours:
            ours.turn()
        code = peer.exit_code
        assert code is not None
        return code

    def close(self) -> None:
        """End and release everything."""
        for peer in self._peers:
            peer.close()
        for ours in self._ours:
            ours.endpoint.close()
