"""SW603: the limits of a swarm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from swarmdsl.compiler.argument import of_swarm
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.limits import given_limits
from swarmdsl.dsl.span import Span, span_of_class
from swarmdsl.topology.bounds import AT_MOST, LIMITS, wrong_limits


def check_limits(draft: Draft) -> Iterator[Diagnostic]:
    """Every limit that there is not, and every value that one cannot have."""
    at = span_of_class(type(draft.swarm))
    given = given_limits(draft.swarm)
    if given is None:
        limits: Any = draft.swarm.limits
        yield finding(
            "SW603",
            f"the swarm has limits={shown(limits)}, which is a {type(limits).__name__}",
            at=at,
            steps=of_swarm("limits"),
            hint="write limits = Limits(inbox_messages=64), or a dict from names to values",
        )
        return
    yield from _unknown(given, at)
    for name, value, expected in wrong_limits(given):
        yield finding(
            "SW603",
            f"the swarm has limits.{name}={shown(value)}, not {expected}",
            at=at,
            steps=of_swarm("limits", name),
            hint=f"give {expected}, or leave it out: then it is {LIMITS[name]}"
            + ("" if name in AT_MOST else "; a very large number is as good as no limit"),
        )


def _unknown(given: Mapping[str, object], at: Span | None) -> Iterator[Diagnostic]:
    for name in given:
        if name not in LIMITS:
            yield finding(
                "SW603",
                f"the swarm has limits[{shown(name)}], which is not the name of a limit",
                at=at,
                steps=of_swarm("limits", name),
                hint=did_you_mean(name, list(LIMITS)) or f"the limits are {', '.join(LIMITS)}",
            )
