"""What becomes of a lost daemon: it is started anew, done without, or ends the run. Pure.

Where others can do the work of one that was given up, the round goes on with them; where its tasks
say `on_node_loss="continue"`, without.
"""

from __future__ import annotations

from swarmdsl.control import reasons
from swarmdsl.control.course import Course
from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import DaemonGivenUp, DaemonLost
from swarmdsl.control.journal import RoundDecided
from swarmdsl.control.orders import Orders
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.state import Reason, ReasonKind
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
        for daemon in self._rounds.gone:
            self._daemons.give_up(daemon)
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
            return self._give_up(daemon, for_good)
        text = reason.text + self._remembered.count_losses(daemon)
        self._orders.tell(DaemonLost(daemon=daemon, text=text, again_in_s=again_in_s))
        return self._renewed(daemon)

    def renew(self, daemon: str, now_s: float, again_in_s: float) -> Reason | None:
        """A daemon was ended for the time of its task; why the run cannot go on, None if it can."""
        self._supervision.ended(daemon, now_s, again_in_s)
        self._remembered.count_losses(daemon)
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
        """Why there cannot be such a round, since daemons are gone; None if there can."""
        if self.given_up is None:
            return None
        if needed := self._rounds.needed(decided):
            tasks = [one for one in self._tasks if one.alias in needed]
            return reasons.needed(self.given_up, decided.round, tasks)
        if bereft := self._rounds.bereft(decided):
            return reasons.bereft(self.given_up, bereft)
        return None

    def _may_leave(self, daemon: str) -> bool:
        """Whether its tasks say that their work may be done elsewhere, or not at all."""
        instances = self._rounds.instances
        tasks = [self._tasks[instances[name].task] for name in self._rounds.to_do_on(daemon)]
        return all(one.retries_elsewhere or one.on_node_loss == "continue" for one in tasks)

    def _give_up(self, daemon: str, reason: Reason) -> Reason | None:
        """Go on without a daemon, if others can do its work, or it need not be done."""
        self._rounds.give_up(daemon)
        if self._rounds.number < 0:
            return self._begin_without(daemon, reason)
        decided = None
        if self._course.in_round:
            decided = self._rounds.do_without(daemon, self._supervision.incarnations)
        if decided is None and not self._course.between_rounds:
            stranded = self._rounds.stranded(daemon)
            return reasons.stranded(reason, stranded) if stranded else reason
        self._mark(daemon, reason)
        return None if decided is None else self.decide(decided)

    def _begin_without(self, daemon: str, reason: Reason) -> Reason | None:
        """Before the first round: why it cannot begin without this daemon, None if it can."""
        self._mark(daemon, reason)
        return self.objection(self._course.plan([]))

    def _mark(self, daemon: str, reason: Reason) -> None:
        self._daemons.give_up(daemon)
        self.given_up = reason
        self._orders.tell(DaemonGivenUp(daemon=daemon, text=reason.text))
