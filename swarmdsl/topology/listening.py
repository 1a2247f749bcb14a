"""Where daemons listen, if somebody wrote it down: one port of a host serves one daemon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swarmdsl.topology.expand import daemon_name
from swarmdsl.topology.hosts import HOST_IN_WORDS, host_of, is_host
from swarmdsl.topology.model import Topology

PORT_MAX = 65_535
PRIVILEGED_BELOW = 1_024  # ports that Linux gives to the superuser alone
PORT_IN_WORDS = f"a whole number from 1 to {PORT_MAX}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A daemon that has a port of its own.

    Attributes:
        daemon: its name.
        group: the position of its group.
        host: the machine, in its one spelling.
        port: where it listens there.
    """

    daemon: str
    group: int
    host: str
    port: int


def is_port(value: object) -> bool:
    """Whether a daemon can listen there.

    >>> is_port(3391), is_port(0), is_port(True), is_port("80"), is_port(3391.0)
    (True, False, False, False, False)
    """
    return type(value) is int and 1 <= value <= PORT_MAX


def listeners(topology: Topology) -> Iterator[Listener]:
    """Every daemon with a written port, in group, node and replica order.

    What refers to no node, or stands for no host, is left out: it is a problem of its own.
    """
    ported = [
        (index, group, group.receiving_port)
        for index, group in enumerate(topology.groups)
        if group.receiving_port is not None
    ]
    wanted = {name for _, group, _ in ported for name in group.nodes}
    hosts = {
        node.name: host_of(node)
        for node in topology.nodes
        if node.name in wanted and _is_somewhere(node.host)
    }
    for index, group, port in ported:
        for node, replicas in zip(group.nodes, group.per_node, strict=False):
            for replica in range(replicas if node in hosts else 0):
                name = daemon_name(group.name, node, replica)
                yield Listener(daemon=name, group=index, host=hosts[node], port=port)


def _is_somewhere(host: str | None) -> bool:
    return host is None or is_host(host)


def wrong_hosts(topology: Topology) -> Iterator[str]:
    """Hosts that are none, each as a sentence that names its place."""
    for index, node in enumerate(topology.nodes):
        if not _is_somewhere(node.host):
            yield f"nodes[{index}].host: is {node.host!r}, not {HOST_IN_WORDS}"


def wrong_ports(topology: Topology) -> Iterator[str]:
    """Ports that are none, that no single daemon has, or that one host has twice."""
    sound: set[int] = set()
    for index, group in enumerate(topology.groups):
        port, place = group.receiving_port, f"groups[{index}].receiving_port"
        if port is None:
            continue
        if not is_port(port):
            yield f"{place}: is {port}, not {PORT_IN_WORDS}"
        elif group.kind == "worker":
            yield f"{place}: is for daemons of kind 'daemon'; the tasks of a worker share it"
        else:
            sound.add(index)
    yield from _clashes([one for one in listeners(topology) if one.group in sound])


def _clashes(found: list[Listener]) -> Iterator[str]:
    """One sentence for each two groups that meet, or group that meets itself."""
    first: dict[tuple[str, int], Listener] = {}
    told: set[tuple[int, int]] = set()
    for one in found:
        other = first.setdefault((one.host, one.port), one)
        if other is one or (other.group, one.group) in told:
            continue
        told.add((other.group, one.group))
        where = "" if other.group == one.group else f", at groups[{other.group}].receiving_port"
        yield (
            f"groups[{one.group}].receiving_port: is {one.port} for {one.daemon}, and "
            f"{other.daemon} has it too{where}; both are on host {one.host!r}, so give one of them "
            "another"
        )
