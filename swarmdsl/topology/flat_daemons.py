"""Daemons written one by one, as `[[daemon]]` tables: read, and turned into groups.

PhoenixSwarm's configuration names its daemons like that. Only how a document is read knows of
them: what is written has groups alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from swarmdsl.topology.checking import found, misfits, near
from swarmdsl.topology.hosts import HOST_IN_WORDS, canonical_host, is_host, nodes_by_host
from swarmdsl.topology.model import DaemonGroup, Topology
from swarmdsl.topology.places import Misfit
from swarmdsl.topology.shapes import Items, record_of

KEY = "daemon"
_STATISTICS = (
    "every run measures itself, in buckets of its own; limits.statistics_every_s says how often"
)
_ELSEWHERE: Mapping[str, str] = {
    "log_file": "each daemon writes to logs/ in the folder of its run, under its own name",
    "log_level": "code sets the level of its own logger, as with Python's logging",
    "daemon_required_response_timeout": "a link has a bound, in seconds: "
    "links[].response_timeout_s",
    "stat_nb_bin": _STATISTICS,
    "stat_hist_lower_bound": _STATISTICS,
    "stat_hist_upper_bound": _STATISTICS,
    "stat_timer_period": _STATISTICS,
}
_TOP: Mapping[str, str] = {"statistics": _STATISTICS}
_GROUP = re.compile(r"\bgroups\[(\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatDaemon:
    """One daemon of kind `daemon`, on the node that is its host: a group of one.

    Attributes:
        name: of its group; candidates name the daemon `name@node#0`.
        description: what it is for, for people.
        host: the machine, which is the host of exactly one node; without it this machine.
        hostname: the same as `host`, as PhoenixSwarm writes it.
        receiving_port: where it listens there.
    """

    name: str
    description: str | None = None
    host: str | None = None
    hostname: str | None = None
    receiving_port: int | None = None

    @property
    def machine(self) -> str | None:
        """Its host, however it is written."""
        return self.hostname if self.host is None else self.host


ENTRIES = Items(item=record_of(FlatDaemon))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """The entries of a document, apart from the rest of it.

    Attributes:
        entries: as they were written; whatever stands under the key.
        top: what stands beside them and belongs to them, by its key.
        groups: how many groups the rest has.
    """

    entries: Any
    top: tuple[str, ...] = ()
    groups: int = 0

    def misfits(self) -> Iterator[Misfit]:
        """What in them has not the shape of a daemon, or is not carried out."""
        yield from (_not_carried_out((key,), _TOP[key]) for key in self.top)
        entries = self.entries
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            for key in entry if isinstance(entry, dict) else ():
                if key in _ELSEWHERE:
                    yield _not_carried_out((KEY, index, key), _ELSEWHERE[key])
        yield from misfits(_without_elsewhere(entries), ENTRIES, (KEY,))
        yield from _repeated(entries)

    def joined(self, topology: Topology) -> tuple[Topology, list[Misfit]]:
        """The topology with a group for each entry, and the entries whose host is no node's.

        The entries have the shape of a daemon.
        """
        entries = msgspec.convert(self.entries, tuple[FlatDaemon, ...])
        on_host = nodes_by_host(topology.nodes)
        wrong = [one for i, entry in enumerate(entries) for one in _lost(i, entry, on_host)]
        if wrong:
            return topology, wrong
        made = (_group(entry, on_host) for entry in entries)
        return replace(topology, groups=(*topology.groups, *made)), []

    def told(self, problem: str) -> str:
        """A sentence about the topology, with each place of a group that was an entry as such.

        >>> Flat(entries=[{}, {}], groups=1).told("groups[2].receiving_port: is 0")
        'daemon[1].receiving_port: is 0'
        """

        def place(group: re.Match[str]) -> str:
            index = int(group[1])
            return group[0] if index < self.groups else f"{KEY}[{index - self.groups}]"

        return _GROUP.sub(place, problem) if self.entries else problem


def apart(document: Any) -> tuple[Any, Flat]:
    """A document without its `[[daemon]]` tables, and those tables.

    With such tables it need not have groups of its own.

    >>> apart({"name": "x", "daemon": [{"name": "Daemon1"}]})[0]
    {'name': 'x', 'groups': []}
    """
    if not isinstance(document, dict) or KEY not in document:
        return document, Flat(entries=[])
    top = tuple(key for key in document if key in _TOP)
    rest = {key: one for key, one in document.items() if key != KEY and key not in top}
    groups = rest.setdefault("groups", [])
    number = len(groups) if isinstance(groups, list) else 0
    return rest, Flat(entries=document[KEY], top=top, groups=number)


def _not_carried_out(path: tuple[str | int, ...], instead: str) -> Misfit:
    return Misfit(path, f"is not carried out: {instead}; take it out")


def _without_elsewhere(entries: Any) -> Any:
    if not isinstance(entries, list):
        return entries
    return [
        {key: one for key, one in entry.items() if key not in _ELSEWHERE}
        if isinstance(entry, dict)
        else entry
        for entry in entries
    ]


def _repeated(entries: Any) -> Iterator[Misfit]:
    """Names, and hosts, that are said twice."""
    first: dict[str, int] = {}
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict):
            continue
        if entry.get("host") is not None and entry.get("hostname") is not None:
            both = f"{found(entry['hostname'])}, and host is {found(entry['host'])}"
            yield Misfit((KEY, index, "hostname"), f"is {both}: they mean the same; take one out")
        name = entry.get("name")
        if isinstance(name, str) and first.setdefault(name, index) != index:
            yield Misfit(
                (KEY, index, "name"), f"is {name!r}, which {KEY}[{first[name]}] is named already"
            )


def _lost(index: int, entry: FlatDaemon, on_host: Mapping[str, list[str]]) -> Iterator[Misfit]:
    """What is wrong with the host of an entry."""
    said, key = entry.machine, "host" if entry.hostname is None else "hostname"
    path = (KEY, index) if said is None else (KEY, index, key)
    nodes = on_host.get(canonical_host(said), [])
    if said is not None and not is_host(said):
        yield Misfit(path, f"is {said!r}, not {HOST_IN_WORDS}")
    elif len(nodes) > 1:
        each = " and ".join(map(repr, nodes))
        yield Misfit(
            path,
            f"{canonical_host(said)!r} is the host of {len(nodes)} nodes, {each}: write a group "
            f"that names one, as in nodes = [{nodes[0]!r}]",
        )
    elif not nodes:
        yield Misfit(path, f"no node has host {canonical_host(said)!r}{_meant(said, on_host)}")


def _meant(said: str | None, on_host: Mapping[str, list[str]]) -> str:
    for host, nodes in on_host.items():
        if said in nodes:
            return f"; {said!r} is a node, whose host is {host!r}"
    return near(said, on_host) or "; say host = ... of the node that it is"


def _group(entry: FlatDaemon, on_host: Mapping[str, list[str]]) -> DaemonGroup:
    [node] = on_host[canonical_host(entry.machine)]
    return DaemonGroup(
        name=entry.name,
        kind="daemon",
        nodes=(node,),
        per_node=(1,),
        description=entry.description,
        receiving_port=entry.receiving_port,
    )
