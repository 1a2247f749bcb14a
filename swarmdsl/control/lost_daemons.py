"""What becomes of a lost daemon: it is started anew, done without, or ends the run. Pure.

Where others can do the work of one that was given up, the round goes on with them; where its tasks
say `on_node_loss="continue"`, without.
"""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.control import reasons
from swarmdsl.control.course import Course
from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import DaemonGivenUp, DaemonLost
from swarmdsl.control.journal import RoundDecided
from swarmdsl.control.orders import Orders
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.state import Reason, ReasonKind
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import Topology


class LostDaemons:
    """Decides about one lost daemon after another.

    Args:
        topology: of the run.
        remembered: how often each was lost, and what it has to do.
        daemons: what they are in the middle of.
        course: of the round, which may go on without one.
        orders: takes what the shell is to do.

    Attributes:
        given_up: why the last daemon was given up; None if none was.
    """

    def __init__(
        self,
        topology: Topology,
        remembered: Remembered,
        daemons: DaemonTable,
        course: Course,
        orders: Orders,
    ) -> None:
        self.given_up: Reason | None = None
        self._limits = topology.limits
        self._tasks = topology.tasks
        self._remembered = remembered
        self._rounds = remembered.rounds
        self._supervision = remembered.supervision
        self._daemons = daemons
        self._course = course
        self._orders = orders

    def remember(self) -> None:
        """An earlier controller gave daemons up."""
        awaited = self._rounds.attendance.awaited
        for daemon in sorted(self._rounds.gone):
            self._daemons.give_up(daemon)
            if daemon in awaited:
                continue
            text = f"daemon {daemon} was lost for good before the controller came back"
            self.given_up = Reason(kind=ReasonKind.DAEMON_LOST, text=text)
            self._orders.tell(DaemonGivenUp(daemon=daemon, text=text))
        self._course.tell_missing({})

    def lose(
        self, daemon: str, reason: Reason, now_s: float, *, by_code: bool = False
    ) -> Reason | None:
        """A daemon is gone; why the run cannot go on, None if it can.

        `by_code` says that the user's code ended it: what does so again and again would do so on
        any node, so it is not done elsewhere.
        """
        again_in_s = self._supervision.lost(daemon, now_s)
        if again_in_s is None:
            for_good = reasons.lost_for_good(reason, self._limits, by_code=by_code)
            if by_code and not self._may_leave(daemon):
                return for_good
            return self.give_up([daemon], for_good)
        losses, module = self.count(daemon)
        text = reason.text + losses
        self._orders.tell(
            DaemonLost(daemon=daemon, text=text, again_in_s=again_in_s, forgets=module)
        )
        return self._renewed(daemon)

    def count(self, daemon: str) -> tuple[str, str]:
        """What of a daemon nobody can repeat, as the end of a sentence; the module that forgets."""
        return self._remembered.count_losses(daemon), self._remembered.memories.exited(daemon)

    def renew(self, daemon: str, now_s: float, again_in_s: float, cause: str) -> Reason | None:
        """A daemon was ended, which is no loss; why the run cannot go on, None if it can.

        What it takes along has been counted.
        """
        self._supervision.ended(daemon, now_s, again_in_s, cause)
        return self._renewed(daemon)

    def _renewed(self, daemon: str) -> Reason | None:
        self._daemons.restart(daemon)
        self._rounds.forget(daemon)
        return self.grow()

    def grow(self) -> Reason | None:
        """Add to the round the sources of those that have lost what they had kept of them.

        Returns why the run cannot go on, None if it can.
        """
        if not self._course.in_round:
            return None
        decided = self._rounds.growth(self._supervision.incarnations)
        return None if decided is None else self.decide(decided)

    def decide(self, decided: RoundDecided) -> Reason | None:
        """This is the roster of the round, if there can be such a round; else why there cannot."""
        fatal = self.objection(decided)
        if fatal is None:
            self._course.decide(decided)
        return fatal

    def objection(self, decided: RoundDecided) -> Reason | None:
        """Why there cannot be such a round, since daemons are gone; None if there can.

        The first one may wait for nodes that are expected.
        """
        if (why := self.given_up or self.not_come()) is None:
            return None
        if needed := self._rounds.needed(decided):
            tasks = [one for one in self._tasks if one.alias in needed]
            return reasons.needed(why, decided.round, tasks)
        bereft = self._rounds.bereft(decided)
        if bereft and not (decided.awaited and decided.round == 0):
            return reasons.bereft(why, bereft)
        return None

    def bereft(self) -> list[str]:
        """The tasks that could run nowhere in a round that began now, if nodes are awaited."""
        awaited = self._rounds.attendance.awaited
        return self._rounds.bereft(self._course.plan([])) if awaited else []

    def not_come(self) -> Reason | None:
        """That nodes are expected which have never been there; None if there are none."""
        nodes = {node_of(daemon) for daemon in self._rounds.attendance.awaited}
        return reasons.not_come(sorted(nodes)) if nodes else None

    def _may_leave(self, daemon: str) -> bool:
        """Whether its tasks say that their work may be done elsewhere, or not at all."""
        instances = self._rounds.instances
        tasks = [self._tasks[instances[name].task] for name in self._rounds.to_do_on(daemon)]
        return all(one.retries_elsewhere or one.on_node_loss == "continue" for one in tasks)

    def give_up(self, daemons: Sequence[str], reason: Reason) -> Reason | None:
        """Go on without daemons, if others can do their work, or it need not be done.

        Returns why the run cannot go on, None if it can.
        """
        for daemon in daemons:
            self._rounds.attendance.lose(daemon)
        if self._rounds.number < 0:
            return self._begin_without(daemons, reason)
        decided = None
        if self._course.in_round:
            decided = self._rounds.do_without(daemons, self._supervision.incarnations)
        if decided is None and not self._course.between_rounds:
            stranded = self._rounds.stranded(daemons)
            return reasons.stranded(reason, stranded) if stranded else reason
        self._mark(daemons, reason)
        return None if decided is None else self.decide(decided)

    def _begin_without(self, daemons: Sequence[str], reason: Reason) -> Reason | None:
        """Before the first round: why it cannot begin without these, None if it can."""
        self._mark(daemons, reason)
        return self.objection(self._course.plan([]))

    def _mark(self, daemons: Sequence[str], reason: Reason) -> None:
        self.given_up = reason
        for daemon in daemons:
            self._daemons.give_up(daemon)
            self._orders.tell(DaemonGivenUp(daemon=daemon, text=reason.text))
