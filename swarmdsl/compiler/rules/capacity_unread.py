"""SW706: rates and times that are declared where nothing can come of them."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.capacity import Capacity
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.flow import is_source, streams_into
from swarmdsl.compiler.latency import seconds_of, slowest_path
from swarmdsl.dsl.span import span_of_class


def check_unread(draft: Draft, capacity: Capacity) -> Iterator[Diagnostic]:
    """What the author declared and nothing reads; the budget only if it alone is to blame."""
    found = [one for alias in draft.graph for one in _of_task(draft, capacity, alias)]
    yield from found
    budget = draft.swarm.latency_budget
    if budget is not None and not found and not seconds_of(slowest_path(capacity)):
        yield finding(
            "SW706",
            f"the swarm has latency_budget={budget!r}, but on no path is there both a rate and a "
            "service time",
            at=span_of_class(type(draft.swarm)),
            hint="give a source rate=, and service_time= to the tasks that work on what it pushes",
        )


def _of_task(draft: Draft, capacity: Capacity, alias: str) -> Iterator[Diagnostic]:
    task = draft.task(alias)
    if task.rate is not None and not is_source(draft, alias):
        yield _unread(draft, alias, ["rate"], _no_source(draft, alias), "leave rate= out")
    options = ["service_time", "yields_per_input"]
    given = [option for option in options if getattr(task, option) is not None]
    if given and not capacity.into(alias):
        yield _unread(draft, alias, given, *_nothing_comes(draft, alias, given))
    elif "yields_per_input" in given and not draft.interfaces[alias].yields:
        hint = "leave yields_per_input= out"
        yield _unread(draft, alias, ["yields_per_input"], "it pushes nothing", hint)


def _unread(draft: Draft, alias: str, options: list[str], why: str, hint: str) -> Diagnostic:
    task = draft.task(alias)
    given = " and ".join(f"{option}={getattr(task, option)!r}" for option in options)
    message = f"{alias} has {given}, but {why}"
    return finding("SW706", message, at=task.span, hint=hint, path=alias)


def _no_source(draft: Draft, alias: str) -> str:
    streams = streams_into(draft, alias)
    if streams:
        return f"it is no source: what it pushes comes of what {streams[0]} pushes"
    if not draft.interfaces[alias].yields:
        return "it pushes nothing"
    return "it pushes one value in a round; a source yields many"


def _nothing_comes(draft: Draft, alias: str, options: list[str]) -> tuple[str, str]:
    streams = streams_into(draft, alias)
    if streams:
        why = f"nobody says how fast {streams[0]} pushes"
        return why, f"give rate= to {streams[0]}, or to the source that this comes from"
    leave_out = " and ".join(f"{option}=" for option in options)
    why = "no push comes to it one by one: it runs once in a round"
    return why, f"leave {leave_out} out"
