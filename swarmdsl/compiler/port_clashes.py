"""Which daemons would listen at one port of one host, before any node is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import eligibility
from swarmdsl.compiler.place import tried
from swarmdsl.dsl import Node
from swarmdsl.topology.hosts import nodes_by_host

OnHost = Mapping[str, list[str]]  # names of nodes by their host


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Tasks that a port of a host is too few for; each stands for all that it hangs together with.

    Attributes:
        port: that they all have.
        hosts: on which more than one of their daemons may be.
        nodes: of each task, those on these hosts.
    """

    port: int
    hosts: tuple[str, ...]
    nodes: Mapping[str, tuple[str, ...]]


def clashes(draft: Draft, aliases: Sequence[str]) -> list[Clash]:
    """Every clash among well declared tasks with a port, in the order of the graph.

    A task has a daemon on each node that it may run on, or on as many as it may be tried on.
    """
    by_port: dict[int, list[str]] = {}
    for alias in aliases:
        by_port.setdefault(draft.task(alias).port, []).append(alias)
    eligible_for = eligibility(draft.inventory)
    known: dict[int, OnHost] = {}  # tasks that ask for the same have one list of nodes

    def on_hosts(alias: str) -> OnHost:
        nodes: list[Node] = eligible_for(draft.task(alias), draft.module(alias))[0]
        return known.setdefault(id(nodes), nodes_by_host(nodes))

    return [
        clash
        for port, some in by_port.items()
        for clash in _of_port(draft, port, {alias: on_hosts(alias) for alias in some})
    ]


def _of_port(draft: Draft, port: int, claims: Mapping[str, OnHost]) -> list[Clash]:
    hosts: dict[str, list[str]] = {}
    for alias, on_host in claims.items():
        for host in on_host:
            hosts.setdefault(host, []).append(alias)
    crowded = [
        host
        for host, some in hosts.items()
        if len(some) > 1 or _is_crowded_by(draft, some[0], claims[some[0]][host])
    ]
    return [
        Clash(
            port=port,
            hosts=tuple(together),
            nodes={
                alias: tuple(name for host in together for name in on_host.get(host, ()))
                for alias, on_host in claims.items()
                if any(host in on_host for host in together)
            },
        )
        for together in _connected({host: hosts[host] for host in crowded})
    ]


def _is_crowded_by(draft: Draft, alias: str, nodes: Sequence[str]) -> bool:
    """Whether one task may have two daemons on these nodes."""
    at_most = tried(draft.task(alias))
    return len(nodes) > 1 and (at_most is None or at_most > 1)


def _connected(hosts: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The hosts in heaps: those that a task has in common are in one."""
    by_alias: dict[str, list[str]] = {}
    for host, aliases in hosts.items():
        for alias in aliases:
            by_alias.setdefault(alias, []).append(host)
    heaps: list[list[str]] = []
    seen: set[str] = set()
    for host in hosts:
        if host in seen:
            continue
        seen.add(host)
        heap = [host]
        for one in heap:  # It grows meanwhile.
            for alias in hosts[one]:
                for near in by_alias.pop(alias, ()):
                    if near not in seen:
                        seen.add(near)
                        heap.append(near)
        heaps.append(heap)
    return heaps
