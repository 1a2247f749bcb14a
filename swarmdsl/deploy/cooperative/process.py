"""A process that is none: a greenlet that gives way wherever a real process would wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from greenlet import getcurrent, greenlet

from swarmdsl.daemon.child import CRASH_EXIT_CODE
from swarmdsl.daemon.stopping import Stopped
from swarmdsl.deploy.cooperative.event_loops import set_aside
from swarmdsl.deploy.cooperative.timeline import Timeline, Timer

SIGKILL = 9  # as a number, since it means the same on every system


class Killed(BaseException):
    """Unwinds the stack of a process that was killed, when all is over."""


class End(NamedTuple):
    """How a process ended: exactly one of exit code and signal is set."""

    exit_code: int | None
    signal: int | None


class Process:
    """One process among several in one thread. Its code runs without a pause between two waits.

    A killed process is never resumed, so that neither `finally` nor `except` of the code inside
    has any effect; its stack is unwound when all is over (`unwind`).

    Attributes:
        name: of the process.
        node: where it runs.
        incarnation: how many processes of its name there were before.
        activity: what its code does, in words; empty while it waits for messages.
        end: how it ended; None while it lives.
        ended_at_s: when that was.
        error: what its code raised, if that ended it.
    """

    def __init__(
        self,
        timeline: Timeline,
        *,
        name: str,
        node: str,
        incarnation: int,
        life: Callable[[Process], int],
        at_end: Callable[[Process], None],
    ) -> None:
        self.name = name
        self.node = node
        self.incarnation = incarnation
        self.activity = ""
        self.end: End | None = None
        self.ended_at_s = 0.0
        self.error: BaseException | None = None
        self._timeline = timeline
        self._at_end = at_end
        self._life = life
        self._hub = getcurrent()
        self._greenlet = greenlet(self._live, parent=self._hub)
        self._wakeable = False
        self._frozen = False
        self._owed = False  # it was due while it was frozen
        self._interruption: BaseException | None = None
        self._sends_left: int | None = None
        self._timer: Timer = timeline.after(0.0, self._resume)

    @property
    def alive(self) -> bool:
        """Whether it has not ended; a frozen process is alive."""
        return self.end is None

    @property
    def frozen(self) -> bool:
        """Whether it was stopped and not continued."""
        return self._frozen

    def _live(self) -> None:
        try:
            code = self._life(self)
        except Killed:
            return
        except BaseException as error:  # The boundary of a process: it ends alone.
            self.error = error
            code = CRASH_EXIT_CODE
        if self.end is None:
            self._finish(End(exit_code=code, signal=None))

    def _finish(self, end: End) -> None:
        self.end, self.ended_at_s = end, self._timeline.now_s
        self._timer.cancel()
        self._at_end(self)

    # ------------------------------------------------------------------ from inside

    def wait(self, timeout_s: float, *, wakeable: bool) -> None:
        """Let time pass: until the timeout, or until `wake` if it is wakeable."""
        if self.end is not None:
            raise Killed
        self._wakeable = wakeable
        self._timer = self._timeline.after(timeout_s, self._resume)
        with set_aside():
            self._hub.switch()
        self._wakeable = False

    def about_to_send(self) -> None:
        """Its code hands a message over: where a doomed process may die."""
        if self.end is not None:
            raise Killed
        if self._sends_left is None:
            return
        self._sends_left -= 1
        if self._sends_left < 0:
            self.kill()
            with set_aside():
                self._hub.switch()

    # ------------------------------------------------------------------ from outside

    def wake(self) -> None:
        """End its wait, if it waits for anything that may happen."""
        if self._wakeable and self.alive:
            self._wakeable = False
            self._go_on()

    def _go_on(self) -> None:
        self._timer.cancel()
        self._timer = self._timeline.after(0.0, self._resume)

    def _resume(self) -> None:
        assert self.alive, "who has ended is never resumed"
        if self._frozen:
            self._owed = True
            return
        interruption, self._interruption = self._interruption, None
        if interruption is None:
            self._greenlet.switch()
        else:
            self._greenlet.throw(interruption)

    def terminate(self) -> None:
        """SIGTERM: its code sees `Stopped` where it waits, or once it is continued."""
        if self.alive:
            self._interruption = Stopped()
            self._go_on()

    def freeze(self) -> None:
        """SIGSTOP: nothing of it runs until `thaw`."""
        self._frozen = True

    def thaw(self) -> None:
        """SIGCONT."""
        self._frozen = False
        if self._owed and self.alive:
            self._owed = False
            self._go_on()

    def kill(self) -> None:
        """SIGKILL: it is never resumed."""
        if self.alive:
            self._finish(End(exit_code=None, signal=SIGKILL))

    def kill_at_send(self, sends: int, at_latest_s: float) -> None:
        """SIGKILL in the midst of its work: after so many more sends, or a short time."""
        self._sends_left = sends
        self._timeline.after(at_latest_s, self.kill)

    def unwind(self) -> None:
        """Release the stack of a process that was killed; nothing that it does then counts."""
        if self._greenlet:  # it has begun, and not ended
            self._greenlet.throw(Killed())
