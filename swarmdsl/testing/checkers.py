"""What must hold when a simulated run is over; what must hold at each step is in `auditor`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from swarmdsl.control.state import RunState
from swarmdsl.testing.auditor import Channel
from swarmdsl.testing.faults import FaultKind
from swarmdsl.testing.violation import Violation
from swarmdsl.testing.world import World
from swarmdsl.topology.expand import expand_instances

Checker = Callable[[World], Iterator[str]]


def broken_in(world: World) -> list[Violation]:
    """Every promise that a run has broken, once it is over or was given up."""
    found = list(world.violations)
    for checker in CHECKERS:
        if found:
            break  # what follows from the first is no news
        name = checker.__name__.replace("_", " ")
        found += [
            Violation(checker=name, at_s=world.scheduler.now_s, text=text)
            for text in checker(world)
        ]
    return found


def stall(world: World) -> Iterator[str]:
    """Every run ends in a named state within its time; without a controller, all daemons leave."""
    orphaned = world.injector.injected[FaultKind.KILL_CONTROLLER] and not world.engine.living()
    if world.ending is None and not orphaned:
        waits = "".join(f"\n  {line}" for line in world.waits())
        yield f"the run has not ended:{waits}"


def conservation(world: World) -> Iterator[str]:
    """In a run that completed, all that was pushed was used and confirmed."""
    if world.ending is None or world.ending.state is not RunState.COMPLETED:
        return
    newest = {one.name: one.incarnation for one in world.engine.processes}
    for channel in world.auditor.channels():
        if channel.key.link < 0 or newest.get(channel.source[0]) != channel.source[1]:
            continue
        if world.given_up & {channel.source[0], channel.destination}:
            continue  # what was kept for it was pushed to another, and what it pushed is void
        if channel.confirmed < channel.pushed:
            yield f"{channel.name}: {channel.pushed} pushed, {channel.confirmed} confirmed"
        if len(world.engine.processes) > len(newest):
            continue  # what somebody pushed anew may be a repeat, which nobody handles
        handled = _handled(world, channel)
        if handled is not None and handled < channel.last:
            yield f"{channel.name}: {channel.last} pushed, {handled} handled"


def _handled(world: World, channel: Channel) -> int | None:
    """The position to which a task has handled a channel.

    None if its pushes go to the run, or to a task that runs for each result of another: what all
    runs see no single one has handled.
    """
    link = world.topology.links[channel.key.link]
    each = {one.destination for one in world.topology.links if one.condition == "result"}
    if link.to_run or (link.condition == "finished" and link.destination in each):
        return None
    instance = next(
        one
        for one in expand_instances(world.topology)
        if one.alias == link.destination and one.candidate == channel.key.destination
    )
    return world.handled.upto(instance.name, channel.source[1], channel.key)


CHECKERS: tuple[Checker, ...] = (stall, conservation)
