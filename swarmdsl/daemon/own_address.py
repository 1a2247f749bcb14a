"""Which of its addresses a container tells the others, when it is in several networks."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from swarmdsl.transport.tcp_addresses import tcp_address

ANY_PORT = 9


def addresses_of(name: str, hosts: str) -> list[str]:
    r"""All addresses that a file of hosts has for a name; the resolver tells the first alone.

    >>> addresses_of("d1", "127.0.0.1 localhost\n172.18.0.3 d1\n172.19.0.3 d1 # eth1\n")
    ['172.18.0.3', '172.19.0.3']
    """
    lines = [line.partition("#")[0].split() for line in hosts.splitlines()]
    return [address for address, *names in filter(None, lines) if name in names]


def source_towards(host: str) -> str:
    """The address from which this machine would speak with a host; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, ANY_PORT))
        return str(probe.getsockname()[0])


def address_of_run(own: Sequence[str], controller: str, source: Callable[[str], str]) -> str:
    """The one of several addresses that all daemons of the run reach.

    A container that has joined further networks has an address in each of them. That of the run is
    the one where the controller is.

    Args:
        own: the addresses that the host name stands for; at least one.
        controller: where that listens.
        source: the address from which this machine would speak with a host.

    >>> own = ["172.19.0.3", "172.18.0.3"]
    >>> address_of_run(own, "tcp://172.18.0.1:4711", lambda _: "172.18.0.3")
    '172.18.0.3'
    """
    if len(own) > 1:
        found = source(tcp_address(controller, controller.partition("://")[0]).host)
        if found in own:
            return found
    return own[0]
