"""What follows when a task was ended with its process, since its time was up. Pure.

A task that does not let itself be interrupted is ended by its own daemon. That is an attempt of the
task that has failed, and no loss of a daemon: it is tried again as its `retries` say.
"""

from __future__ import annotations

from swarmdsl.control import reasons
from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import InstanceRetried
from swarmdsl.control.journal import TimeExceeded
from swarmdsl.control.lost_daemons import LostDaemons
from swarmdsl.control.orders import Orders
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.retrying import Retrying
from swarmdsl.control.rounds import place_of
from swarmdsl.control.state import Reason, ReasonKind
from swarmdsl.daemon.attempts import pause_s
from swarmdsl.daemon.dumps import dumped_traceback
from swarmdsl.daemon.log_marks import where_time_was_up
from swarmdsl.daemon.reports import WorkRetried
from swarmdsl.topology.expand import InstanceSpec
from swarmdsl.topology.model import TaskSpec, Topology

EXIT_CODE = 1  # of a process that faulthandler ends
ERROR = "TimeLimitExceeded"
PROBLEM = "it did not let itself be interrupted, so its process was ended"


class Overtime:
    """Tells such an end from others, and counts it.

    Args:
        topology: of the run.
        remembered: who takes part in the round, and what has failed in it.
        daemons: what they are in the middle of.
        lost: starts a daemon anew.
        retrying: lets another candidate make the next attempt.
        orders: takes what the shell is to do.
    """

    def __init__(
        self,
        topology: Topology,
        remembered: Remembered,
        daemons: DaemonTable,
        lost: LostDaemons,
        retrying: Retrying,
        orders: Orders,
    ) -> None:
        self._topology = topology
        self._rounds = remembered.rounds
        self._daemons = daemons
        self._lost = lost
        self._retrying = retrying
        self._orders = orders

    def late_on(self, daemon: str, exit_code: int | None, last_words: str) -> list[InstanceSpec]:
        """The instances for whose time a process may have been ended; none if it was not.

        There are several only if a process works on several at once, as on those of tasks that
        run for each result.
        """
        if exit_code != EXIT_CODE or not where_time_was_up(last_words):
            return []
        at_work = [self._rounds.instances[name] for name in self._daemons.working_on(daemon)]
        return [
            one
            for one in at_work
            if self._task_of(one).timeout_s is not None and self._rounds.is_open(place_of(one))
        ]

    def follow(
        self, daemon: str, late: list[InstanceSpec], last_words: str, now_s: float, at: str = ""
    ) -> Reason | None:
        """Let them be tried once more; why the run cannot go on, None if it can."""
        again_in_s = 0.0
        for one in late:
            failures, attempts = self._failures_of(one) + 1, self._attempts_of(one)
            if failures >= attempts:
                return self._reason(late, last_words, (failures, attempts), one, at)
            again_in_s = max(again_in_s, pause_s(failures))
        for one in late:
            fatal = self._again(daemon, one)
            if fatal is not None:
                return fatal
        self._lost.count(daemon)
        return self._lost.renew(daemon, now_s, again_in_s, "the time of its task was up")

    def _again(self, daemon: str, one: InstanceSpec) -> Reason | None:
        """Note an attempt that has failed, after which there is another, here or elsewhere."""
        failures, attempts = self._failures_of(one) + 1, self._attempts_of(one)
        if self._task_of(one).retries_elsewhere:
            number, again_in_s = self._rounds.number, pause_s(failures)
            report = WorkRetried(
                one.name, number, failures, attempts, again_in_s, ERROR, PROBLEM, leaves=True
            )
            return self._retrying.follow(daemon, report)
        place = place_of(one)
        self._rounds.overran[place] += 1
        self._orders.note(TimeExceeded(*place))
        self._orders.tell(
            InstanceRetried(
                instance=one.name,
                alias=one.alias,
                round=self._rounds.number,
                text=f"{ERROR}: {PROBLEM}",
                failures=failures,
                attempts=attempts,
                again_in_s=pause_s(failures),
            )
        )
        return None

    def _failures_of(self, one: InstanceSpec) -> int:
        if self._task_of(one).retries_elsewhere:
            return self._rounds.attempts.failures.get(one.task, 0)
        return self._rounds.overran[place_of(one)]

    def _attempts_of(self, one: InstanceSpec) -> int:
        return 1 + self._task_of(one).retries

    def _task_of(self, one: InstanceSpec) -> TaskSpec:
        return self._topology.tasks[one.task]

    def _reason(
        self,
        late: list[InstanceSpec],
        last_words: str,
        attempts: tuple[int, int],
        last: InstanceSpec,
        at: str,
    ) -> Reason:
        limits = {one.name: self._task_of(one).timeout_s or 0.0 for one in late}
        text = reasons.overran(limits, self._rounds.number, attempts, at)
        before = self._rounds.attempts.told(self._topology, last.task)
        return Reason(
            kind=ReasonKind.TASK_FAILED,
            text=f"{text}; before, {before}" if before else text,
            details=dumped_traceback(where_time_was_up(last_words), f"{ERROR}: {PROBLEM}"),
        )
