"""A worker that has nothing to do asks the others of its node for runs. Pure: time is handed in."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Sequence

from swarmdsl.daemon.held import Parcel
from swarmdsl.daemon.stolen import (
    LENT_MAX,
    WANTED,
    Key,
    LentRun,
    given_back,
    key_of,
    outcome_of,
)
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Borrowed
from swarmdsl.errors import DecodeError
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import Call, Reply

Say = Callable[[str, Call], None]
"""Says a call to a peer, if there is a connection; its own number is filled in."""

Answer = Callable[[str, Reply, Frames], None]
"""Answers a peer, if there is a connection."""


class Thief:
    """What one worker does for the others of its node.

    Whoever was asked remembers that, until it lends something or is told that nothing is wanted.

    Args:
        wiring: of the worker.
        say: how calls leave.
        answer: how answers leave.
        after_s: how long it must have been idle before it asks.
    """

    def __init__(self, wiring: Wiring, say: Say, answer: Answer, after_s: float) -> None:
        self._wiring = wiring
        self._say = say
        self._answer = answer
        self._after_s = after_s
        self._round = -1
        self._idle_since_s: float | None = None
        self._asked: set[str] = set()
        self._queue: deque[Borrowed] = deque()
        self._at_work: Borrowed | None = None
        self._outcomes: dict[Key, tuple[int, Reply, Frames]] = {}

    @property
    def wants(self) -> bool:
        """Whether somebody was asked for runs, and has lent none since."""
        return bool(self._asked)

    def begin_round(self, number: int) -> None:
        """A round begins: nobody waits for what belongs to those before."""
        self._round = number
        self._idle_since_s = None
        self._asked.clear()  # for a round that is over
        self._queue = deque(one for one in self._queue if one.round >= number)
        self._outcomes = {key: one for key, one in self._outcomes.items() if one[0] >= number}

    def lose(self, gone: Collection[str]) -> None:
        """Workers are gone for good: nobody waits for what they have lent."""
        self._queue = deque(one for one in self._queue if one.lender not in gone)
        self._outcomes = {key: one for key, one in self._outcomes.items() if key[0] not in gone}

    def idle(self, now_s: float) -> None:
        """There is no work; ask for some if that is so for long enough."""
        if self._idle_since_s is None:
            self._idle_since_s = now_s
        if now_s >= self._idle_since_s + self._after_s:
            self._ask()

    def begin_own(self) -> None:
        """There is work of its own: nothing is wanted any more, and what waits goes back."""
        self._idle_since_s = None
        if not (self._asked or self._queue):
            return  # as nearly always
        asked, self._asked = sorted(self._asked), set()
        for peer in asked:
            self._tell(peer, wants=False)
        for run in [*self._queue]:
            self._return(run)

    def next_work(self) -> Borrowed | None:
        """The run that has waited longest.

        With the last of them more is asked for: who lends hears of it only between two runs. And
        who has borrowed need not be idle again for a while before it asks.
        """
        if not self._queue:
            return None
        self._idle_since_s = -math.inf
        self._at_work = self._queue.popleft()
        if not self._queue:
            self._ask()
        return self._at_work

    def due_in_s(self, now_s: float) -> float:
        """How long it waits before it asks; infinite if it does not."""
        if self._idle_since_s is None or len(self._asked) == len(self._wiring.siblings):
            return math.inf
        return max(0.0, self._idle_since_s + self._after_s - now_s)

    def opened(self, peer: str) -> None:
        """There is a new connection: what was asked on the one before may be lost."""
        if peer in self._asked:
            self._tell(peer, wants=True)

    def _ask(self) -> None:
        for peer in self._wiring.siblings:
            if peer not in self._asked:
                self._asked.add(peer)
                self._tell(peer, wants=True)

    def _tell(self, peer: str, *, wants: bool) -> None:
        self._say(peer, Call(0, 0, "", self._round, WANTED, encode_blob(wants), ""))

    def take(self, peer: str, call: Call) -> bool:
        """A peer lends a run, or says so once more; False if that makes no sense."""
        run = self._borrowed(peer, call)
        if run is None:
            return False
        known = self._outcomes.get(key_of(run))
        if known is not None:
            self._answer(peer, *known[1:])
        elif not self._has(key_of(run)):
            self._asked.discard(peer)
            self._drop_former(run)
            self._queue.append(run)
            if len(self._queue) > LENT_MAX * len(self._wiring.siblings):
                self._return(run)
        return True

    def _borrowed(self, peer: str, call: Call) -> Borrowed | None:
        try:
            lent: LentRun = decode_blob(call.arguments, LentRun)
        except DecodeError:
            return None
        hosted = self._wiring.hosted_by(peer, lent.place)
        if hosted is None or not self._wiring.may_be_lent(hosted):
            return None
        if any(link not in hosted.inputs for link, _ in lent.inputs):
            return None
        return Borrowed(
            hosted,
            call.iteration,
            {},
            {},
            lender=peer,
            incarnation=lent.incarnation,
            number=call.number,
            inputs=lent.inputs,
        )

    def _drop_former(self, run: Borrowed) -> None:
        """Nobody waits for what a former process of its lender has lent."""
        former = [one for one in self._queue if one.lender == run.lender]
        for one in former:
            if one.incarnation < run.incarnation:
                self._queue.remove(one)

    def _return(self, run: Borrowed) -> None:
        self._queue.remove(run)
        self._end(run, given_back(run), ())

    def _has(self, key: Key) -> bool:
        at_work = self._at_work is not None and key_of(self._at_work) == key
        return at_work or any(key_of(one) == key for one in self._queue)

    def forget(self, peer: str, number: int) -> None:
        """The outcome of a run has arrived."""
        for key in [key for key in self._outcomes if (key[0], key[2]) == (peer, number)]:
            del self._outcomes[key]

    def give_back(self, peer: str) -> None:
        """Who lent has nothing to do: it gets the later half of what waits here."""
        mine = [one for one in self._queue if one.lender == peer]
        for run in mine[len(mine) - len(mine) // 2 :]:
            self._return(run)

    def finish(self, run: Borrowed, seconds: float, pushed: int, parcels: Sequence[Parcel]) -> None:
        """A run is done: its lender gets what came of it."""
        self._at_work = None
        self._end(run, *outcome_of(run, seconds, pushed, parcels))

    def _end(self, run: Borrowed, reply: Reply, frames: Frames) -> None:
        self._outcomes[key_of(run)] = run.round, reply, frames
        self._answer(run.lender, reply, frames)
