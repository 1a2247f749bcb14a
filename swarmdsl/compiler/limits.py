"""The limits of a swarm, as its author gave them and as the topology has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from swarmdsl.dsl import Swarm
from swarmdsl.topology.bounds import LIMITS
from swarmdsl.topology.model import Limits


def given_limits(swarm: Swarm) -> Mapping[str, object] | None:
    """The limits that were set, by name; None if what was given is none of limits."""
    given: Any = swarm.limits
    if given is None:
        return {}
    if isinstance(given, Limits):
        return asdict(given)
    return given if isinstance(given, Mapping) else None


def limits_of(swarm: Swarm) -> Limits:
    """The limits of a swarm whose limits have been checked; seconds are floats.

    >>> class Patient(Swarm):
    ...     limits = {"call_timeout_s": 120}
    >>> limits_of(Patient()).call_timeout_s
    120.0
    """
    given: dict[str, Any] = dict(given_limits(swarm) or {})
    values: dict[str, Any] = {name: type(LIMITS[name])(value) for name, value in given.items()}
    return Limits(**values)
