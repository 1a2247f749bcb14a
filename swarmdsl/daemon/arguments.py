"""What a daemon is told when it starts: who it is, and whom it may call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swarmdsl.transport.keys import KeyPair, TcpOptions, keys_of

LOG_FOLDER = "logs"  # below the run folder


def log_file(run_folder: str | Path, name: str) -> Path:
    """Where a process of a run writes what it says; a name never leaves the folder.

    >>> log_file("run", "worker@node1#0").as_posix()
    'run/logs/worker@node1#0.log'
    """
    return Path(run_folder) / LOG_FOLDER / f"{name.replace('/', '_')}.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonArguments:
    """All that one daemon needs beside the topology.

    Attributes:
        run: the id of the run.
        name: the daemon, as the topology names it.
        incarnation: 0 at first, one more each time it is started anew.
        address: where it listens. Where the system is to choose, as in `tcp://host:*`, each
            incarnation may be elsewhere, and says where.
        controller: where the controller listens.
        run_folder: the folder of the run; logs go to `logs/` below it.
        files: an address beside whose path its other files lie: its note, and the socket of its
            programs; empty if that is its own.
        keys: by which it is known, if its transport encrypts.
        admitted: the public keys of those who may dial it, one behind the other.
        advertised: the host that others dial, if it is not the one in its address.

    >>> DaemonArguments(run="r", name="worker@node1#0", incarnation=0, address="unix:///tmp/s/0",
    ...                 controller="unix:///tmp/s/c", run_folder="/runs/r").log_file
    PosixPath('/runs/r/logs/worker@node1#0.log')
    """

    run: str
    name: str
    incarnation: int
    address: str
    controller: str
    run_folder: str
    files: str = ""
    keys: KeyPair | None = None
    admitted: bytes = b""
    advertised: str = ""

    @property
    def beside(self) -> str:
        """The address beside whose path its other files lie."""
        return self.files or self.address

    @property
    def tcp(self) -> TcpOptions | None:
        """What its transport needs beside the address; None where that is nothing."""
        if self.keys is None and not self.advertised:
            return None
        admitted = frozenset(keys_of(self.admitted))
        return TcpOptions(own=self.keys, admitted=admitted, advertised=self.advertised)

    @property
    def log_file(self) -> Path:
        """What the daemon's standard output and standard error go to."""
        return log_file(self.run_folder, self.name)
