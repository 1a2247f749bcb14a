"""Who still takes pushes of a round: asked by an instance that deals values out a second time.

An instance that has done its part of a round discards what comes for it: it has had it, from a
former process of the dealer. But `balance` gives a push to whoever has room, and that is never the
same twice; so what another instance had and has lost may be dealt to one that discards it. Before
it deals, a dealer that may not be the first in the round asks each receiver whether it takes any,
and deals among those that do.

A receiver takes something if what comes of it has an effect. So before it answers it asks those
that it pushes to, down to the run. One that has the END of its former process learns in this way
that there is another, which is dealt something else, and waits for that one's END; one that has
gone on takes nothing. Whoever takes something waits, however far below, for the END of the dealer,
so what they said stays true.

The question is a CALL and its answer a REPLY, asked again on each new connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from swarmdsl.daemon.instance import Instance
from swarmdsl.daemon.reports import EVENTS, TAKES, TakesQuestion
from swarmdsl.daemon.wiring import Place, Route, Wiring
from swarmdsl.errors import DecodeError
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import Call, ChannelKey, Reply
from swarmdsl.wire.session.admission import Admission
from swarmdsl.wire.session.outbound import OutboundState
from swarmdsl.wire.session.switchboard import Switchboard

NONE_PASSED: frozenset[ChannelKey] = frozenset()


class _Asked(NamedTuple):
    """A question that we have asked and that is not answered."""

    place: Place
    peer: str
    instance: str
    round: int
    question: TakesQuestion


class _Knowledge:
    """What an instance knows, in one round, of those that it pushes to: None as long as it asks."""

    def __init__(self, round_number: int) -> None:
        self.round = round_number
        self.takes: dict[ChannelKey, bool | None] = {}
        self.is_asked = False  # by one that pushes to it, so it must know of all

    def of(self, routes: Iterable[Route]) -> list[bool | None]:
        """Whether the receivers of these take pushes, as far as they were asked."""
        return [self.takes[route.key] for route in routes if route.key in self.takes]


class Takers:
    """What the instances of one daemon ask, and what they answer.

    Args:
        wiring: of the daemon.
        switchboard: its sessions.
        instances: that it hosts.
        again: whether there were processes of its name before.
        numbers: of the calls to a peer; no two are alike.

    Attributes:
        matters: whether anybody was ever asked: else nobody waits, and all take pushes.
    """

    def __init__(
        self,
        wiring: Wiring,
        switchboard: Switchboard,
        instances: Mapping[Place, Instance],
        numbers: Iterator[int],
        *,
        again: bool,
    ) -> None:
        self._wiring = wiring
        self._switchboard = switchboard
        self._instances = instances
        self._numbers = numbers
        self._again = again
        self.matters = False
        self._known: dict[Place, _Knowledge] = {}
        self._asked: dict[int, _Asked] = {}
        self._questions: dict[tuple[str, ChannelKey], tuple[Call, int]] = {}

    # ------------------------------------------------------------------ what is asked

    def follow(self, place: Place) -> None:
        """An instance has got the roster of a round, or a new one of its round."""
        instance = self._instances[place]
        known = self._known.get(place)
        if known is None or known.round != instance.round:
            known = self._known[place] = _Knowledge(instance.round)
        wanted = []
        if instance.running and known.is_asked:
            wanted = self._fed(instance)
        elif instance.running and (self._again or instance.revision):
            wanted = self._dealt(instance)
        self._want(place, known, wanted)

    def _want(self, place: Place, known: _Knowledge, wanted: list[Route]) -> None:
        """These receivers matter, and no others; ask those of whom nothing is known."""
        before, known.takes = known.takes, {one.key: known.takes.get(one.key) for one in wanted}
        concerned = {route.daemon for route in wanted}
        self.matters |= bool(wanted)
        for number, asked in [*self._asked.items()]:
            stale = asked.round != known.round or asked.question.channel not in known.takes
            if asked.place == place and stale:
                del self._asked[number]
                concerned.add(asked.peer)
        instance = self._instances[place]
        for route in wanted:
            if route.key not in before:
                question = TakesQuestion(revision=instance.revision, channel=route.key)
                name = instance.hosted.spec.name
                number = next(self._numbers)
                self._asked[number] = _Asked(place, route.daemon, name, known.round, question)
                self._say(number)
        for peer in concerned:
            self._mark(peer)

    def _fed(self, instance: Instance) -> list[Route]:
        return [one for routes in instance.routes.values() for one in routes if not one.absent]

    def _dealt(self, instance: Instance) -> list[Route]:
        """The routes among which an instance deals what it may have dealt otherwise before."""
        return [
            route
            for link, routes in instance.routes.items()
            if self._wiring.link(link).policy == "balance" and not self._wiring.deals_exactly(link)
            for route in routes
            if not route.absent
        ]

    def _say(self, number: int) -> None:
        asked = self._asked[number]
        session = self._switchboard.to(asked.peer)
        if session.state is OutboundState.OPEN:
            arguments = encode_blob(asked.question)
            who, round_number = asked.instance, asked.round
            session.say(Call(session.number, number, who, round_number, TAKES, arguments, ""))

    def _mark(self, peer: str) -> None:
        """Let its session find out whether the connection is lost, as long as we wait for it."""
        waiting = any(asked.peer == peer for asked in self._asked.values())
        self._switchboard.to(peer).asked = waiting

    def opened(self, peer: str) -> None:
        """There is a new connection: what was asked or answered on the one before may be lost."""
        for number, asked in self._asked.items():
            if asked.peer == peer:
                self._say(number)

    def answered(self, peer: str, reply: Reply) -> bool:
        """A peer has answered; False if it was not asked, or says nothing that makes sense."""
        asked = self._asked.get(reply.number)
        if asked is None or asked.peer != peer or not reply.ok:
            return False
        try:
            takes = decode_blob(reply.payload, bool)
        except DecodeError:
            return False
        del self._asked[reply.number]
        self._mark(peer)
        self._known[asked.place].takes[asked.question.channel] = takes
        self.settle()
        return True

    def waits(self, place: Place) -> bool:
        """Whether an instance must not work yet, for it does not know to whom it may deal."""
        known = self._known.get(place)
        if known is None or not known.takes:
            return False
        return None in known.of(self._dealt(self._instances[place]))

    def passed(self, place: Place) -> frozenset[ChannelKey]:
        """The channels of an instance whose receivers take nothing more in its round."""
        known = self._known.get(place)
        if known is None or not known.takes:
            return NONE_PASSED
        return frozenset(channel for channel, one in known.takes.items() if one is False)

    # ------------------------------------------------------------------ what is answered

    def ask(self, peer: str, call: Call, admission: Admission) -> bool:
        """A peer asks about one of our instances; False if it does not, or it makes no sense."""
        if call.method != TAKES:
            return False
        try:
            question = decode_blob(call.arguments, TakesQuestion)
        except DecodeError:
            return False
        if question.channel == EVENTS or not admission.carries(peer, question.channel):
            return False
        self._questions[peer, question.channel] = call, question.revision
        self.settle()
        return True

    def settle(self) -> None:
        """Answer what can be answered by now."""
        for (peer, channel), (call, revision) in [*self._questions.items()]:
            takes = self._takes(self._receiver(channel), call.iteration, revision)
            if takes is not None:
                del self._questions[peer, channel]
                number = self._switchboard.number_of(peer)
                if number >= 0:
                    reply = Reply(number, call.number, ok=True, payload=encode_blob(takes))
                    self._switchboard.say(peer, reply)

    def _receiver(self, channel: ChannelKey) -> Place:
        task = self._wiring.destination_task(channel.link)
        assert task is not None, "the channel leads to a daemon"
        return task, channel.destination

    def _takes(self, place: Place, round_number: int, revision: int) -> bool | None:
        """Whether what is pushed to an instance has an effect; None if that is not known yet."""
        takes = self._instances[place].takes(round_number, revision)
        if not takes:
            return takes
        known = self._known[place]
        if not known.is_asked:
            known.is_asked = True
            self.follow(place)
        below = known.of(self._fed(self._instances[place]))
        return None if None in below else True in below
