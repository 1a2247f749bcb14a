"""What the controller knows of each daemon: its phase, and what dies with it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from swarmdsl.control.reasons import needed_for
from swarmdsl.control.state import DaemonPhase, Reason, ReasonKind
from swarmdsl.daemon.dumps import crash_told
from swarmdsl.daemon.lease import UNANSWERED_EXIT_CODE
from swarmdsl.daemon.log_marks import why_not_started
from swarmdsl.daemon.reports import (
    AnyReport,
    DaemonLeft,
    WorkConfirmed,
    WorkFailed,
    WorkFinished,
    WorkReturned,
    WorkStarted,
    WorkTaken,
)
from swarmdsl.topology.memory import memory_text
from swarmdsl.topology.model import Topology

NO_LIMITS: Mapping[str, str] = MappingProxyType({})
LEFT_ALONE = "left by itself, as the controller had not answered it for longer than limits.lease_s"
_SIGNALS = {9: "SIGKILL", 15: "SIGTERM"}
_CRASHES = {4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}
# Exit codes of a daemon whose own code raised, that was sent SIGTERM, or heard nothing from us.
_OURS = (70, 143, UNANSWERED_EXIT_CODE)
NOT_USED = "not all that {} pushed in round {} was used by then"

NAMES_SHOWN_MAX = 5
WORDS_SHOWN_MAX = 4_096  # characters of a lost daemon's log, kept with the reason: a traceback

DONE_WITHOUT = (DaemonPhase.GIVEN_UP, DaemonPhase.COMING)
ABSENT = (DaemonPhase.RESTARTING, *DONE_WITHOUT)


class _Daemon:
    __slots__ = ("base", "unconfirmed", "unfinished", "working")

    def __init__(self) -> None:
        self.base = DaemonPhase.STARTING
        self.unfinished = 0
        self.working: dict[str, int] = {}
        self.unconfirmed: dict[tuple[str, int], None] = {}

    @property
    def phase(self) -> DaemonPhase:
        if self.working:
            return DaemonPhase.WORKING
        if self.unconfirmed:
            return DaemonPhase.UNCONFIRMED
        return self.base


class DaemonTable:
    """The daemons of a run, by name.

    Args:
        names: of all of them.
        limits: of the memory of tasks, as `memory_limits` gives them.
    """

    def __init__(self, names: Sequence[str], limits: Mapping[str, str] = NO_LIMITS) -> None:
        self._limits = limits
        self._unheard: set[str] = set()
        self._daemons = {name: _Daemon() for name in names}

    def knows(self, name: str) -> bool:
        """Whether there is a daemon of this name."""
        return name in self._daemons

    def phase(self, name: str) -> DaemonPhase:
        """Where a daemon stands."""
        return self._daemons[name].phase

    def missing(self) -> list[str]:
        """The daemons that have not connected yet."""
        return [name for name in self._daemons if self.is_absent(name)]

    @property
    def count(self) -> int:
        """How many the run needs: all but those that it goes on without."""
        bases = (daemon.base for daemon in self._daemons.values())
        return sum(base not in DONE_WITHOUT for base in bases)

    @property
    def starting(self) -> bool:
        """Whether some have never connected."""
        return any(one.base is DaemonPhase.STARTING for one in self._daemons.values())

    def is_absent(self, name: str) -> bool:
        """Whether a daemon has not connected yet, for the first time or anew."""
        return self._daemons[name].base in (DaemonPhase.STARTING, DaemonPhase.RESTARTING)

    def connect(self, name: str, unfinished: int = 0) -> bool:
        """A daemon has connected, and that many of its instances are to work in the round.

        False if that is no news.
        """
        daemon = self._daemons[name]
        match daemon.base:
            case DaemonPhase.STARTING:
                daemon.base = DaemonPhase.CONNECTED
            case DaemonPhase.COMING:
                daemon.base = DaemonPhase.BETWEEN_ROUNDS  # of which it has not had any
            case DaemonPhase.RESTARTING:
                daemon.unfinished = unfinished
                daemon.base = DaemonPhase.IDLE if unfinished else DaemonPhase.BETWEEN_ROUNDS
            case _:
                return False
        return True

    def lose_sight(self) -> None:
        """The controller is new: no daemon is connected to it yet."""
        for daemon in self._daemons.values():
            daemon.base = DaemonPhase.RESTARTING

    def give_up(self, name: str) -> None:
        """A daemon was lost, and will not be started anew."""
        daemon = self._daemons[name]
        daemon.working.clear()
        daemon.unconfirmed.clear()
        daemon.base = DaemonPhase.GIVEN_UP

    def come(self, name: str) -> None:
        """A daemon that was given up, or has never been there, is started: nobody waits for it."""
        self.give_up(name)
        self._daemons[name].base = DaemonPhase.COMING

    def restart(self, name: str) -> None:
        """A daemon that was lost will be started anew; what it was doing is void."""
        daemon = self._daemons[name]
        daemon.working.clear()
        daemon.unconfirmed.clear()
        if daemon.base is not DaemonPhase.STARTING:
            daemon.base = DaemonPhase.RESTARTING

    def begin_round(self, taking_part: Iterable[str]) -> None:
        """These daemons host the instances of the round, one for each time they are named."""
        instances = Counter(taking_part)
        for name, daemon in self._daemons.items():
            daemon.unfinished = instances[name]
            if daemon.base in ABSENT:
                continue
            in_round = daemon.unfinished > 0
            daemon.base = DaemonPhase.IDLE if in_round else DaemonPhase.BETWEEN_ROUNDS

    def join_round(self, added: Mapping[str, int]) -> None:
        """These daemons host so many instances that the round did not begin with."""
        for name, instances in added.items():
            daemon = self._daemons[name]
            daemon.unfinished += instances
            if daemon.base in (DaemonPhase.BETWEEN_ROUNDS, DaemonPhase.ENDED):
                daemon.base = DaemonPhase.IDLE

    def leave_work(self, name: str, instance: str) -> None:
        """A daemon has dropped its part of the round, of an instance that is done elsewhere."""
        daemon = self._daemons[name]
        daemon.working.pop(instance, None)
        daemon.unfinished -= 1
        if daemon.base is DaemonPhase.IDLE and not daemon.unfinished:
            daemon.base = DaemonPhase.ENDED

    def end_round(self) -> None:
        """The round is over for all."""
        for daemon in self._daemons.values():
            if daemon.base not in ABSENT:
                daemon.base = DaemonPhase.BETWEEN_ROUNDS

    def report(self, name: str, report: AnyReport) -> None:
        """A daemon said what it does."""
        daemon = self._daemons[name]
        if daemon.base in ABSENT:
            return  # its last words: what it did is void
        match report:
            case WorkStarted(instance, number) | WorkTaken(instance, number):
                daemon.working[instance] = number
            case WorkReturned(instance):
                daemon.working.pop(instance, None)
            case WorkFinished(instance, number):
                daemon.working.pop(instance, None)
                daemon.unconfirmed[instance, number] = None
                daemon.unfinished -= 1
                if daemon.base is DaemonPhase.IDLE and not daemon.unfinished:
                    daemon.base = DaemonPhase.ENDED
            case WorkConfirmed(instance, number):
                daemon.unconfirmed.pop((instance, number), None)
            case WorkFailed(instance):
                daemon.working.pop(instance, None)
            case DaemonLeft():
                daemon.base = DaemonPhase.LEFT
                self._unheard.discard(name)

    def working(self) -> list[str]:
        """The instances that work right now."""
        return sorted(one for daemon in self._daemons.values() for one in daemon.working)

    def working_on(self, name: str) -> list[str]:
        """The instances that work right now in a daemon."""
        return [*self._daemons[name].working]

    def unconfirmed(self) -> list[str]:
        """The instances that have finished, and whose pushes are not all confirmed."""
        daemons = self._daemons.values()
        return sorted({name for daemon in daemons for name, _ in daemon.unconfirmed})

    def at_work(self) -> str:
        """Which instances work right now, as a list of names; nothing if none does."""
        return _list(self.working())

    def await_last_words(self, name: str) -> None:
        """A daemon has ended in good order; what it said last may come after that news."""
        if self._daemons[name].base is not DaemonPhase.LEFT:
            self._unheard.add(name)

    def is_ended_by_code(self, name: str, exit_code: int | None, signal: int | None) -> bool:
        """Whether it is the user's code that ended a process of this daemon.

        One that has work never exits by itself, and from outside it is killed by other signals.
        That it is at work may not have been heard, if it has ended at once.
        """
        if self._daemons[name].phase not in (DaemonPhase.WORKING, DaemonPhase.IDLE):
            return False
        return signal in _CRASHES if exit_code is None else exit_code not in _OURS

    @property
    def unheard(self) -> bool:
        """Whether last words are still on their way."""
        return bool(self._unheard)

    def exit(
        self,
        name: str,
        exit_code: int | None,
        signal: int | None,
        last_words: str,
        to_do: Sequence[str] = (),
        number: int = 0,
        tries: tuple[int, int] = (1, 1),
        at: str = "",
        problem: str = "",
    ) -> Reason:
        """A daemon's process ended while the run goes on: how, and what it was about.

        Args:
            name: of the daemon.
            exit_code: of the process, unless a signal ended it.
            signal: that ended it.
            last_words: the end of its log.
            to_do: its instances that are not done with the round.
            number: of the round.
            tries: how many processes of it were lost lately, and after how many it is given up.
            at: which push it was at; told if the user's code has ended it.
            problem: why it ended, if its engine knows.
        """
        daemon = self._daemons[name]
        phase = daemon.phase
        by = (_SIGNALS | _CRASHES).get(signal or 0, f"signal {signal}")
        by = f"exit code {exit_code}" if signal is None else by
        by = f"{by}, {problem}" if problem else by
        left = daemon.base is DaemonPhase.LEFT and exit_code == 0
        if left or exit_code == UNANSWERED_EXIT_CODE:
            how = f"daemon {name} {LEFT_ALONE}"
        elif self.is_ended_by_code(name, exit_code, signal):
            names = _list(daemon.working or [" or ".join(to_do[:NAMES_SHOWN_MAX])])
            how = _ended_by_code(f"{names} in round {number}", by, crashed=exit_code is None)
            how = "; ".join(filter(None, (f"{how}, attempt {tries[0]} of {tries[1]}", at)))
        else:
            how = f"daemon {name} was lost ({by}) while {_about(daemon)}"
            how = "; ".join([how, *_missed(daemon, to_do, number)])
        text = "; ".join([how, *_not_used(daemon), *self._limited(daemon)])
        if phase is not DaemonPhase.STARTING:
            shown = crash_told(last_words)[-WORDS_SHOWN_MAX:]
            return Reason(kind=ReasonKind.DAEMON_LOST, text=text, details=shown)
        sentence, rest = why_not_started(last_words[-WORDS_SHOWN_MAX:])
        return Reason(kind=ReasonKind.START_FAILED, text=sentence or text, details=rest)

    def _limited(self, daemon: _Daemon) -> Iterator[str]:
        """Libraries that are refused memory may end the process: a hint at what it was about."""
        for instance in daemon.working:
            limit = self._limits.get(instance.partition("@")[0])
            if limit is not None:
                yield f"the memory of {instance} was limited to {limit} (resources memory)"


def memory_limits(topology: Topology) -> dict[str, str]:
    """The limits, by alias, of tasks that work in the processes of their daemons."""
    kinds = {module.name: module.kind for module in topology.modules}
    return {
        task.alias: memory_text(task.resources.memory)
        for task in topology.tasks
        if task.resources.memory and kinds[task.module] in ("function", "daemon")
    }


def _about(daemon: _Daemon) -> str:
    """What the daemon was in the middle of."""
    if daemon.working:
        return f"at work on {_list(daemon.working)} in round {max(daemon.working.values())}"
    text: str = daemon.phase.value
    return f"{text}, and no round had begun" if daemon.base is DaemonPhase.CONNECTED else text


def _ended_by_code(whose: str, by: str, *, crashed: bool) -> str:
    """That the user's code ended the process that it is run in."""
    if crashed:
        return f"your code, or a library that it calls, crashed the process of {whose} ({by})"
    return f"your code ended the process of {whose} ({by})"


def _missed(daemon: _Daemon, to_do: Sequence[str], number: int) -> Iterator[str]:
    """What for it is needed, if it was not at work."""
    waits = daemon.phase in (DaemonPhase.IDLE, DaemonPhase.RESTARTING)
    if waits and (needed := needed_for(to_do, number)):
        yield needed


def _not_used(daemon: _Daemon) -> Iterator[str]:
    """What of its pushes may have to come again."""
    if daemon.unconfirmed:
        names = dict.fromkeys(instance for instance, _ in daemon.unconfirmed)
        number = max(number for _, number in daemon.unconfirmed)
        yield NOT_USED.format(_list(names), number)


def _list(names: Iterable[str]) -> str:
    found = list(names)
    more = len(found) - NAMES_SHOWN_MAX
    shown = ", ".join(found[:NAMES_SHOWN_MAX])
    return f"{shown} and {more} more" if more > 0 else shown
