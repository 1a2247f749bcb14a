"""A worker's runs that idle workers of its node do for it. Pure.

An instance never moves: its channels, its place in the roster and its part in recovery stay where
they are. Only the call of its function is done elsewhere. So whoever dies, nothing is new: if it is
the lender, its instances begin again as after any death; if it is the thief, the lender says the
call once more to its next process, or does it itself if there will be none.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from swarmdsl.daemon.instance import Gathering
from swarmdsl.daemon.stolen import (
    LENT,
    LENT_BYTES_MAX,
    LENT_MAX,
    SETTLED,
    LentRun,
    completed,
    packed_inputs,
    read_outcome,
    size_of,
)
from swarmdsl.daemon.wiring import Place
from swarmdsl.daemon.work import Finish, Run, Work
from swarmdsl.errors import DecodeError
from swarmdsl.wire.codec import encode_blob
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import Call, Reply

LONG_S = 0.005  # shorter runs are not worth the messages, and what the thief must prepare
WEIGHT = 0.25  # of the last run in what runs take: a short one that was interrupted is not long

Say = Callable[[str, Call], None]
"""Says a call to a peer, if there is a connection; its own number is filled in."""

Ready = Callable[[], Sequence[Gathering]]
"""The instances whose runs wait for their turn, and may be lent; the last first."""


class _Lent(NamedTuple):
    run: Run
    peer: str
    call: Call


class Lender:
    """What one worker lends, and what comes back.

    Args:
        numbers: of the calls to a peer; no two are alike.
        incarnation: of this worker's process.
        say: how calls leave.

    Attributes:
        taken: the work that was taken from its instance and has not begun here, by place.
    """

    def __init__(self, numbers: Iterator[int], incarnation: int, say: Say) -> None:
        self.taken: dict[Place, Work] = {}
        self._numbers = numbers
        self._incarnation = incarnation
        self._say = say
        self._hungry: dict[str, int] = {}
        self._open: dict[int, _Lent] = {}
        self._done: deque[Finish | Run] = deque()
        self._returned: deque[_Lent] = deque()
        self._takes_s: dict[str, float] = {}  # a run of each module, by those of late
        self._any_takes_s = 0.0

    def ran(self, work: Work, seconds: float) -> None:
        """A run of this worker took so long: those of its module that wait may take as long."""
        if isinstance(work, Run):
            self._note(work.hosted.module.name, seconds)

    def _note(self, module: str, seconds: float) -> None:
        takes_s = self._takes_s.get(module, 0.0)
        self._takes_s[module] = takes_s + WEIGHT * (seconds - takes_s)
        self._any_takes_s += WEIGHT * (seconds - self._any_takes_s)

    def wanted(self, peer: str, round_number: int, *, wants: bool) -> None:
        """A worker is idle in a round and would do runs of it; or it is no longer."""
        if wants:
            self._hungry[peer] = round_number
        else:
            self._hungry.pop(peer, None)

    def is_wanted(self, round_number: int) -> bool:
        """Whether some worker is idle in this round, and runs of late were worth lending."""
        return self._any_takes_s >= LONG_S and round_number in self._hungry.values()

    def share(self, round_number: int, ready: Ready) -> list[tuple[str, Run]]:
        """Lend what waits, so that each who is idle gets as much as stays here: the last of it.

        Returns each run with whom it is lent to.
        """
        takers = [peer for peer, number in self._hungry.items() if number == round_number]
        waiting: list[Gathering | _Lent] = [one for one in ready() if self._is_worth_it(one)]
        waiting += reversed(self._returned)
        share = min(LENT_MAX, math.ceil(len(waiting) / (len(takers) + 1)))
        given: list[tuple[str, Run]] = []
        for peer in takers:
            for one in waiting[:share]:
                run = self._relend(peer, one) if isinstance(one, _Lent) else self._lend(peer, one)
                if run is not None:
                    given.append((peer, run))
                    self._hungry.pop(peer, None)
            del waiting[:share]
        return given

    def _is_worth_it(self, instance: Gathering) -> bool:
        takes_s = self._takes_s.get(instance.hosted.module.name, self._any_takes_s)
        return takes_s >= LONG_S and instance.size <= LENT_BYTES_MAX

    def _lend(self, peer: str, instance: Gathering) -> Run | None:
        work, spec = instance.next_work(), instance.hosted.spec
        assert isinstance(work, Run | Finish), "it is ready"
        place = spec.task, spec.candidate
        self.taken[place] = work
        # What was kept of earlier rounds counts as well.
        if isinstance(work, Finish) or size_of(instance.inputs) > LENT_BYTES_MAX:
            self._done.append(work)
            return None
        inputs = packed_inputs(instance.inputs)
        lent = LentRun(place=place, incarnation=self._incarnation, inputs=inputs)
        return self._give(peer, work, encode_blob(lent))

    def _relend(self, peer: str, lent: _Lent) -> Run:
        """Lend once more what was given back."""
        self._returned.remove(lent)
        return self._give(peer, lent.run, lent.call.arguments)

    def _give(self, peer: str, run: Run, arguments: bytes) -> Run:
        number = next(self._numbers)
        call = Call(0, number, run.hosted.spec.name, run.round, LENT, arguments, "")
        self._open[number] = _Lent(run, peer, call)
        self._say(peer, call)
        return run

    def opened(self, peer: str) -> None:
        """There is a new connection, perhaps to a new process: say once more what is open."""
        for lent in self._open.values():
            if lent.peer == peer:
                self._say(peer, lent.call)

    def answered(self, peer: str, reply: Reply, behind: Frames) -> bool:
        """A peer has done a run, or gives it back; False if it was not asked to."""
        lent = self._open.get(reply.number)
        if lent is None or lent.peer != peer:
            return False
        try:
            outcome = read_outcome(reply.payload)
            if outcome.incarnation != self._incarnation:
                return False  # It was lent by a former process, under the same number.
            done = completed(lent.run, outcome, behind) if reply.ok else None
        except DecodeError:
            return False
        del self._open[reply.number]
        if done is None:
            self._returned.append(lent)
        else:
            self._note(done.hosted.module.name, done.seconds)
            self._done.append(done)
        self._say(peer, Call(0, reply.number, "", lent.run.round, SETTLED, b"", ""))
        return True

    def lose(self, gone: Collection[str]) -> None:
        """Workers are gone for good: what they were to do is done here."""
        for number, lent in [*self._open.items()]:
            if lent.peer in gone:
                del self._open[number]
                self._returned.append(lent)
        for peer in gone:
            self._hungry.pop(peer, None)

    def waits_for(self, peer: str) -> bool:
        """Whether a peer has runs of ours."""
        return any(lent.peer == peer for lent in self._open.values())

    def next_work(self) -> Finish | Run | None:
        """What has come back: first the values of runs, then runs that are to be done here."""
        if self._done:
            work: Finish | Run = self._done.popleft()
        elif self._returned:
            work = self._returned.popleft().run
        else:
            return None
        del self.taken[work.hosted.spec.task, work.hosted.spec.candidate]
        return work
