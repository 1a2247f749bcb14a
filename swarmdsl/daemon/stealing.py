"""Idle workers run what waits at busy ones of their node: both sides of it, for the core. Pure.

See docs/design/stealing.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

import msgspec

from swarmdsl.daemon.lender import Lender
from swarmdsl.daemon.measures import Measures
from swarmdsl.daemon.outputs import Outputs
from swarmdsl.daemon.reports import Report, WorkReturned, WorkTaken
from swarmdsl.daemon.stolen import LENT, SETTLED, WANTED
from swarmdsl.daemon.thief import Thief
from swarmdsl.daemon.turns import Turns
from swarmdsl.daemon.wiring import Hosted, Place, Wiring
from swarmdsl.daemon.work import Borrowed, Completed, Work
from swarmdsl.errors import DecodeError
from swarmdsl.wire.codec import decode_blob
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import AnyMessage, Call, Reply, RoundStart
from swarmdsl.wire.session.outbound import OutboundState
from swarmdsl.wire.session.switchboard import Switchboard

NOBODY: frozenset[tuple[str, int]] = frozenset()


class Foreign(Protocol):
    """The user's code, as far as it may be run for another worker or by one."""

    def borrow(self, hosted: Hosted) -> Mapping[int, Any]:
        """Make the code of another worker's instance ready; per link out of it, what it carries.

        It raises nothing: what cannot be loaded fails when it is run.
        """

    def gives_one(self, place: Place) -> bool:
        """Whether a call of this function gives one value, and not a stream of them."""


class Nothing:
    """No code is lent or borrowed."""

    def borrow(self, hosted: Hosted) -> Mapping[int, Any]:
        """Nobody asks for it."""
        raise AssertionError(f"{hosted.spec.name} was not to be lent")

    def gives_one(self, _place: Place) -> bool:
        """Nothing is to be lent."""
        return False


