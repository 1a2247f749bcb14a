"""When an instance is done with a round: its daemon says so, or there is nobody left to ask. Pure.

An instance is done when all that it pushed is confirmed, and its daemon says when that is so. Where
links lead from worker to worker it takes a commit for each crossing, one after the other, against
the direction of the graph. But nobody asks a function that has finished for anything once those are
done that it feeds, and the run has what it pushed there. So it is closed here, and then those that
feed it are; the daemons learn of it when the next round begins, or the run ends (`Ledger.close`).

Who has finished is no record of the journal: a controller that comes after this one hears of each
when it is confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable

from swarmdsl.control.course import Course
from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.journal import InstanceDone, RunFed
from swarmdsl.control.orders import Orders
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.retold import retold
from swarmdsl.control.roster import Place
from swarmdsl.control.rounds import place_of
from swarmdsl.daemon.reports import WorkConfirmed
from swarmdsl.topology.expand import InstanceSpec
from swarmdsl.topology.model import Topology
from swarmdsl.wire.messages import ChannelKey


class Closing:
    """Notes who is done with the round, and ends it with the last.

    Args:
        topology: that is executed.
        remembered: who takes part in the round.
        daemons: what they are in the middle of.
        orders: takes what the shell is to do.
        course: of the run.
    """

    def __init__(
        self,
        topology: Topology,
        remembered: Remembered,
        daemons: DaemonTable,
        orders: Orders,
        course: Course,
    ) -> None:
        self._rounds = remembered.rounds
        self._losses = remembered.losses
        self._daemons = daemons
        self._orders = orders
        self._course = course
        numbers = {task.alias: number for number, task in enumerate(topology.tasks)}
        self._source_of = [numbers[link.source] for link in topology.links]
        self._run_links: dict[int, list[int]] = {}
        self._fed_by: dict[int, set[int]] = {}
        self._feeds: dict[int, set[int]] = {}
        for index, link in enumerate(topology.links):
            source = numbers[link.source]
            if link.to_run:
                self._run_links.setdefault(source, []).append(index)
            else:
                self._feeds.setdefault(source, set()).add(numbers[link.destination])
                self._fed_by.setdefault(numbers[link.destination], set()).add(source)
        functions = {one.name for one in topology.modules if one.kind == "function"}
        each = {link.destination for link in topology.links if link.condition == "result"}
        self._closable = [
            task.module in functions and task.alias not in each for task in topology.tasks
        ]
        self._counted, self._below = (-1, -1), dict[int, int]()
        self._names = {place_of(one): one for one in self._rounds.instances.values()}

    def finished(self, instance: InstanceSpec, number: int) -> None:
        """An instance has finished, and pushed all it had to push in a round."""
        if number == self._rounds.number and not self._daemons.is_absent(instance.daemon):
            place = place_of(instance)
            self._rounds.finished.add(place)
            self._close([place])

    def confirmed(self, instance: InstanceSpec) -> None:
        """All that an instance pushed in the round is confirmed."""
        self._done(place_of(instance))
        if self._daemons.is_absent(instance.daemon):  # its last words came after its end
            self._rounds.forget(instance.daemon)
        self._close(self._waiting_for(instance.task))

    def fed(self, channel: ChannelKey) -> None:
        """A task that feeds the run has pushed all it had to push in the round."""
        if self._rounds.feed(channel):
            self._orders.note(RunFed(channel.link, channel.source))
            self._close([(self._source_of[channel.link], channel.source)])

    def _close(self, places: Iterable[Place]) -> None:
        """Those of these are done whom nobody asks again, and so on against the links."""
        looked_at = [*places]
        while looked_at:
            place = looked_at.pop()
            if self._is_used(place) and self._done(place):
                self._say_confirmed(place)
                looked_at += self._waiting_for(place[0])
        self._course.perhaps_finish()

    def _waiting_for(self, task: int) -> list[Place]:
        """Those that have finished and feed a task, if that and all else that they feed is done."""
        sources = sorted(self._fed_by.get(task, ())) if self._rounds.is_done(task) else ()
        used = (source for source in sources if not self._open_below(source))
        return [place for source in used for place in self._rounds.finished_of(source)]

    def _is_used(self, place: Place) -> bool:
        """Whether a function has finished, and all that it pushed was used."""
        task, one = place
        if not self._closable[task] or place not in self._rounds.finished:
            return False
        ends = (ChannelKey(link, one, 0) for link in self._run_links.get(task, ()))
        number = self._rounds.number
        return not self._open_below(task) and all(
            self._rounds.has_been_fed(end, number) for end in ends
        )

    def _open_below(self, task: int) -> int:
        """How many of the tasks that one feeds are not done: counted once for each roster."""
        roster = self._rounds.number, self._rounds.revision
        if roster != self._counted:
            self._counted = roster
            self._below = {
                source: sum(not self._rounds.is_done(one) for one in fed)
                for source, fed in self._feeds.items()
            }
        return self._below.get(task, 0)

    def _done(self, place: Place) -> bool:
        """An instance is done with the round for good; False if that is no news."""
        self._open_below(place[0])  # as it was before
        if not self._rounds.finish(place):
            return False
        if self._rounds.is_done(place[0]):
            for source in self._fed_by.get(place[0], ()):
                self._below[source] -= 1
        self._losses.confirmed(place)
        self._orders.note(InstanceDone(*place))
        return True

    def _say_confirmed(self, place: Place) -> None:
        """As if its daemon had said it."""
        one = self._names[place]
        report = WorkConfirmed(one.name, self._rounds.number)
        self._daemons.report(one.daemon, report)
        self._orders.tell(retold(report, one.alias))
