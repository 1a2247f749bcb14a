"""The folder of a run that is about to begin, with all that tells what it is to do."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from swarmdsl.control.home import RunFolder, make_run_folder, new_run_id
from swarmdsl.control.transports import keep_transport
from swarmdsl.errors import RunUnkept
from swarmdsl.topology.codec import write
from swarmdsl.topology.model import Topology

ID_ATTEMPTS_MAX = 8  # of 65,536 ids in a second: never needed
TAKES_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)


def new_run(
    home: Path, topology: Topology, bundles: Mapping[str, bytes], transport: str
) -> RunFolder:
    """Make the folder of a run, with its topology and its transport.

    Raises:
        RunUnkept: it is full, or cannot be written to.
    """
    try:
        folder = _new_folder(home)
        write(topology, bundles, folder.path)
        keep_transport(transport, folder)
    except OSError as error:
        if error.errno not in TAKES_NO_MORE:
            raise
        raise RunUnkept(str(home), error.strerror or str(error)) from error
    return folder


def _new_folder(home: Path) -> RunFolder:
    """One that no other run has, though others may begin in the same second."""
    for _ in range(ID_ATTEMPTS_MAX):
        with suppress(FileExistsError):
            run_id = new_run_id(datetime.now(UTC), secrets.token_hex(2))
            return make_run_folder(home, run_id)
    raise FileExistsError(home)
