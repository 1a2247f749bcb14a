"""A swarm in one process and one thread, moved by hand: the cores of production, nothing else.

There is no shell, no clock and no engine: a test lets messages arrive, asks a daemon for its work,
says itself what the user's code pushes, kills daemons and says what time it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from swarmdsl.control.core import ControlCore
from swarmdsl.control.instructions import EndRun, SendRoster
from swarmdsl.control.intake import Intake
from swarmdsl.control.records import RunRecord
from swarmdsl.control.state import Reason, RunState
from swarmdsl.control.store import Store
from swarmdsl.control.supervision import StartAgain
from swarmdsl.daemon.core import DaemonCore
from swarmdsl.daemon.reports import CONTROLLER, EVENTS, TAKES, AnyReport, TakesQuestion
from swarmdsl.daemon.wiring import Hosted, Place, Wiring
from swarmdsl.daemon.work import Completed, Dial, HangUp, Leave, Work
from swarmdsl.errors import CallFailed
from swarmdsl.light import context
from swarmdsl.topology.codec import topology_hash
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.fused import executed
from swarmdsl.topology.model import RUN, Topology
from swarmdsl.transport.memory import MemoryEndpoint, MemoryNetwork
from swarmdsl.wire.codec import Decoder, decode_blob, encode_blob
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import (
    AnyMessage,
    Call,
    Confirm,
    Credit,
    Data,
    End,
    Reply,
    RoundStart,
    Stop,
    decode,
)
from swarmdsl.wire.session.events import (
    Accepted,
    Delivered,
    Ended,
    Outgoing,
    Said,
    SessionEvent,
)
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.switchboard import Switchboard
from tests.memory_shelf import MemoryShelf
from tests.quick import all_quick

UNANSWERED = object()


class Mail:
    """Sends in order; what a connection does not take now waits for it, as in the shells."""

    def __init__(self, endpoint: MemoryEndpoint) -> None:
        self._endpoint = endpoint
        self._waiting: dict[int, deque[Frames]] = {}

    def post(self, connection: int, frames: Frames) -> None:
        self._waiting.setdefault(connection, deque()).append(frames)
        self.retry()

    def retry(self) -> None:
        for connection, waiting in self._waiting.items():
            while waiting and self._endpoint.send(connection, waiting[0]):
                waiting.popleft()


class AnyCode:
    """Functions that any worker could run; what they give, the test says."""

    def borrow(self, hosted: Hosted) -> Mapping[int, Any]:
        return dict.fromkeys(hosted.outputs, Any)

    def gives_one(self, _place: Place) -> bool:
        return True


class Daemon:
    """A daemon's core on a memory endpoint."""

    def __init__(
        self, topology: Topology, name: str, network: MemoryNetwork, incarnation: int = 0
    ) -> None:
        links = range(len(topology.links))
        self.shelf = MemoryShelf()
        self.core = DaemonCore(
            Wiring(topology, name),
            identity_of(topology, name, incarnation),
            address_of(CONTROLLER),
            {link: Decoder(Any) for link in links},
            dict.fromkeys(links, Any),
            shelf=self.shelf,
            foreign=AnyCode(),
        )
        all_quick(self.core._instances.values())
        self.endpoint = network.listen(address_of(name))
        self._mail = Mail(self.endpoint)
        self.left = False
        self.carry_out()

    def take_in(self) -> None:
        for arrival in self.endpoint.receive(0):
            self.core.receive(arrival.connection, arrival.frames)
        self.carry_out()

    def carry_out(self) -> None:
        instructions = self.core.drain()
        while instructions:
            match instructions.pop(0):
                case Outgoing(connection=connection, frames=frames):
                    self._mail.post(connection, frames)
                case Dial(peer, address):
                    self.core.dialled(peer, self.endpoint.dial(address))
                    instructions += self.core.drain()
                case HangUp(connection):
                    self.endpoint.hang_up(connection)
                case Leave():
                    self.left = True

    def tick(self, now_s: float) -> None:
        self._mail.retry()
        self.core.tick(now_s)
        self.carry_out()

    def connect_anew(self, peer: str) -> None:
        """The connection to a peer broke, and was made again."""
        self.core.dialled(peer, self.endpoint.dial(address_of(peer)))
        self.carry_out()

    def begin(self) -> Work:
        work = self.core.next_work()
        assert work is not None, "there is nothing to do"
        self.carry_out()
        return work

    def push(self, work: Work, *values: object) -> bool:
        """Stage the values and flush them; False without credit, and then they stay staged."""
        for value in values:
            self.core.stage(work, value)
        return self.flush(work)

    def flush(self, work: Work) -> bool:
        flushed = self.core.flush(work)
        self.carry_out()
        return flushed

    def finish(self, work: Work, seconds: float = 0.0) -> None:
        self.core.finish(work, seconds)
        self.carry_out()

    def perform(self, *values: object, seconds: float = 0.0) -> Work:
        """Do the next piece of work, from which these values come."""
        work = self.begin()
        assert not values or self.push(work, *values)
        if isinstance(work, Completed):
            assert self.flush(work)
        self.finish(work, seconds)
        return work


