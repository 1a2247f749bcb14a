"""What sources that cannot be asked again have lost: lower and upper bounds, exactly. Pure.

When such a source dies within a round, nobody repeats what it had pushed and was not confirmed. Of
each of its channels the receiver knows how much came and was not handled (*lost*), how much was
handled and not confirmed yet (*at risk*: it is lost if the receiver dies too), and for how much
more there was credit (*unknown*). A receiver that cannot tell, since it died as well, leaves only
the bound of what a channel keeps unconfirmed, and none where the source may spill to disk. Links
that deliver at most once promise nothing, and are not counted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from swarmdsl.control.happenings import PushesLost
from swarmdsl.control.roster import Place
from swarmdsl.control.rounds import Rounds, place_of
from swarmdsl.daemon.reports import CONTROLLER, PushesForgotten
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.topology.expand import InstanceSpec
from swarmdsl.topology.model import RUN, Topology

Receiver = tuple[int, int]
"""A link, and the candidate that receives on it."""


@dataclass(slots=True)
class _Channel:
    """What may be lost on one channel."""

    receiver: str | None  # the daemon; None: the controller
    lost: int
    unknown: int | None  # None: there is no bound
    at_risk: int = 0
    told: bool = False


@dataclass(slots=True)
class _Loss:
    instance: InstanceSpec
    incarnation: int
    channels: dict[Receiver, _Channel]


class Losses:
    """The losses of one round after another.

    Args:
        topology: of the run.
        instances: of the topology, by name.
    """

    def __init__(self, topology: Topology, instances: Mapping[str, InstanceSpec]) -> None:
        self._topology = topology
        self._wiring = Wiring(topology, CONTROLLER)
        self._instances = instances
        self._begun: dict[str, int] = {}
        self._losses: dict[str, _Loss] = {}

    def begin_round(self) -> None:
        """Nothing is under way between two rounds."""
        self._losses.clear()

    def begun(self, instance: str, number: int) -> None:
        """A source that cannot be asked again has begun a round."""
        self._begun[instance] = number

    def last_begun(self, instance: str) -> int:
        """The last round that it has begun; -1 if there is none."""
        return self._begun.get(instance, -1)

    def exited(
        self, daemon: str, incarnation: int, rounds: Rounds
    ) -> Iterator[tuple[str, int | None]]:
        """A daemon was lost in a round; yields its sources, and how many pushes are unknown."""
        for loss in self._losses.values():
            for channel in loss.channels.values():
                if channel.receiver == daemon and channel.unknown is not None:
                    channel.unknown += channel.at_risk
                    channel.at_risk = 0
        for name, begun in self._begun.items():
            instance = self._instances[name]
            open_here = instance.daemon == daemon and place_of(instance) not in rounds.done
            if open_here and begun == rounds.number and name not in self._losses:
                channels = dict(self._channels_of(instance, rounds.members))
                self._losses[name] = _Loss(instance, incarnation, channels)
                yield name, _sum(one.unknown for one in channels.values())

    def _channels_of(
        self, instance: InstanceSpec, members: dict[int, list[int]]
    ) -> Iterator[tuple[Receiver, _Channel]]:
        tasks = {task.alias: index for index, task in enumerate(self._topology.tasks)}
        for index, link in enumerate(self._topology.links):
            unsafe = link.port is None or link.delivery == "at_most_once"
            if link.source != instance.alias or unsafe:
                continue
            bound = self._wiring.kept_max(index)
            if link.destination == RUN:
                yield (index, 0), _Channel(None, 0, bound)
                continue
            task = tasks[link.destination]
            for one in members.get(task, ()):
                daemon = self._topology.tasks[task].candidates[one]
                yield (index, one), _Channel(daemon, 0, bound)

    def told(self, report: PushesForgotten) -> None:
        """A receiver tells what it knows."""
        loss = self._losses.get(report.instance)
        channel = None if loss is None else loss.channels.get((report.link, report.destination))
        if loss is None or channel is None or channel.told:
            return
        if report.incarnation == loss.incarnation:
            channel.told = True
            channel.lost, channel.unknown = report.lost, report.unknown
            channel.at_risk = report.at_risk

    def confirmed(self, place: Place) -> None:
        """An instance is done with the round: what it used is at risk no more."""
        for loss in self._losses.values():
            for (link, candidate), channel in loss.channels.items():
                destination = self._topology.links[link].destination
                if destination == self._topology.tasks[place[0]].alias and candidate == place[1]:
                    channel.at_risk = 0

    def end_round(self, number: int) -> list[PushesLost]:
        """What is lost for good in the round that ends, by source."""
        return [
            PushesLost(
                instance=name,
                alias=loss.instance.alias,
                round=number,
                lost=sum(one.lost for one in loss.channels.values()),
                unknown=_sum(one.unknown for one in loss.channels.values()),
            )
            for name, loss in self._losses.items()
        ]


def _sum(counts: Iterable[int | None]) -> int | None:
    """All together; None if one of them has no bound."""
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total
