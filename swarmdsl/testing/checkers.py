"""What must hold when a simulated run is over; what must hold at each step is in `auditor`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from swarmdsl.control.journal import InstanceDone, RoundDecided, RunFed, decode_record
from swarmdsl.control.rounds import Rounds
from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.daemon.wiring import links_of_functions
from swarmdsl.stats.totals import decode_totals
from swarmdsl.testing.auditor import Channel
from swarmdsl.testing.faults import FaultKind
from swarmdsl.testing.violation import Violation
from swarmdsl.testing.world import World
from swarmdsl.topology.expand import expand_daemons, instance_name
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet

LOST = (ReasonKind.DAEMON_LOST, ReasonKind.START_FAILED)  # it died once too often

NODE_LOST = (FaultKind.LOSE_NODE, FaultKind.CUT_OFF, FaultKind.KEEP_NODE)

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
    """In a run that completed, all that was pushed was used and confirmed.

    But for what functions pushed: the run may end before those who used it have said so
    (`nothing_left`).
    """
    if not _completed(world):
        return
    newest = {one.name: one.incarnation for one in world.engine.processes}
    of_functions = links_of_functions(world.executed)
    for channel in world.auditor.channels():
        if channel.key.link < 0 or newest.get(channel.source[0]) != channel.source[1]:
            continue
        if world.given_up & {channel.source[0], channel.destination}:
            continue  # what was kept for it was pushed to another, and what it pushed is void
        if _receiver(world, channel) in world.dropped:
            continue  # likewise, and it has pushed nothing
        if channel.confirmed < channel.pushed and channel.key.link not in of_functions:
            yield f"{channel.name}: {channel.pushed} pushed, {channel.confirmed} confirmed"
        if world.given_up:
            continue  # whoever takes over pushes anew what others may have handled
        handled = _handled(world, channel)
        if handled < channel.last and not _are_repeats(world, channel, handled):
            yield f"{channel.name}: {channel.last} pushed, {handled} handled"


def nothing_left(world: World) -> Iterator[str]:
    """Who leaves a run that completed tells of nothing that waits there, or is unconfirmed.

    That is what users see of it. Of those who could not say goodbye nobody knows.
    """
    if not _completed(world):
        return
    told = [
        (last, one)
        for last, _ in world.store.statistics.last()
        for one in decode_totals(last.totals).links
        if one.queued or one.unconfirmed
    ]
    newest = {one.name: one.incarnation for one in world.engine.processes}
    for last, one in told:
        is_last = newest.get(last.daemon) == last.incarnation and _has_left(world, last.daemon)
        if is_last and last.daemon not in world.given_up:
            link = world.executed.links[one.link]
            yield (
                f"{last.daemon} left with {one.queued} pushes in its inbox and "
                f"{one.unconfirmed} unconfirmed, of {link.source} -> {link.destination}"
            )


def _completed(world: World) -> bool:
    return world.ending is not None and world.ending.state is RunState.COMPLETED


def _handled(world: World, channel: Channel) -> int:
    """The position to which a task has handled a channel; all of it if that cannot be seen.

    What feeds the run is compared by its values; what a link that delivers at most once carries may
    be lost; what is gathered beside results is consumed when there is nothing left to run; and what
    an instance was given that another worker has run was taken in by its own.
    """
    link = world.executed.links[channel.key.link]
    if link.to_run or link.delivery == "at_most_once":
        return channel.last
    if _receiver(world, channel) in world.handled.borrowed:
        return channel.last
    into = [one for one in world.executed.links if one.destination == link.destination]
    if link.condition == "finished" and any(one.condition == "result" for one in into):
        return channel.last
    return world.handled.upto(_receiver(world, channel), channel.source[1], channel.key)


def _receiver(world: World, channel: Channel) -> str:
    """The instance at the end of a channel; `run` if it is the run itself."""
    alias = world.executed.links[channel.key.link].destination
    if world.executed.links[channel.key.link].to_run:
        return alias
    candidates = next(one.candidates for one in world.executed.tasks if one.alias == alias)
    return instance_name(alias, candidates[channel.key.destination])


def _are_repeats(world: World, channel: Channel, handled: int) -> bool:
    """Whether all that was not handled belongs to rounds that its receiver was done with.

    It was, if an earlier process of the source had ended the round, or if it had run without that
    source, which was asked again for somebody else.
    """
    receiver = _receiver(world, channel)
    name, incarnation = channel.source
    earlier = {
        number
        for one in world.auditor.channels()
        if one.source[0] == name and one.source[1] < incarnation and one.key == channel.key
        for number in one.ended
    }
    inlet = Inlet(name, incarnation, channel.key)
    missed = [number for number, upto in channel.rounds.items() if upto > handled]
    return all(
        number in earlier or world.handled.ran_without(receiver, number, inlet) for number in missed
    )


def work_done_once(world: World) -> Iterator[str]:
    """As long as no process dies, no run of a function is done twice, whoever does it."""
    if any(process.incarnation for process in world.engine.processes) or world.given_up:
        return
    for (instance, number), times in world.handled.done.items():
        if times > 1:
            yield f"{instance} was run {times} times in round {number}, and nobody has died"


def losses(world: World) -> Iterator[str]:
    """What is said to be lost is lost; and if nobody died or left unheard, nothing else is."""
    if not _completed(world):
        return
    for index, link in world.accounts.countable():
        pushed, given = world.accounts.pushed(link), world.accounts.given[index]
        lost, said = pushed - given, world.accounts.missed(link)
        if said > lost or (said < lost and _all_were_heard(world)):
            yield (
                f"{link.source} -> {link.destination}: {pushed} pushed, {given} handled, "
                f"{said} said to be dropped or lost"
            )


def _all_were_heard(world: World) -> bool:
    """Whether each daemon had one process, whose last report the controller has taken."""
    anew = any(process.incarnation for process in world.engine.processes)
    return not anew and all(_has_left(world, one.name) for one in expand_daemons(world.topology))


def _has_left(world: World, daemon: str) -> bool:
    """Whether the controller has taken the last report of a daemon."""
    return world.core is not None and world.core.has_left(daemon)


def impossible(world: World) -> Iterator[str]:
    """Nobody counts what no fault can cause: garbage, and messages that found no place to wait."""
    yield from world.accounts.impossible()


def journal(world: World) -> Iterator[str]:
    """The journal of a run that completed says so: who took part is done, and the run was fed."""
    if not _completed(world):
        return
    rounds = Rounds(world.executed)
    for number, record in enumerate(map(decode_record, world.store.journal())):
        match record:
            case RoundDecided(revision=0) if number:
                yield f"round {record.round} is decided behind something else"
            case RoundDecided():
                rounds.decide(record)
            case InstanceDone(task, candidate):
                if not rounds.finish((task, candidate)):
                    yield f"instance {candidate} of task {task} is done twice, or takes no part"
            case RunFed(link, source):
                if not rounds.feed(ChannelKey(link, source, 0)):
                    yield f"link {link} of instance {source} has fed the run twice"
            case _:
                pass
    if not rounds.complete:
        yield f"round {rounds.number} is not complete: {rounds.working}"


def lost_too_often(world: World) -> bool:
    """Whether the run may say that it lost a daemon: one died more often than it is started anew.

    That is also so if a node was lost: what cannot be done elsewhere ends the run at once.

    The controller hears of a death late, and one that takes over has seen none of those before; so
    it may count fewer deaths than there were, and never more.
    """
    ending = world.ending
    if ending is None or ending.reason.kind not in (*LOST, ReasonKind.START_TIMED_OUT):
        return False
    if any(world.injector.injected[kind] for kind in NODE_LOST):
        return True
    if ending.reason.kind not in LOST:
        return False
    deaths: dict[str, list[float]] = {}
    for one in world.engine.processes:
        if one.end is not None and one.end.signal and one.ended_at_s <= world.decided_at_s:
            deaths.setdefault(one.name, []).append(one.ended_at_s)
    limits = world.topology.limits
    return any(
        late - early <= limits.restart_window_s
        for times in deaths.values()
        for early, late in zip(times, times[limits.restarts :], strict=False)
    )


CHECKERS: tuple[Checker, ...] = (
    stall,
    conservation,
    nothing_left,
    work_done_once,
    losses,
    impossible,
    journal,
)
