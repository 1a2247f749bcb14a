"""What a machine is called: names and addresses, and when two of them mean one machine.

Nobody is asked: a name and the address that it stands for are two hosts here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

from swarmdsl.topology.inventory import Node

THIS_MACHINE = "localhost"
HOST_IN_WORDS = "a name such as 'node1.example.org', or an IP address without a port"
_NAME_MAX = 253  # characters, of DNS
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


def is_host(value: object) -> bool:
    """Whether a value can be the name or the address of one machine.

    >>> is_host("lst1.example.org"), is_host("10.0.0.7"), is_host("lst1:3391"), is_host("0.0.0.0")
    (True, True, False, False)
    """
    if not isinstance(value, str):
        return False
    address = _address(value)
    if address is not None:
        return not address.is_unspecified and not address.is_multicast
    last = value.removesuffix(".").rpartition(".")[2]  # were it a number, all of it would be one
    is_name = len(value) <= _NAME_MAX and _NAME.fullmatch(value) is not None
    return is_name and not _NUMBER.fullmatch(last)


def canonical_host(host: str | None) -> str:
    """One spelling for all that mean the same machine; None is the one that asks.

    >>> canonical_host(None), canonical_host("127.0.0.1"), canonical_host("LST1.example.org.")
    ('localhost', 'localhost', 'lst1.example.org')
    >>> canonical_host("fe80:0:0::1")
    'fe80::1'
    """
    if host is None:
        return THIS_MACHINE
    address = _address(host)
    if address is None:
        return host.lower().removesuffix(".")
    return THIS_MACHINE if address.is_loopback else str(address)


def host_of(node: Node) -> str:
    """The machine that a node is, in its one spelling.

    >>> host_of(Node(name="node1")), host_of(Node(name="node2", host="10.0.0.7"))
    ('localhost', '10.0.0.7')
    """
    return canonical_host(node.host)


def nodes_by_host(nodes: Iterable[Node]) -> Mapping[str, list[str]]:
    """The names of the nodes on each host, in their order; a host that is none is left out.

    >>> nodes_by_host([Node(name="a"), Node(name="b", host="::1")])
    {'localhost': ['a', 'b']}
    """
    found: dict[str, list[str]] = {}
    for node in nodes:
        if node.host is None or is_host(node.host):
            found.setdefault(host_of(node), []).append(node.name)
    return found


def _address(host: str) -> IPv4Address | IPv6Address | None:
    if ":" not in host and not host.replace(".", "").isdigit():
        return None  # Most hosts are names, and to find that out by an exception takes its time.
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
