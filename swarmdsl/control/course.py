"""The course of a run: the round that it is in, from its roster to its end. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from swarmdsl.control import reasons
from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import (
    InstanceJoined,
    InstanceMissing,
    RoundFinished,
    RoundStarted,
)
from swarmdsl.control.instructions import Bequeath, HandOver, SendRoster
from swarmdsl.control.journal import RoundDecided
from swarmdsl.control.orders import Orders
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.roster import Place, Request
from swarmdsl.topology.expand import instance_name
from swarmdsl.topology.model import TaskSpec


class Course:
    """Carries a round through: who takes part, what they are told, when it is over.

    Args:
        tasks: of the run.
        remembered: what it decides upon, and changes.
        daemons: what they are in the middle of.
        orders: takes what the shell is to do.

    Attributes:
        between_rounds: a round is over, and the next has not been decided.
        closed: the run has ended: nothing follows.
    """

    def __init__(
        self,
        tasks: Sequence[TaskSpec],
        remembered: Remembered,
        daemons: DaemonTable,
        orders: Orders,
    ) -> None:
        self._tasks = tasks
        self.between_rounds = False
        self.closed = False
        self._remembered = remembered
        self._rounds = remembered.rounds
        self._losses = remembered.losses
        self._supervision = remembered.supervision
        self._daemons = daemons
        self._orders = orders

    @property
    def in_round(self) -> bool:
        """Whether a round runs."""
        return self._rounds.number >= 0 and not (self.between_rounds or self.closed)

    def plan(self, requests: Sequence[Request]) -> RoundDecided:
        """The next round, as it would be; `begin` makes it the present one."""
        return self._rounds.next(requests, self._supervision.incarnations)

    def begin(self, decided: RoundDecided) -> None:
        """The next round begins."""
        self._losses.begin_round()
        self.decide(decided)
        self._daemons.begin_round(self._rounds.working)
        counts = self._rounds.counts()
        self._orders.tell(RoundStarted(round=self._rounds.number, instances=counts))

    def decide(self, decided: RoundDecided) -> None:
        """This is the roster from now on; all are told."""
        decided = msgspec.structs.replace(decided, strangers=self._supervision.strangers)
        self._hand_over(decided)
        self._orders.note(decided)
        before = Counter(self._rounds.working)
        known = self._rounds.missing
        former = self._rounds.heirs if decided.revision else {}
        self._rounds.decide(decided)
        self._bequeath(former)
        self.tell_missing(known)
        self._tell_joined(known)
        if decided.revision:
            self._daemons.join_round(Counter(self._rounds.working) - before)
        self.send_roster(None)

    def _hand_over(self, decided: RoundDecided) -> None:
        """Who does the work of one that is gone begins anew, and is told what that one was.

        Not who makes another attempt at it (rule 17): what that asks is answered anew. Before the
        roster is noted: then all that the other left in the round is void.
        """
        if decided.revision:
            for task, before in self._rounds.members.items():
                daemons = self._tasks[task].candidates
                for one, other in zip(before, decided.members.get(task, before), strict=False):
                    if one != other and daemons[one] in decided.gone:
                        former, heir = (self._rounds.name_at((task, at)) for at in (one, other))
                        self._orders.add(HandOver(instance=former, heir=heir, round=decided.round))

    def _bequeath(self, known: Mapping[Place, int]) -> None:
        """What those had saved who are gone is for those in their places, but for known ones."""
        for place in self._rounds.heirs.keys() - known.keys():
            former = (place[0], self._rounds.heirs[place])
            names = self._rounds.name_at(former), self._rounds.name_at(place)
            self._orders.add(Bequeath(instance=names[0], heir=names[1]))

    def _tell_joined(self, known: Mapping[Place, int]) -> None:
        """Tell of the instances that were missing, and are no more."""
        for place in sorted(known.keys() - self._rounds.missing.keys()):
            name, alias = self._rounds.name_at(place), self._tasks[place[0]].alias
            number = self._rounds.number
            self._orders.tell(InstanceJoined(instance=name, alias=alias, round=number))

    def tell_missing(self, known: Mapping[Place, int]) -> None:
        """Tell of the instances that the run does without, but for those known to be missing."""
        rounds = self._rounds
        for place in sorted(rounds.missing.keys() - known.keys()):
            task, one = place
            spec = self._tasks[task]
            self._orders.tell(
                InstanceMissing(
                    instance=instance_name(spec.alias, spec.candidates[one]),
                    alias=spec.alias,
                    round=rounds.missing[place],
                    text=reasons.missing(
                        spec.candidates[one], rounds.gone, rounds.attendance.awaited
                    ),
                )
            )

    def send_roster(self, daemon: str | None) -> None:
        """Tell a daemon who takes part, or all of them (None)."""
        if not self.between_rounds:
            rounds = self._rounds
            self._orders.add(
                SendRoster(
                    daemon=daemon,
                    round=rounds.number,
                    revision=rounds.revision,
                    members=rounds.members,
                    done=frozenset(rounds.done),
                    first=rounds.replaced(),
                    absent=rounds.absent(),
                    last=self._remembered.stop_requested,
                    failures=rounds.attempts.failures,
                    gone=frozenset(rounds.gone),
                    heirs=rounds.heirs.keys() - rounds.done,
                )
            )

    def perhaps_finish(self) -> None:
        """The round is over if the run has its values and all are done."""
        if not (self.in_round and self._rounds.complete):
            return
        self._daemons.end_round()
        for loss in self._losses.end_round(self._rounds.number):
            self._orders.tell(loss)
        self._supervision.round_finished()
        self._orders.tell(RoundFinished(round=self._rounds.number))
        self.between_rounds = True
