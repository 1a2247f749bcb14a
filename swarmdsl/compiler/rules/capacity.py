"""SW702, SW703, SW704: instances, inboxes and gathers that are too small for their sources."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import chain

from swarmdsl.compiler.argument import of_task
from swarmdsl.compiler.capacity import Capacity, Load
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.figures import duration, number, per_second, share
from swarmdsl.compiler.flow import Channel
from swarmdsl.compiler.limits import limits_of
from swarmdsl.compiler.rules.capacity_unread import check_unread
from swarmdsl.compiler.rules.latency import check_latency

NAMED_MAX = 3  # nodes in a message
ORIGINS_MAX = 5  # sources in a message

CapacityRule = Callable[[Draft, Capacity], Iterator[Diagnostic]]


def check_instances(draft: Draft, capacity: Capacity) -> Iterator[Diagnostic]:
    """SW702: a task to which more comes than its instances can ever work on."""
    for alias, load in capacity.loads.items():
        if load.overloaded:
            yield finding(
                "SW702",
                _too_few(load),
                at=draft.task(alias).span,
                steps=of_task("maximum"),
                related=[*_origins(draft, capacity, load), Related(text=_hosts(load))],
                hint=_wider(load),
                path=alias,
            )


def _too_few(load: Load) -> str:
    work = duration(load.service_time or 0.0)
    if load.needed is None:
        return (
            f"each of {_instances(load.instances)} of {load.alias} gets "
            f"{per_second(load.arrival)} at {work} each, which is {share(load.utilisation or 0.0)} "
            "of its time"
        )
    return (
        f"{load.alias} gets {per_second(load.total)} at {work} each, which needs "
        f"{_instances(load.needed)}; {load.instances} {_run(load.instances)} it"
    )


def _origins(draft: Draft, capacity: Capacity, load: Load) -> Iterator[Related]:
    into = sorted(capacity.into(load.alias), key=lambda one: -one.distinct)
    for one in into[:ORIGINS_MAX]:
        policy = draft.edge(one.source, load.alias).policy
        yield Related(
            text=f"{per_second(one.distinct)} from {one.source} ({policy})",
            span=draft.task(one.source).span,
        )
    rest = into[ORIGINS_MAX:]
    if rest:
        rate = math.fsum(one.distinct for one in rest)
        yield Related(text=f"{per_second(rate)} from {len(rest):,} more")


def _hosts(load: Load) -> str:
    names = ", ".join(load.hosts[:NAMED_MAX])
    more = len(load.hosts) - NAMED_MAX
    rest = f" and {more:,} more" if more > 0 else ""
    return f"{load.alias} may run on {names}{rest}, one instance on each"


def _wider(load: Load) -> str:
    if load.needed is None:
        wanted = _instances(load.needed_if_dealt)
        return f"more instances share nothing of it: deal it out, policy='balance' to {wanted}"
    wider = f"method='maximum', maximum={load.needed}"
    missing = load.needed - len(load.hosts)
    if missing <= 0:
        return f"let more nodes run it: {wider}"
    return (
        f"let {load.needed} nodes run it ({wider}): the inventory lacks {missing} that may; "
        "or shorten the work, or lower the rate"
    )


def _instances(count: int) -> str:
    return f"{count:,} instance{'s' if count != 1 else ''}"


def _run(count: int) -> str:
    return "runs" if count == 1 else "run"


def check_bursts(draft: Draft, capacity: Capacity) -> Iterator[Diagnostic]:
    """SW703: more comes at once than an inbox takes in. A gather takes all in at once."""
    room = limits_of(draft.swarm).inbox_messages
    for one in chain.from_iterable(capacity.channels.values()):
        burst = math.ceil(one.flow.burst)
        if one.streams and burst > room:
            yield finding(
                "SW703",
                f"{one.source} pushes {burst:,} at once to an instance of {one.destination}, "
                f"whose inbox takes {room:,}",
                at=draft.edge(one.source, one.destination).span,
                related=[_declared(draft, one)],
                hint=f"{_then(draft, one)}; if that is too slow, set "
                f"limits = Limits(inbox_messages={burst}) in the class",
                path=f"{one.source} -> {one.destination}",
            )


def _then(draft: Draft, one: Channel) -> str:
    overflow = draft.edge(one.source, one.destination).overflow
    if overflow in (None, "block"):
        return f"{one.source} waits until there is room"
    return "what finds no room may be dropped"


def _declared(draft: Draft, one: Channel) -> Related:
    return Related(
        text=f"{one.source} is declared to push {number(one.flow.per_second)} per second there",
        span=draft.task(one.source).span,
    )


def check_gathers(draft: Draft, capacity: Capacity) -> Iterator[Diagnostic]:
    """SW704: a round is gathered that is larger than what its sender keeps in memory."""
    bound = limits_of(draft.swarm).unconfirmed_messages
    for one in chain.from_iterable(capacity.channels.values()):
        edge = draft.edge(one.source, one.destination)
        pushes = one.flow.per_round
        kept = edge.delivery != "at_most_once"
        if one.gathered and kept and bound < pushes < math.inf:
            yield finding(
                "SW704",
                f"{one.destination} gathers {number(pushes)} pushes of each instance of "
                f"{one.source} in a round, which keeps {bound:,} in memory: "
                f"{number(pushes - bound)} spill to disk",
                at=edge.span,
                related=[_declared(draft, one)],
                hint="let it work on them one by one, condition=Condition.RESULT; or set "
                f"limits = Limits(unconfirmed_messages={math.ceil(pushes)}) in the class",
                path=f"{one.source} -> {one.destination}",
            )


CAPACITY_RULES: tuple[CapacityRule, ...] = (
    check_instances,
    check_bursts,
    check_gathers,
    check_latency,
    check_unread,
)
