"""SW451 to SW455: the networks of a swarm, and the tasks that ask for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from swarmdsl.compiler.argument import Steps, of_network, of_task
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.networks import (
    IMPLICIT,
    driver_of,
    is_network_name,
)
from swarmdsl.dsl import Driver, Network, Span

_DRIVERS = ", ".join(f"Driver.{driver.name}" for driver in Driver)
_GIVE = f"give one of {_DRIVERS}; from swarmdsl import Driver"
_NAME = "a name has 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first"


def check_declared_networks(draft: Draft) -> Iterator[Diagnostic]:
    """SW452 and SW454: what `add_network` was told."""
    first: dict[str, Network] = {}
    for network in draft.networks:
        name, driver = network.name, driver_of(network.driver)
        if not is_network_name(name):
            what = f"a network is named {shown(name)}"
            yield _wrong(what, network.span, of_network("name"), _NAME)
        elif driver is None:
            what = f"network {name!r} has driver={shown(network.driver)}, which is no driver"
            hint = did_you_mean(network.driver, [one.value for one in Driver])
            yield _wrong(what, network.span, of_network("driver"), hint or _GIVE)
        elif name in first:
            yield _twice(network, first[name])
        elif driver is not IMPLICIT.get(name, driver):
            yield _redefined(network, driver)
        else:
            first[name] = network


def _wrong(what: str, at: Span | None, steps: Steps, remedy: str, path: str = "") -> Diagnostic:
    return finding("SW454", what, at=at, steps=steps, hint=remedy, path=path)


def _twice(network: Network, first: Network) -> Diagnostic:
    return finding(
        "SW452",
        f"network {network.name!r} is declared twice",
        at=network.span,
        steps=of_network("name"),
        related=[
            Related(text=f"{network.name!r} is declared here", span=first.span),
            Related(text="and again here", span=network.span),
        ],
        hint="declare it once, or give the second one a name of its own",
    )


def _redefined(network: Network, driver: Driver) -> Diagnostic:
    return finding(
        "SW452",
        f"network {network.name!r} is declared with driver {driver.value!r}, but is there by "
        f"itself with driver {network.name!r}",
        at=network.span,
        steps=of_network("name"),
        hint=f"give it a name that is not one of a driver ({', '.join(IMPLICIT)})",
    )


def check_networks_of_tasks(draft: Draft) -> Iterator[Diagnostic]:
    """SW451 for each task that asks for what is not there; SW455 for each network that is used."""
    names = {one.name for one in draft.networks if is_network_name(one.name)} | set(IMPLICIT)
    sound = _sound(draft)
    noted: set[str] = set()
    for alias in draft.graph:
        task = draft.task(alias)
        name = task.network
        if name is None:
            continue
        if not isinstance(name, str):
            what = f"{alias} has network={shown(name)}"
            remedy = "give the name of a network, as in network='overlay'"
            yield _wrong(what, task.span, of_task("network"), remedy, alias)
        elif name not in names:
            yield _undeclared(name, alias, task.span, sorted(names))
        elif name in sound - noted:
            noted.add(name)
            yield _name_only(name, task.span)


def _undeclared(name: str, alias: str, at: Span | None, known: list[str]) -> Diagnostic:
    return finding(
        "SW451",
        f"{alias} asks for network {name!r}, which the swarm does not declare",
        at=at,
        steps=of_task("network"),
        hint=did_you_mean(name, known)
        or f"declare it in the swarm's __init__: self.add_network({name!r}, Driver.OVERLAY); "
        f"without being declared there are {', '.join(map(repr, IMPLICIT))}",
        path=alias,
    )


def _sound(draft: Draft) -> set[str]:
    """The networks with whose declaration nothing is wrong: what is has a finding of its own."""
    declared = [one for one in draft.networks if is_network_name(one.name)]
    times = Counter(one.name for one in declared)
    wrong = {
        one.name
        for one in declared
        if times[one.name] > 1
        or (driver := driver_of(one.driver)) is None
        or driver is not IMPLICIT.get(one.name, driver)
    }
    return (set(times) | set(IMPLICIT)) - wrong


def _name_only(name: str, at: Span | None) -> Diagnostic:
    return finding(
        "SW455",
        f"network {name!r} is a name only: the process engine makes no networks",
        at=at,
        steps=of_task("network"),
        hint="nothing to do: all tasks of a swarm reach one another",
    )


def check_unused_networks(draft: Draft) -> Iterator[Diagnostic]:
    """SW453: a network that no task asks for, not even one that is left out of the graph."""
    asked = {task.network for task in draft.made if isinstance(task.network, str)}
    sound = _sound(draft)
    if not draft.graph or asked - sound:  # one that is misspelt leaves another unused
        return
    for network in draft.networks:
        name = network.name
        if is_network_name(name) and name in sound - asked:
            yield finding(
                "SW453",
                f"network {name!r} is declared, and no task asks for it",
                at=network.span,
                steps=of_network("name"),
                hint=f"give a task network={name!r}, or take the declaration out",
            )