class Stealing:
    """What one daemon lends to the other workers of its node, and what it does for them.

    Args:
        wiring: of the daemon.
        switchboard: its sessions.
        turns: of its instances.
        numbers: of the calls to a peer; no two are alike.
        dial: sees to it that there is a connection to a peer.
        report: tells the controller something.
        measures: of the daemon's work.
        foreign: the user's code.

    Attributes:
        on: whether there are other workers at its node.
    """

    def __init__(
        self,
        wiring: Wiring,
        switchboard: Switchboard,
        turns: Turns,
        numbers: Iterator[int],
        dial: Callable[[str], None],
        report: Callable[[Report], None],
        measures: Measures,
        foreign: Foreign,
    ) -> None:
        self._wiring = wiring
        self._switchboard = switchboard
        self._turns = turns
        self._dial = dial
        self._report = report
        self._measures = measures
        self._foreign = foreign
        self._round = -1
        self._may: dict[Place, bool] = {}
        after_s = wiring.topology.limits.steal_after_s
        self._lender = Lender(numbers, switchboard.identity.incarnation, self._say)
        self._thief = Thief(wiring, self._say, self._answer, after_s)
        self.on = bool(wiring.siblings)

    @property
    def taken(self) -> Mapping[Place, Work]:
        """The work that was taken from its instance and has not begun here, by place."""
        return self._lender.taken

    # ------------------------------------------------------------------ what is heard

    def hear(self, peer: str, message: AnyMessage, behind: Frames) -> bool:
        """A peer has said something; False if it is about something else, or makes no sense."""
        if peer not in self._wiring.siblings:
            return False
        match message:
            case Call(method=method, iteration=number) if method == WANTED:
                return self._wanted(peer, message, number)
            case Call(method=method) if method == LENT:
                taken = self._thief.take(peer, message)
                self._mark(peer)
                return taken
            case Call(method=method, number=number) if method == SETTLED:
                self._thief.forget(peer, number)
                return True
            case Reply():
                known = self._lender.answered(peer, message, behind)
                self._mark(peer)
                return known
            case _:
                return False

    def _wanted(self, peer: str, call: Call, number: int) -> bool:
        try:
            wants: bool = decode_blob(call.arguments, bool)
        except DecodeError:
            return False
        self._lender.wanted(peer, number, wants=wants)
        if wants:
            self._thief.give_back(peer)
        return True

    def opened(self, peer: str) -> None:
        """There is a new connection: what was said on the one before may be lost."""
        if peer in self._wiring.siblings:
            self._lender.opened(peer)
            self._thief.opened(peer)

    def start_round(self, start: RoundStart) -> None:
        """There is a roster, perhaps of a new round."""
        if not self.on:
            return
        if start.round > self._round:
            self._round = start.round
            self._thief.begin_round(start.round)
        self._lender.lose(start.gone)
        self._thief.lose(start.gone)
        self._mark_all()

    # ------------------------------------------------------------------ what is done

    def next_work(self) -> Work | None:
        """What has come back of what was lent."""
        return self._lender.next_work() if self.on else None

    def borrowed(self, now_s: float) -> Borrowed | None:
        """There is no other work: what is to be done for another worker, if that is known."""
        if not self.on or self._round < 0:
            return None
        wanted = self._thief.wants
        work = self._thief.next_work()
        if work is None:
            self._thief.idle(now_s)
        if self._thief.wants != wanted:
            for peer in self._wiring.siblings:
                self._dial(peer)
                self._mark(peer)
        return work

    def share(
        self, work: Work, waits: Callable[[Place], bool], now_s: float
    ) -> AbstractSet[tuple[str, int]]:
        """This worker is about to begin work of its own: lend of what waits behind it.

        Returns the runs that have left, each as its instance and round.

        Args:
            work: that it begins.
            waits: whether an instance must not work yet.
            now_s: the time.
        """
        if not self.on:
            return NOBODY
        if not isinstance(work, Completed):
            wanted = self._thief.wants
            self._thief.begin_own()
            if wanted:
                self._mark_all()
        if not self._lender.is_wanted(self._round):
            return NOBODY

        def may(place: Place) -> bool:
            return self._may_be_lent(place) and not waits(place)

        given = self._lender.share(self._round, lambda: self._turns.ready(may))
        for peer in sorted({peer for peer, _ in given}):
            self._dial(peer)
            self._mark(peer)
        for _, run in given:
            self._measures.begin(run, now_s)
        return {(run.hosted.spec.name, run.round) for _, run in given}

    def _may_be_lent(self, place: Place) -> bool:
        known = self._may.get(place)
        if known is None:
            hosted = self._wiring.hosted[place]
            known = self._wiring.may_be_lent(hosted) and self._foreign.gives_one(place)
            self._may[place] = known
        return known

    def ran(self, work: Work, seconds: float) -> None:
        """A piece of work of this worker took so long."""
        if self.on:
            self._lender.ran(work, seconds)

    def begin(self, work: Borrowed) -> Outputs:
        """A borrowed run begins; returns what collects its values."""
        self._report(WorkTaken(work.hosted.spec.name, work.round, work.lender))
        outputs = Outputs(self._wiring, self._switchboard, self._foreign.borrow(work.hosted))
        outputs.begin(work, dict.fromkeys(work.hosted.outputs, ()))
        return outputs

    def finish(self, work: Borrowed, seconds: float, outputs: Outputs) -> None:
        """A borrowed run is done."""
        pushed, _ = outputs.finish(work, seconds)
        self._thief.finish(work, seconds, pushed, outputs.take_held())
        self._report(WorkReturned(work.hosted.spec.name, work.round))
        self._measures.worked(seconds)

    def due_in_s(self, now_s: float) -> float:
        """How long the daemon may wait before `idle` is to be called again."""
        return self._thief.due_in_s(now_s) if self.on else float("inf")

    # ------------------------------------------------------------------ what is said

    def _say(self, peer: str, call: Call) -> None:
        session = self._switchboard.to(peer)
        if session.state is OutboundState.OPEN:
            session.say(msgspec.structs.replace(call, connection=session.number))

    def _answer(self, peer: str, reply: Reply, behind: Frames) -> None:
        number = self._switchboard.number_of(peer)
        if number >= 0:
            said = msgspec.structs.replace(reply, connection=number)
            self._switchboard.say(peer, said, behind)

    def _mark_all(self) -> None:
        for peer in self._wiring.siblings:
            self._mark(peer)

    def _mark(self, peer: str) -> None:
        """Let its session find out whether the connection is lost, as long as we wait for it."""
        waits = self._thief.wants or self._lender.waits_for(peer)
        self._switchboard.to(peer).awaited = waits
