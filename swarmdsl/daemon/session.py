"""The session of a fork server: its daemons are in it, and what they started."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def end_session(leader: int) -> None:
    """Kill every process of the session that this process leads or led, but for the caller.

    Nothing happens if the process leads none. Who made a session of its own is not in it.
    """
    own = os.getpid()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (pid := int(folder.name)) != own:
            with suppress(OSError):  # It has ended, or is another user's.
                if os.getsid(pid) == leader:
                    os.kill(pid, signal.SIGKILL)