class Controller:
    """The controller's core on a memory endpoint; keeps the run's values as the store does."""

    def __init__(self, topology: Topology, network: MemoryNetwork) -> None:
        self.core = ControlCore(topology, "r")
        self.endpoint: MemoryEndpoint = network.listen(address_of(CONTROLLER))
        self.lost: list[StartAgain] = []
        self.reports: list[AnyReport] = []
        self.answers: dict[str, object] = {}
        self.calls: list[Call] = []
        self._switchboard = Switchboard(identity_of(topology, CONTROLLER))
        self._addresses = {one.name: address_of(one.name) for one in expand_daemons(topology)}
        run = RunRecord(id="r", swarm="s", topology_hash="h", state="STARTING", created_at=0.0)
        self._store = Store.in_memory(run)
        self._intake = Intake(executed(topology), self.core, self._store)
        self._sinks = dict.fromkeys(one.source for one in topology.links if one.destination == RUN)
        self._mail = Mail(self.endpoint)

    @property
    def values(self) -> list[object]:
        """What was pushed to the run: by round, then by task, then as the store gives it."""
        return [
            decode_blob(row.value)
            for number in range(self.core.round + 1)
            for alias in self._sinks
            for row in self._store.values(alias, number)
        ]

    def take_in(self) -> None:
        for arrival in self.endpoint.receive(0):
            for event in self._switchboard.receive(arrival.connection, arrival.frames):
                self._on_event(event)
        self.core.proceed()
        self.carry_out()

    def tick(self, now_s: float) -> None:
        self._mail.retry()
        self.core.tick(now_s)
        self.carry_out()

    def carry_out(self) -> None:
        for instruction in self.core.drain():
            match instruction:
                case StartAgain():
                    self.lost.append(instruction)
                case SendRoster(daemon=daemon) as roster:
                    for peer in [*self._addresses] if daemon is None else [daemon]:
                        self._send_roster(peer, roster)
                case EndRun(reason=reason):
                    for peer in self._addresses:
                        self._say_stop(peer, reason)
        for out in self._switchboard.take_outgoing():
            self._mail.post(out.connection, out.frames)

    def _say_stop(self, peer: str, reason: Reason) -> None:
        number, done = self._switchboard.number_of(peer), self.core.state is RunState.COMPLETED
        self._switchboard.say(peer, Stop(number, reason.text, done))

    def _send_roster(self, peer: str, roster: SendRoster) -> None:
        start = RoundStart(
            self._switchboard.number_of(peer),
            roster.round,
            roster.revision,
            dict(roster.members),
            sorted(roster.done),
            self._addresses,
            dict(roster.first),
            sorted(roster.absent),
            gone=sorted(roster.gone),
        )
        self._switchboard.say(peer, start)

    def _on_event(self, event: SessionEvent) -> None:
        match event:
            case Accepted(peer=peer):
                self._intake.begin(peer, event.incarnation)
                self.core.connected(peer)
                if self.core.reason is not None:
                    self._say_stop(peer, self.core.reason)
            case Delivered(channel=channel) if channel == EVENTS:
                for report in Decoder(AnyReport).decode(event.payload)[event.skip :]:
                    self.reports.append(report)
                    self.core.reported(event.peer, report)
                self._settle(event, event.upto, event.count - event.skip)
            case Delivered():
                self._intake.keep(event)
                self._settle(event, event.upto, event.count - event.skip)
            case Ended():
                self._intake.end(event)
                self._settle(event, event.position + 1, 1)
            case Said(message=Call(number=number) as call):
                self.calls.append(call)
                answer = self._answer(call)
                if answer is UNANSWERED:
                    return
                ok = not isinstance(answer, CallFailed)
                payload = encode_blob(answer.problem if isinstance(answer, CallFailed) else answer)
                connection = self._switchboard.number_of(event.peer)
                self._switchboard.say(event.peer, Reply(connection, number, ok, payload))

    def _answer(self, call: Call) -> object:
        if call.method == TAKES:
            channel = decode_blob(call.arguments, TakesQuestion).channel
            return not self.core.has_been_fed(channel, call.iteration)
        return self.answers.get(call.method, UNANSWERED)

    def _settle(self, event: Delivered | Ended, upto: int, count: int) -> None:
        self._switchboard.take(event.inlet, count)
        self._switchboard.confirm(event.inlet, upto)


