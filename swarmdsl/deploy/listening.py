"""Which engines open the ports that a topology writes down: none of this version."""

from __future__ import annotations

from swarmdsl.errors import PortsNotOpened
from swarmdsl.topology.listening import listeners
from swarmdsl.topology.model import Topology


def require_no_ports(topology: Topology, engine: str) -> None:
    """Nothing, if the engine may choose where every daemon listens.

    Raises:
        PortsNotOpened: it may not; all daemons with a port of their own are named.
    """
    written = [f"{one.daemon} at port {one.port} of {one.host}" for one in listeners(topology)]
    if written:
        raise PortsNotOpened(engine, written)
