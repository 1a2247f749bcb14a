"""What the process that looks after the daemon of a container says of itself, for the probe."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

LOOKS_EVERY_S = 5.0  # often enough for who is asked a few times a minute
MODE = 0o644


class Health:
    """A file that tells who the daemon is, who looks after it, and when it did so last.

    The probe (`swarmdsl.daemon.probe`) reads it. It is a help, and no more: where it cannot be
    written the work goes on.

    Args:
        file: where.
        supervisor: the process that looks.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     health = Health(Path(folder, "health"), 7)
    ...     health.looked(8, 12.5)
    ...     Path(folder, "health").read_text().split()
    ['7', '8', '12.500']
    """

    def __init__(self, file: Path, supervisor: int) -> None:
        self._file = file
        self._supervisor = supervisor
        self._daemon = -1
        self._due_s = 0.0

    def looked(self, daemon: int, now_s: float) -> None:
        """It looks, and this is the daemon, 0 if there is none; written if there is news in it."""
        if daemon == self._daemon and now_s < self._due_s:
            return
        self._daemon, self._due_s = daemon, now_s + LOOKS_EVERY_S / 2
        with suppress(OSError):
            text = f"{self._supervisor:>10} {daemon:>10} {now_s:>16.3f}\n"
            file = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, MODE)
            try:
                os.pwrite(file, text.encode("ascii"), 0)  # of one length: it is never half there
            finally:
                os.close(file)

    def close(self) -> None:
        """It looks no more."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
