"""The networks of a swarm: those that it declares, and those that are there by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Driver
from swarmdsl.topology.inventory import NODE_NAME
from swarmdsl.topology.model import NetworkSpec

IMPLICIT: Mapping[str, Driver] = {driver.value: driver for driver in Driver}
"""Each driver's name is the name of a network."""


def driver_of(value: Any) -> Driver | None:
    """The driver that the user means, as a `Driver` or by its name; None if there is none.

    >>> driver_of("bridge"), driver_of(7)
    (<Driver.BRIDGE: 'bridge'>, None)
    """
    if isinstance(value, str):
        return IMPLICIT.get(value)
    return value if isinstance(value, Driver) else None


def is_network_name(value: Any) -> bool:
    """Whether a network can be called so."""
    return isinstance(value, str) and NODE_NAME.fullmatch(value) is not None


def declared_networks(draft: Draft) -> dict[str, Driver]:
    """The driver of every network that a task may ask for, as it was declared first."""
    known: dict[str, Driver] = {}
    for network in draft.networks:
        driver = driver_of(network.driver)
        if is_network_name(network.name) and driver is not None:
            known.setdefault(network.name, driver)
    return known | dict(IMPLICIT)


def networks_of(draft: Draft) -> tuple[NetworkSpec, ...]:
    """The networks that tasks ask for, the declared ones first."""
    asked = {draft.task(alias).network for alias in draft.graph}
    return tuple(
        NetworkSpec(name=name, driver=driver.value)
        for name, driver in declared_networks(draft).items()
        if name in asked
    )
