"""SW601, SW602: how the pushes of an edge are to travel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from swarmdsl.compiler.argument import of_edge
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Edge
from swarmdsl.topology.bounds import LINGER_S_MAX, is_linger, is_seconds
from swarmdsl.topology.model import Delivery, Overflow, Wait

CHOICES: dict[str, tuple[str, ...]] = {
    "delivery": get_args(Delivery),
    "overflow": get_args(Overflow),
    "wait": get_args(Wait),
}
OPTIONS = (*CHOICES, "response_timeout", "linger")


def check_delivery(draft: Draft) -> Iterator[Diagnostic]:
    """The options of every edge, each by itself and then together."""
    for source, destination, edges in draft.outspoken():
        for edge in edges:
            if not _given(edge):
                continue
            path = f"{source} -> {destination}"
            wrong = [*_wrong_choices(edge, path), *_wrong_times(edge, path)]
            yield from wrong or _contradictions(draft, edge, source, path)


def _wrong_choices(edge: Edge, path: str) -> Iterator[Diagnostic]:
    for name, choices in CHOICES.items():
        given: Any = getattr(edge, name)
        if given is not None and given not in choices:
            known = ", ".join(repr(one) for one in choices)
            yield finding(
                "SW601",
                f"{path} has {name}={shown(given)}, which is none of {known}",
                at=edge.span,
                steps=of_edge(name),
                hint=did_you_mean(given, choices) or f"choose one of {known}",
                path=path,
            )


def _given(edge: Edge) -> list[str]:
    return [name for name in OPTIONS if getattr(edge, name) is not None]


def _wrong_times(edge: Edge, path: str) -> Iterator[Diagnostic]:
    if edge.response_timeout is not None and not is_seconds(edge.response_timeout):
        yield finding(
            "SW601",
            f"{path} has response_timeout={shown(edge.response_timeout)}, "
            "not a number of seconds above 0",
            at=edge.span,
            steps=of_edge("response_timeout"),
            hint="give the seconds as a number, as in response_timeout=5.0; None counts nothing",
            path=path,
        )
    if edge.linger is not None and not is_linger(edge.linger):
        most = f"{LINGER_S_MAX:g}"
        yield finding(
            "SW601",
            f"{path} has linger={shown(edge.linger)}, not a number of seconds from 0 to {most}",
            at=edge.span,
            steps=of_edge("linger"),
            hint="give the seconds as a number, as in linger=0.02; 0 holds back nothing",
            path=path,
        )


def _contradictions(draft: Draft, edge: Edge, source: str, path: str) -> Iterator[Diagnostic]:
    if edge.overflow not in (None, "block") and edge.delivery != "at_most_once":
        yield finding(
            "SW602",
            f"{path} has overflow={edge.overflow!r}, but delivers at least once",
            at=edge.span,
            steps=of_edge("overflow"),
            hint="add delivery='at_most_once', or leave overflow= out: the sender then waits",
            path=path,
        )
    given = _given(edge)
    if given and not draft.interfaces[source].yields:
        yield finding(
            "SW602",
            f"{path} has {given[0]}={getattr(edge, given[0])!r}, but {source} pushes nothing there",
            at=edge.span,
            steps=of_edge(given[0]),
            hint=f"leave {given[0]}= out: an edge that only says what comes first is always kept",
            path=path,
        )
