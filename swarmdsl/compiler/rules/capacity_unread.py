"""SW706: rates and times that are declared where nothing can come of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from swarmdsl.compiler.argument import of_swarm, of_task
from swarmdsl.compiler.capacity import Capacity
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.flow import is_source, streams_into
from swarmdsl.compiler.latency import seconds_of, slowest_path
from swarmdsl.dsl.span import span_of_class

NAMED_MAX = 3  # tasks that one message names


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """What a task declares, and the sources that would have to say how fast they push."""

    alias: str
    options: list[str]
    sources: tuple[str, ...]


def check_unread(draft: Draft, capacity: Capacity) -> Iterator[Diagnostic]:
    """What the author declared and nothing reads; the budget only if it alone is to blame."""
    waiting = [one for alias in draft.graph for one in _waiting(draft, capacity, alias)]
    found = [one for alias in draft.graph for one in _of_task(draft, capacity, alias)]
    told = {one for alias in draft.graph for one in _meant_for(draft, alias)}
    found += _without_rate(draft, [one for one in waiting if told.isdisjoint(one.sources)])
    yield from found
    budget = draft.swarm.latency_budget
    if budget is not None and not found and not seconds_of(slowest_path(capacity)):
        yield finding(
            "SW706",
            f"the swarm has latency_budget={budget!r}, but on no path is there both a rate and a "
            "service time",
            at=span_of_class(type(draft.swarm)),
            steps=of_swarm("latency_budget"),
            hint="give a source rate=, and service_time= to the tasks that work on what it pushes",
        )


def _of_task(draft: Draft, capacity: Capacity, alias: str) -> Iterator[Diagnostic]:
    task = draft.task(alias)
    if task.rate is not None and not is_source(draft, alias):
        yield _unread(draft, alias, ["rate"], *_no_source(draft, alias))
    given = _options(draft, alias)
    if given and not capacity.into(alias):
        if not _rateless(draft, alias):
            yield _unread(draft, alias, given, *_nothing_comes(draft, alias, given))
    elif "yields_per_input" in given and not draft.interfaces[alias].yields:
        hint = "leave yields_per_input= out"
        yield _unread(draft, alias, ["yields_per_input"], "it pushes nothing", hint)


def _options(draft: Draft, alias: str) -> list[str]:
    task = draft.task(alias)
    options = ["service_time", "yields_per_input"]
    return [option for option in options if getattr(task, option) is not None]


def _unread(draft: Draft, alias: str, options: list[str], why: str, hint: str) -> Diagnostic:
    return finding(
        "SW706",
        f"{_declared(draft, alias, options)}, but {why}",
        at=draft.task(alias).span,
        steps=of_task(options[0]),
        hint=hint,
        path=alias,
    )


def _declared(draft: Draft, alias: str, options: list[str]) -> str:
    task = draft.task(alias)
    given = " and ".join(f"{option}={getattr(task, option)!r}" for option in options)
    return f"{alias} has {given}"


def _no_source(draft: Draft, alias: str) -> tuple[str, str]:
    streams, meant = streams_into(draft, alias), _meant_for(draft, alias)
    if streams:
        why = f"it is no source: what it pushes comes of what {streams[0]} pushes"
        rate = f"rate={draft.task(alias).rate!r}"
        return why, f"give {rate} to {meant[0]} instead" if meant else "leave rate= out"
    if not draft.interfaces[alias].yields:
        return "it pushes nothing", "leave rate= out"
    return (
        "it pushes one value in a round; a source yields many",
        "leave rate= out, or let it yield its values one by one, with `yield`",
    )


def _meant_for(draft: Draft, alias: str) -> tuple[str, ...]:
    """The sources that a rate would have belonged to, if a task has one and is no source."""
    if draft.task(alias).rate is None or is_source(draft, alias):
        return ()
    return _rateless(draft, alias)


def _rateless(draft: Draft, alias: str) -> tuple[str, ...]:
    """The sources that a task's pushes come of, and that do not say how fast they push."""
    before = _before(draft, alias)
    return tuple(
        sorted(one for one in before if is_source(draft, one) and draft.task(one).rate is None)
    )


def _before(draft: Draft, alias: str) -> list[str]:
    """The tasks that a task's pushes come of, one by one, the sources included."""
    seen: dict[str, None] = {}
    left = streams_into(draft, alias)
    while left:
        one = left.pop()
        if one not in seen:
            seen[one] = None
            left += streams_into(draft, one)
    return list(seen)


def _nothing_comes(draft: Draft, alias: str, options: list[str]) -> tuple[str, str]:
    leave_out = "leave " + " and ".join(f"{option}=" for option in options) + " out"
    streams = streams_into(draft, alias)
    mute = [one for one in _before(draft, alias) if draft.task(one).yields_per_input == 0]
    if mute:
        return f"nothing comes to it: {mute[0]} has yields_per_input=0", leave_out
    if streams:
        return f"{streams[0]} pushes one value in a round, and a rate is of many", leave_out
    return "no push comes to it one by one: it runs once in a round", leave_out


def _waiting(draft: Draft, capacity: Capacity, alias: str) -> Iterator[_Waiting]:
    options = _options(draft, alias)
    if options and not capacity.into(alias):
        sources = _rateless(draft, alias)
        if sources:
            yield _Waiting(alias=alias, options=options, sources=sources)


def _without_rate(draft: Draft, waiting: Iterable[_Waiting]) -> Iterator[Diagnostic]:
    """One finding for all tasks that wait for the rate of the same source."""
    by_source: defaultdict[str, list[_Waiting]] = defaultdict(list)
    for one in waiting:
        by_source[one.sources[0]].append(one)
    for source, alike in by_source.items():
        named = [_declared(draft, one.alias, one.options) for one in alike[:NAMED_MAX]]
        more = len(alike) - len(named)
        also = f", and so on {more:,} more" if more else ""
        first = alike[0]
        yield finding(
            "SW706",
            f"{', '.join(named)}{also}, but nobody says how fast {source} pushes",
            at=draft.task(first.alias).span,
            steps=of_task(first.options[0]),
            related=[
                Related(text=f"{source} has no rate=", span=draft.task(source).span),
                *(
                    Related(text=f"{one.alias} waits for it too", span=draft.task(one.alias).span)
                    for one in alike[1:NAMED_MAX]
                ),
            ],
            hint=f"say how many pushes per second {source} makes, as in Task(..., rate=10)",
            path=", ".join(one.alias for one in alike[:NAMED_MAX]),
        )
