"""The ledger of a run's rounds: who takes part, who is done, what the run still waits for. Pure.

It changes by records of the journal and by nothing else that must survive the controller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from swarmdsl.control.attempts import Attempts, next_candidate
from swarmdsl.control.attendance import Attendance
from swarmdsl.control.heirs import heirs
from swarmdsl.control.journal import RoundDecided
from swarmdsl.control.missing import Settled, bereft, left_out, settled
from swarmdsl.control.roster import (
    Place,
    Request,
    grown,
    in_order,
    moved,
    needs,
    roster,
    without,
)
from swarmdsl.topology.expand import (
    InstanceSpec,
    expand_daemons,
    expand_instances,
    instance_name,
)
from swarmdsl.topology.model import TaskSpec, Topology
from swarmdsl.wire.messages import ChannelKey


def place_of(instance: InstanceSpec) -> Place:
    """Where an instance stands in a roster."""
    return instance.task, instance.candidate


class Rounds:
    """The round that runs, or ran last.

    Attributes:
        number: of the round; -1 before the first.
        revision: of its roster.
        members: per task, the chosen candidates.
        done: the instances that are done with it.
        finished: those that have worked, by what has been said since their process began.
        attendance: which daemons are gone, and which of them may take part in the next round.
        missing: the instances that the run goes on without, each with its first round without it.
        missed: those that were missing and came back, each with how many rounds it missed, and the
            last of them.
        attempts: those of the round that have failed, and after which it went on elsewhere.
        heirs: the instances of daemon modules that joined the round in the place of one that is
            gone, each with the candidate that it follows.
        overran: how often each instance was ended with its process in the round, for its time.
        instances: every instance of the topology, by name.
    """

    def __init__(self, topology: Topology) -> None:
        self.number = -1
        self.revision = 0
        self.members: dict[int, list[int]] = {}
        self.done: set[Place] = set()
        self.finished: set[Place] = set()
        self.attempts = Attempts()
        self.heirs: dict[Place, int] = {}
        self.overran: Counter[Place] = Counter()
        self.instances = {one.name: one for one in expand_instances(topology)}
        self._topology = topology
        self._tasks = {task.alias: index for index, task in enumerate(topology.tasks)}
        self._hosted: dict[str, list[InstanceSpec]] = {
            daemon.name: [] for daemon in expand_daemons(topology)
        }
        for one in self.instances.values():
            self._hosted[one.daemon].append(one)
        daemons = {module.name for module in topology.modules if module.kind == "daemon"}
        self._saving = {at for at, task in enumerate(topology.tasks) if task.module in daemons}
        self._earlier: dict[int, list[int]] = {}
        self._forgetful: set[Place] = set()
        self.attendance = Attendance()
        self.missing: dict[Place, int] = {}
        self.missed: dict[Place, tuple[int, int]] = {}
        self._pinned: dict[int, list[int]] = {}
        self._first: dict[int, list[int]] = {}
        self._orders: dict[int, list[int]] = {}
        self._open: set[Place] = set()
        self._open_of: Counter[int] = Counter()  # how many of each task
        self._lacking: set[int] = set()  # the tasks that have a missing instance
        self._open_ends: set[ChannelKey] = set()

    @property
    def gone(self) -> AbstractSet[str]:
        """The daemons that the round does without: lost for good, or not there yet."""
        return self.attendance.gone

    @property
    def seated(self) -> Mapping[int, Sequence[int]]:
        """Per task that has taken part in a round, the candidates that took part last."""
        return self._earlier

    def next(self, requests: Sequence[Request], incarnations: Mapping[str, int]) -> RoundDecided:
        """Decide who takes part in the next round; `decide` makes it the present one."""
        there = self.attendance.admitted(begins=self.number < 0)
        lost = left_out(self._topology, there.gone, there.awaited)
        members = roster(
            self._topology,
            requests,
            self._earlier,
            self._forgetful,
            there.gone,
            lost,
            there.late,
            self._pinned,
            self._orders,
        )
        missing = lost & self._instances_of(members)
        number, still = self.number + 1, lost & self.missing.keys()
        decided = self._decided(number, 0, without(members, missing), incarnations, missing | still)
        fixed = (task for task in members if self._topology.tasks[task].fixed)
        return msgspec.structs.replace(
            decided,
            gone=sorted(there.gone),
            awaited=sorted(there.awaited),
            late=there.late,
            pinned={task: members[task] for task in fixed} | self._pinned,
            missed=[(*place, *times) for place, times in self._missed_until(number, lost).items()],
        )

    def _missed_until(self, number: int, lost: AbstractSet[Place]) -> dict[Place, tuple[int, int]]:
        """Which instances have missed rounds before this one, and do not miss it."""
        back = self.missing.keys() - lost
        return self.missed | {
            place: (self.missed.get(place, (0, 0))[0] + number - self.missing[place], number - 1)
            for place in sorted(back)
        }

    def order_of(self, task: int) -> list[int]:
        """The candidates of a task as the next round takes them, the best first."""
        spec, there = self._topology.tasks[task], self.attendance
        return in_order(spec, self._orders.get(task), there.gone, there.late)

    def place(self, orders: Mapping[int, Sequence[int]]) -> None:
        """Tasks take their candidates in this order from the next round on.

        It says where those stand who came late, so from now on they are as all others.
        """
        self._orders = self._orders | {task: [*order] for task, order in orders.items()}
        self.attendance.late.clear()

    def growth(self, incarnations: Mapping[str, int]) -> RoundDecided | None:
        """The round's roster, with the sources whose values somebody has lost and still needs.

        None if nobody misses anything.
        """
        decided = self._without_places([], incarnations)
        same = decided is None or decided.members.keys() == self.members.keys()
        return None if same else decided

    def do_without(
        self, daemons: Iterable[str], incarnations: Mapping[str, int]
    ) -> RoundDecided | None:
        """The round's roster without daemons that are gone.

        What they were not done with others do, or nobody, if the task bears that; None if it does
        not.
        """
        return self._without_places(self._open_on(daemons), incarnations)

    def _open_on(self, daemons: Iterable[str]) -> list[Place]:
        """The instances of these daemons that are not done with the round."""
        here = (place_of(one) for daemon in daemons for one in self._hosted[daemon])
        return [place for place in here if place in self._open]

    def stranded(self, daemons: Iterable[str]) -> list[TaskSpec]:
        """The tasks with work on daemons that nobody else can do, and that must be done."""
        here = self._open_on(daemons)
        tasks = self._topology.tasks
        stays = [place for place in here if tasks[place[0]].on_node_loss == "fail"]
        stuck = (one for one in stays if not moved(self._topology, self.members, [one], self.gone))
        return [tasks[task] for task in dict.fromkeys(place[0] for place in stuck)]

    def _without_places(
        self, places: Sequence[Place], incarnations: Mapping[str, int]
    ) -> RoundDecided | None:
        found = self._settled(self.members, places)
        if found is None:
            return None
        return self._revised(found.members, found.missing | self.missing.keys(), incarnations)

    def elsewhere(self, failed: Place, incarnations: Mapping[str, int]) -> RoundDecided:
        """The round's roster, with the next candidate in the place of an instance that failed."""
        task, candidate = failed
        spec, order = self._topology.tasks[task], self._orders.get(task)
        other = next_candidate(spec, candidate, self.gone, order)
        members = self.members | {
            task: [other if one == candidate else one for one in self.members[task]]
        }
        return self._revised(members, self.missing.keys(), incarnations)

    def _revised(
        self,
        members: dict[int, list[int]],
        missing: AbstractSet[Place],
        incarnations: Mapping[str, int],
    ) -> RoundDecided:
        """The roster of this round that has these members, and the sources that they need."""
        lost = self._forgetful - self.done - missing
        members = grown(self._topology, members, self._earlier, lost, missing)
        # Of the tasks that join only now, some instances may have been where nobody is any more.
        joined = self._settled(members, self._unhosted(members))
        if joined is not None:
            members, missing = joined.members, missing | joined.missing
        return self._decided(self.number, self.revision + 1, members, incarnations, missing)

    def _settled(self, members: Mapping[int, list[int]], places: Sequence[Place]) -> Settled | None:
        there = self.attendance
        return settled(
            self._topology,
            members,
            places,
            there.gone,
            there.awaited,
            there.late,
            self._orders,
        )

    def _unhosted(self, members: Mapping[int, Sequence[int]]) -> list[Place]:
        """The instances on lost daemons, of tasks that are not in the round yet."""
        tasks = self._topology.tasks
        return [
            (task, one)
            for task in sorted(members.keys() - self.members.keys())
            for one in members[task]
            if tasks[task].candidates[one] in self.gone
        ]

    def _decided(
        self,
        number: int,
        revision: int,
        members: dict[int, list[int]],
        incarnations: Mapping[str, int],
        missing: AbstractSet[Place],
    ) -> RoundDecided:
        since = {place: self.missing.get(place, number) for place in sorted(missing)}
        saving = {task: members[task] for task in members.keys() & self._saving}
        following = heirs(self._topology.tasks, self._earlier, saving, self.gone)
        if number == self.number:
            following = self.heirs | following
        return RoundDecided(
            round=number,
            revision=revision,
            members=members,
            earlier=self._earlier | members,
            forgetful=sorted(self._forgetful),
            incarnations=dict(incarnations),
            gone=sorted(self.gone),
            awaited=sorted(self.attendance.awaited),
            late=[*self.attendance.late],
            pinned=self._pinned,
            missed=[(*place, *times) for place, times in self.missed.items()],
            first=members | (self._first if number == self.number else {}),
            orders=self._orders,
            missing=[(*place, first) for place, first in since.items()],
            heirs=[(*place, former) for place, former in following.items()],
        )

    def needed(self, decided: RoundDecided) -> dict[str, str]:
        """The tasks of a roster that cannot do without a daemon that is gone, and which."""
        missing = {(task, one) for task, one, _ in decided.missing}
        new = set(decided.members)
        if decided.round == self.number:
            new -= self.members.keys()
        members = without({task: decided.members[task] for task in new}, missing)
        return needs(self._topology, members, set(decided.gone))

    def bereft(self, decided: RoundDecided) -> list[str]:
        """The tasks of a roster none of whose instances is left."""
        missing = {(task, one) for task, one, _ in decided.missing}
        return bereft(self._topology, decided.members, missing)

    def decide(self, decided: RoundDecided) -> None:
        """This is the round, and who takes part in it."""
        if decided.round > self.number:
            self.members = {}
            self.done.clear()
            self.finished.clear()
            self.attempts.clear()
            self.overran.clear()
            self._open.clear()
            self._open_ends.clear()
        absent = self._instances_of(self.members) - self._instances_of(decided.members)
        self._open -= absent
        self._open_ends -= self._ends_of(absent)
        added = self._instances_of(decided.members) - self._instances_of(self.members)
        self._open |= added
        self._open_ends |= self._ends_of(added)
        self.missing = {(task, one): first for task, one, first in decided.missing}
        self._open -= self.missing.keys()
        self._open_ends -= self._ends_of(self.missing.keys())
        self._open_of = Counter(task for task, _ in self._open)
        self._lacking = {task for task, _ in self.missing}
        self.number, self.revision = decided.round, decided.revision
        self.members = dict(decided.members)
        self._first = dict(decided.first)
        self.heirs = {(task, one): former for task, one, former in decided.heirs}
        self._earlier = dict(decided.earlier)
        self._forgetful = set(decided.forgetful)
        self.attendance.is_now(Attendance(decided.gone, decided.awaited, decided.late))
        self._pinned = dict(decided.pinned)
        self._orders = dict(decided.orders)
        self.missed = {(task, one): (times, last) for task, one, times, last in decided.missed}

    def _instances_of(self, members: Mapping[int, Sequence[int]]) -> set[Place]:
        return {(task, one) for task, candidates in members.items() for one in candidates}

    def _ends_of(self, places: AbstractSet[Place]) -> set[ChannelKey]:
        """The channels on which these instances feed the run."""
        fed = {index for index, link in enumerate(self._topology.links) if link.to_run}
        return {
            ChannelKey(index, one, 0)
            for index in fed
            for task, one in places
            if self._tasks[self._topology.links[index].source] == task
        }

    def replaced(self) -> dict[int, list[int]]:
        """The members that the round began with, of each task in which others are there now."""
        return {
            task: first for task, first in self._first.items() if first != self.members.get(task)
        }

    def absent(self) -> frozenset[Place]:
        """The instances of the round that are gone for good.

        Nobody pushes to them any more, and nobody waits for them: they are done with the round, and
        so is who took their values; or they are missing.
        """
        tasks = self._topology.tasks
        done = {(task, one) for task, one in self.done if tasks[task].candidates[one] in self.gone}
        missing = self.missing.keys() & self._instances_of(self.members)
        return frozenset(done | (missing - self.done))

    def left_out(self) -> frozenset[Place]:
        """The instances that take no part in any round from the next one on, as it is now."""
        there = self.attendance.admitted()
        return left_out(self._topology, there.gone, there.awaited)

    def missing_since(self) -> dict[str, int]:
        """The instances that the run goes on without, by name, each with its first round so."""
        return {self.name_at(place): first for place, first in self.missing.items()}

    def missed_by(self) -> dict[str, tuple[int, int]]:
        """The instances that were missing and came back, by name; see `missed`."""
        return {self.name_at(place): times for place, times in self.missed.items()}

    def name_at(self, place: Place) -> str:
        """The name of an instance."""
        task = self._topology.tasks[place[0]]
        return instance_name(task.alias, task.candidates[place[1]])

    def is_open(self, place: Place) -> bool:
        """Whether an instance takes part in the round, and is not done with it."""
        return place in self._open

    def is_done(self, task: int) -> bool:
        """Whether a task takes part in the round, and all its instances are there and done with it.

        Of one that the round does without, those that push to it must have heard: they count that.
        """
        return task in self.members and not (self._open_of[task] or task in self._lacking)

    def finished_of(self, task: int) -> list[Place]:
        """The instances of a task that have worked, and are not done yet."""
        places = ((task, one) for one in self.members.get(task, ()))
        return [place for place in places if place in self._open and place in self.finished]

    def finish(self, place: Place) -> bool:
        """An instance is done with the round; False if that is no news."""
        if place not in self._open:
            return False
        self._open.discard(place)
        self._open_of[place[0]] -= 1
        self.done.add(place)
        if place in self._forgetful and self._sources_of(place) <= self.members.keys():
            self._forgetful.discard(place)
        return True

    def _sources_of(self, place: Place) -> set[int]:
        alias = self._topology.tasks[place[0]].alias
        links = [link for link in self._topology.links if not link.loop]
        return {self._tasks[link.source] for link in links if link.destination == alias}

    def feed(self, channel: ChannelKey) -> bool:
        """All that a channel carries to the run has come; False if that is no news."""
        if channel not in self._open_ends:
            return False
        self._open_ends.discard(channel)
        return True

    def forget(self, daemon: str) -> None:
        """A daemon's process is gone, and with it what its instances had kept."""
        here = {place_of(one) for one in self._hosted[daemon]}
        self._forgetful |= here
        self.finished -= here

    def name_of(self, channel: ChannelKey) -> str:
        """The instance that pushes on a channel."""
        task = self._topology.tasks[self._tasks[self._topology.links[channel.link].source]]
        return instance_name(task.alias, task.candidates[channel.source])

    @property
    def complete(self) -> bool:
        """Whether the run has its values, and all who took part are done."""
        return not (self._open or self._open_ends)

    @property
    def working(self) -> list[str]:
        """The daemon of each instance that is not done, as often as it has one."""
        return [one.daemon for one in self.instances.values() if place_of(one) in self._open]

    def unfinished_on(self, daemon: str) -> int:
        """How many instances of a daemon still have something to do in this round."""
        return sum(place_of(one) in self._open for one in self._hosted[daemon])

    def to_do_on(self, daemon: str) -> list[str]:
        """The instances of a daemon that are not done with this round."""
        return [one.name for one in self._hosted[daemon] if place_of(one) in self._open]

    def counts(self) -> dict[str, int]:
        """How many instances each task has in this round, by alias."""
        tasks = self._topology.tasks
        return {tasks[task].alias: len(ones) for task, ones in self.members.items()}

    def has_been_fed(self, channel: ChannelKey, number: int) -> bool:
        """Whether all that a channel carries to the run in a round has come."""
        return number < self.number or (number == self.number and channel not in self._open_ends)

    def open_ends_of(self, daemon: str) -> list[ChannelKey]:
        """The channels to the run on which a daemon has still something to push in this round."""
        places = {place_of(one) for one in self._hosted[daemon]}
        links = self._topology.links
        return [
            channel
            for channel in self._open_ends
            if (self._tasks[links[channel.link].source], channel.source) in places
        ]
