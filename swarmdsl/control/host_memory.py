"""What a controller shares of memory with those daemons that are on its host."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from swarmdsl.daemon.borrowed_arenas import BorrowedArenas
from swarmdsl.daemon.sheet import Sheets
from swarmdsl.deploy.access import LOCALS
from swarmdsl.topology.model import Limits
from swarmdsl.wire.arena.sharing import Borrower, Sharing


class HostMemory(NamedTuple):
    """By what large arrays come and go without being sent.

    Attributes:
        borrower: sees what daemons push to the run, where it lies.
        sheets: on which daemons see what a loop brings them.
    """

    borrower: Borrower
    sheets: Sheets

    @property
    def sharing(self) -> Sharing:
        """For the sessions: the controller pushes to nobody, so it lends nothing."""
        return Sharing(None, self.borrower)


@contextmanager
def host_memory(address: str, limits: Limits) -> Iterator[HostMemory | None]:
    """That of this process, while the block lasts; None if nothing is to be shared.

    Args:
        address: of the controller. Where daemons come over a network, what they say of memory is
            not looked for here.
        limits: of the swarm; `arena_bytes` is how much may be shared.
    """
    if not limits.arena_bytes or address.partition("://")[0] not in LOCALS:
        yield None
        return
    with (
        Sheets(limits.arena_bytes, lambda: os.urandom(16)) as sheets,
        closing(BorrowedArenas(os.getpid())) as borrower,
    ):
        yield HostMemory(borrower, sheets)
