"""Whether the other side of a line still lives: when to ask, how long to wait. No I/O."""

from __future__ import annotations

ASK_EVERY_S = 1.0
SILENT_MAX_S = 4.0  # with looks a second apart, silence is noticed within five
FIRST_WORD_MAX_S = 60.0  # an interpreter starts and imports, perhaps from a cold network drive
LOOK_MAX_S = 1.0  # what one look may add: see below


class Pulse:
    """Measures for how long nothing has been heard while somebody listened.

    Who looks seldom was busy, stopped or frozen along with the whole machine: that is no silence
    of the other side. So between two looks no more than `LOOK_MAX_S` is counted.

    Args:
        now_s: the time.
        silent_max_s: for how long nothing may be heard, once anything was.

    >>> pulse = Pulse(now_s=0.0)
    >>> pulse.heard()
    >>> pulse.look(now_s=1.0)
    >>> pulse.is_due, pulse.is_silent
    (True, False)
    >>> pulse.asked()
    >>> for second in range(2, 6):
    ...     pulse.look(now_s=second)
    >>> pulse.is_due, pulse.is_silent
    (False, True)
    """

    def __init__(self, now_s: float, silent_max_s: float = SILENT_MAX_S) -> None:
        self._looked_s = now_s
        self._quiet_s = 0.0
        self._silent_max_s = silent_max_s
        self._quiet_max_s = FIRST_WORD_MAX_S
        self._is_asked = False

    def look(self, now_s: float) -> None:
        """Count the time since the last look. What has arrived by now is `heard` afterwards."""
        self._quiet_s += min(now_s - self._looked_s, LOOK_MAX_S)
        self._looked_s = now_s

    def heard(self) -> None:
        """The other side said something, whatever it was."""
        self._quiet_s = 0.0
        self._quiet_max_s = self._silent_max_s
        self._is_asked = False

    def asked(self) -> None:
        """The other side was asked, or cannot be, because it takes nothing more."""
        self._is_asked = True

    @property
    def is_due(self) -> bool:
        """Whether to ask now."""
        return not self._is_asked and self._quiet_s >= ASK_EVERY_S

    @property
    def is_silent(self) -> bool:
        """Whether it was asked and has not answered for too long."""
        return self._is_asked and self._quiet_s >= self._quiet_max_s
