"""What the kernel tells of the memory of a container, as its own processes see it."""

from __future__ import annotations

import re
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
_EVENTS = ("memory/memory.oom_control", "memory.events")  # of the first version, and the second
_LIMITS = ("memory/memory.limit_in_bytes", "memory.max")
_KILLED = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


class MemoryOfContainer:
    """Counts the processes that were ended because the container may take no more memory.

    Args:
        cgroup: where the kernel tells of the control group of this process.

    >>> MemoryOfContainer(Path("/nowhere")).has_killed()
    False
    """

    def __init__(self, cgroup: Path = CGROUP) -> None:
        self._cgroup = cgroup
        self._known = self._killed()

    @property
    def limit(self) -> int:
        """The bytes that the container may take; 0 if that is not known, or all there are."""
        for name in _LIMITS:
            text = _read(self._cgroup / name).strip()
            if text.isdecimal():
                return int(text)
        return 0

    def has_killed(self) -> bool:
        """Whether a process was ended since the last time somebody asked."""
        before, self._known = self._known, self._killed()
        return self._known > before

    def _killed(self) -> int:
        for name in _EVENTS:
            if found := _KILLED.search(_read(self._cgroup / name)):
                return int(found[1])
        return 0


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
