"""The transport that a user has chosen for a run: kept beside it, for whoever looks after it."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable

from swarmdsl.control.home import RunFolder
from swarmdsl.deploy.access import LOCAL, LOCALS, Access, access_for
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Topology
from swarmdsl.transport.keys import KeyPair
from swarmdsl.transport.tcp_addresses import ENCRYPTED

_NEW_KEY_PAIR = "swarmdsl.transport.curve:new_key_pair"


def require_transport(chosen: str) -> None:
    """Nothing, if there is such a transport and it can be used here.

    Raises:
        TransportError: there is none, or it encrypts and this libzmq cannot.
    """
    access_for(chosen, [], _new_key_pair)


def keep_transport(chosen: str, folder: RunFolder) -> None:
    """Note it in the folder of the run: another process may start it, or go on with it."""
    if chosen != LOCAL:
        folder.transport.write_text(f"{chosen}\n", encoding="utf-8")


def access_of(topology: Topology, folder: RunFolder, host: str = "") -> Access:
    """How the processes of the run speak from now on, with new keys if they encrypt.

    Args:
        topology: of the run.
        folder: of the run.
        host: the address of this machine at which the daemons reach it, if they are not on it:
            then they cannot speak by Unix sockets, and encrypt unless the user said otherwise.

    Raises:
        TransportError: it cannot be used here.
    """
    chosen = folder.transport.read_text("utf-8").strip() if folder.transport.exists() else LOCAL
    if host:
        chosen = ENCRYPTED if chosen in LOCALS else chosen
        chosen = chosen if "://" in chosen else f"{chosen}://{host}"
    names = [daemon.name for daemon in expand_daemons(topology)] if chosen not in LOCALS else []
    return access_for(chosen, names, _new_key_pair)


def _new_key_pair() -> KeyPair:
    """Made by what is loaded for it: a run that does not encrypt need not have it."""
    made: Callable[[], KeyPair] = pkgutil.resolve_name(_NEW_KEY_PAIR)
    return made()
