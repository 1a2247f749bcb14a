"""What the name `compose` stands for: a controller that is itself in a container of Compose.

Nothing is started here. The containers of the daemons are there, or will be, and wait for an
invitation in a folder in memory that all containers of the project see, and nobody else.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from swarmdsl.daemon.composed import INVITATION, KEYS
from swarmdsl.daemon.contained_protocol import SCRATCH, Invitation
from swarmdsl.deploy.engine import AttachedEngine, Engine, EngineOptions
from swarmdsl.deploy.engines.compose_runtime import NAME, ComposeRuntime
from swarmdsl.deploy.engines.containers import ContainerEngine
from swarmdsl.deploy.site import Site
from swarmdsl.errors import EngineError, EngineGone
from swarmdsl.topology.model import Topology
from swarmdsl.transport.curve import new_key_pair
from swarmdsl.transport.keys import TcpOptions
from swarmdsl.transport.tcp import TcpTransport
from swarmdsl.transport.tcp_addresses import ENCRYPTED, TcpAddress

SILENT_MAX_S = 30.0  # of an engine: then its daemons end, and their containers wait for another
LOCK = "lock"


class Compose:
    """Makes a place for runs; an `EngineFactory`."""

    @staticmethod
    def require_platform(_environment: Mapping[str, str]) -> None:
        """Nothing, in the container of a controller.

        Raises:
            EngineError: this is none.
        """
        if not os.access(KEYS, os.W_OK):
            raise EngineError(
                NAME,
                "it works inside the containers that Compose starts: `swarm compile TARGET "
                "--engine compose -o DIR` writes what these need, and `docker-compose up` in DIR "
                "runs it",
            )

    @staticmethod
    @contextmanager
    def site(_topology: Topology, _options: EngineOptions) -> Iterator[Site]:
        """An invitation that the containers of the project find, as long as the block lasts.

        Raises:
            EngineError: another run of the project is under way, or it cannot be written.
            TransportError: nobody can listen at the address of this container.
        """
        host = socket.gethostbyname(socket.gethostname())
        with invited(Path(KEYS), host) as make_engine:
            yield Site(engine=make_engine, host=host)

    @staticmethod
    def attach(_options: EngineOptions) -> AttachedEngine:
        """Nothing to attach to: daemons end when their controller is gone.

        Raises:
            EngineGone: always.
        """
        raise EngineGone(NAME, "daemons end with the container of their controller")


@contextmanager
def invited(
    folder: Path, host: str, scratch: str = SCRATCH
) -> Iterator[Callable[[EngineOptions], Engine]]:
    """Listen for containers, and write how they find us; the invitation ends with the block.

    Args:
        folder: where they look for it.
        host: the address of this container.
        scratch: the folder of each container that can be written to.

    Yields:
        what makes the engine, once.

    Raises:
        EngineError: somebody else listens for them, or the folder cannot be written to.
        TransportError: nobody can listen at that address.
    """
    with _alone(folder):
        ours, theirs = new_key_pair(), new_key_pair()
        transport = TcpTransport(TcpOptions(own=ours, admitted=frozenset({theirs.public})))
        with closing(transport.listen(str(TcpAddress(ENCRYPTED, host, None)))) as endpoint:
            invitation = Invitation(
                address=endpoint.address, keys=theirs, silent_max_s=SILENT_MAX_S
            )
            _write(folder / INVITATION, invitation.packed())
            try:
                # A container has lives before and after this run, each with files of its own.
                yield lambda told: ContainerEngine(
                    told, partial(ComposeRuntime, endpoint), f"{scratch}/{told.run}"
                )
            finally:
                with suppress(OSError):
                    (folder / INVITATION).unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Inside, no other controller of the project invites its containers.

    Raises:
        EngineError: one does.
    """
    try:
        lock = (folder / LOCK).open("w")
    except OSError as error:
        raise EngineError(NAME, f"cannot write to {folder}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EngineError(
                NAME,
                "another run has the containers of this Compose project; wait for its end, or "
                "give this one a project of its own: `docker-compose -p NAME up`",
            ) from None
        yield


def _write(file: Path, data: bytes) -> None:
    """For our user alone, and whole at once."""
    new = file.with_suffix(".new")
    with suppress(FileNotFoundError):
        new.unlink()
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
        new.replace(file)
    except OSError as error:
        raise EngineError(NAME, f"cannot write to {file.parent}: {error.strerror}") from error