class World:
    """All daemons of a topology, their controller, and the messages between them."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.network = MemoryNetwork(deliver="by hand")
        self.controller = Controller(topology, self.network)
        names = [one.name for one in expand_daemons(topology)]
        self.daemons = {name: Daemon(topology, name, self.network) for name in names}
        self.now_s = 0.0
        self._names = {address_of(name): short(name) for name in [*names, CONTROLLER]}

    def in_flight(self, *, reports: bool = False) -> list[str]:
        """The messages on their way, in the order sent; those about reports only if asked for."""
        found = []
        for sender, receiver, frames in self.network.pending():
            message = decode(frames).message
            if reports or links_of(message) != {EVENTS.link}:
                name = type(message).__name__.upper()
                found.append(f"{self._name(sender)} > {self._name(receiver)}: {name}")
        return found

    def _name(self, address: str) -> str:
        return self._names.get(address, address)

    def arrive(self) -> list[str]:
        """Let all messages on their way arrive; returns those that are sent in answer."""
        self.network.deliver(len(self.network.pending()))
        self.controller.take_in()
        for daemon in self.daemons.values():
            daemon.take_in()
        return self.in_flight()

    def lose(self, message: str, *, to: str) -> None:
        """Take messages of this kind to this daemon from the network."""
        letters = self.network._wires.in_flight
        flying = zip(self.in_flight(reports=True), list(letters), strict=True)
        kept = [letter for name, letter in flying if not name.endswith(f"> {to}: {message}")]
        letters.clear()
        letters.extend(kept)

    def settle(self) -> None:
        """Let messages arrive until none is on its way; nobody works meanwhile."""
        while self.network.pending():
            self.arrive()

    def kill(self, name: str, *, silently: bool = False) -> None:
        """End a daemon; what it sent last still arrives, unless it died silently."""
        place = self.daemons.pop(name).endpoint._place
        if silently:
            wires = self.network._wires
            wires.in_flight = deque(one for one in wires.in_flight if one.sender.place is not place)
        self.network._wires.leave(place)
        self.controller.core.exited(name, None, 9, self.now_s)
        self.controller.carry_out()

    def tick(self, seconds: float = 0.25) -> None:
        """Let time pass; daemons that are due start anew."""
        self.now_s += seconds
        self.controller.tick(self.now_s)
        lost, self.controller.lost = self.controller.lost, []
        for one in lost:
            daemon = Daemon(self.topology, one.daemon, self.network, one.incarnation)
            self.daemons[one.daemon] = daemon
        for daemon in self.daemons.values():
            daemon.tick(self.now_s)

    def restart(self, name: str, *, silently: bool = False) -> None:
        """Kill a daemon, and let it come back and meet everybody."""
        self.kill(name, silently=silently)
        while name not in self.daemons:
            self.tick()
        for _ in range(4):  # Until those who push to it have noticed.
            self.settle()
            self.tick()
        self.settle()


def links_of(message: AnyMessage) -> set[int]:
    match message:
        case Data(link=link) | End(link=link):
            return {link}
        case Credit(limits=marks):
            return {mark.link for mark in marks}
        case Confirm(upto=marks, limits=others):
            return {mark.link for mark in (*marks, *others)}
        case _:
            return set()


def address_of(name: str) -> str:
    return f"memory://{name.replace('@', '-').replace('#', '-')}"


def short(name: str) -> str:
    return name.removesuffix("#0")


def identity_of(topology: Topology, name: str, incarnation: int = 0) -> Identity:
    return Identity(
        run="r",
        topology=topology_hash(topology),
        peer=name,
        incarnation=incarnation,
        address=address_of(name),
        limits=topology.limits,
    )


def context_of(hosted: Hosted, round_number: int, call: context.Call) -> context.TaskContext:
    """What a task knows of itself, as a daemon would tell it."""
    spec = hosted.spec
    return context.TaskContext(
        run="r",
        instance=spec.name,
        alias=spec.alias,
        node=spec.node,
        iteration=round_number,
        call=call,
    )
