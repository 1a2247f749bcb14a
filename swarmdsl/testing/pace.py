"""The user's code in virtual time, and the account of what it handled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from swarmdsl.daemon.program import (
    Living,
    Manifold,
    Program,
    Push,
    Remembered,
    Responsive,
    RoundOver,
    Source,
    Timed,
)
from swarmdsl.daemon.work import (
    Borrowed,
    Handle,
    Invoke,
    Produce,
    Respond,
    Run,
    Runnable,
    RunResult,
    Work,
)
from swarmdsl.deploy.cooperative.process import Process
from swarmdsl.testing.accounts import Accounts
from swarmdsl.testing.auditor import Complain
from swarmdsl.testing.weather import Conditions
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet


class Handled:
    """What user's code has been given, per channel: the position behind the last push.

    Args:
        complain: is told if a process is given a push twice, or out of order.

    Attributes:
        borrowed: the instances that a worker has run which does not host them: what they were given
            was taken in by another.
        done: how often a function of an instance has returned, by round.
    """

    def __init__(self, complain: Complain) -> None:
        self._complain = complain
        self.borrowed: set[str] = set()
        self.done: Counter[tuple[str, int]] = Counter()
        self._upto: dict[tuple[str, int, Inlet], int] = {}
        self._ran: dict[tuple[str, int], set[Inlet]] = {}

    def ran_without(self, instance: str, round_number: int, inlet: Inlet) -> bool:
        """Whether a function's instance has run in a round, and never with this inlet."""
        inlets = self._ran.get((instance, round_number))
        return inlets is not None and inlet not in inlets

    def upto(self, instance: str, source_incarnation: int, channel: ChannelKey) -> int:
        """How far a channel was read, by whichever process of the instance came furthest."""
        return max(
            (
                upto
                for (name, _, inlet), upto in self._upto.items()
                if (name, inlet.incarnation, inlet.channel)
                == (instance, source_incarnation, channel)
            ),
            default=0,
        )

    def note(self, work: Work, process: Process, counts: Mapping[Inlet, int] | None) -> None:
        """A process handles so many pushes of each inlet; None: everything up to there."""
        instance = work.hosted.spec.name
        if isinstance(work, Run):
            self._ran.setdefault((instance, work.round), set()).update(work.consumed)
        for inlet, upto in work.consumed.items():
            place = (instance, process.incarnation, inlet)
            before = self._upto.get(place, 0)
            first = before if counts is None else upto - counts[inlet]
            if first < before or upto < before:
                self._complain(
                    "handled once",
                    f"{instance} is given {first} to {upto} of {inlet.channel}"
                    f" from {inlet.peer}, after {before}",
                )
            self._upto[place] = upto


class PacedProgram:
    """A program whose work takes virtual time, in which its daemon does nothing else.

    Args:
        program: the user's code.
        process: in which it runs.
        conditions: how long work takes.
        handled: is told what is consumed.
        accounts: are told how much is given and pushed.
    """

    def __init__(
        self,
        program: Program,
        process: Process,
        conditions: Conditions,
        handled: Handled,
        accounts: Accounts,
    ) -> None:
        self._program = program
        self._process = process
        self._conditions = conditions
        self._handled = handled
        self._accounts = accounts

    def run(self, work: Runnable, push: Push) -> Sequence[int] | None:
        """Do a function's work: of a round, or on one result."""
        self._handled.note(work, self._process, None)
        if isinstance(work, RunResult):
            self._accounts.given.update(inlet.channel.link for inlet in work.consumed)
        if isinstance(work, Borrowed):
            self._handled.borrowed.add(work.hosted.spec.name)
        self._let_time_pass(work)
        took_ns = self._program.run(work, self._counted(work, push))
        if isinstance(work, Run):
            self._handled.done[work.hosted.spec.name, work.round] += 1
        self._process.activity = ""
        return took_ns

    def handle(self, work: Handle, push: Push) -> None:
        """Do a daemon's work on a batch."""
        counts: Counter[Inlet] = Counter()
        for part in work.parts:
            counts[part.inlet] += part.count
            self._accounts.given[part.inlet.channel.link] += part.count
        self._handled.note(work, self._process, counts)
        self._let_time_pass(work)
        self._program.handle(work, self._counted(work, push))
        self._process.activity = ""

    def invoke(self, work: Invoke, push: Push) -> int:
        """Call a method that takes no push."""
        assert isinstance(self._program, Timed)
        self._let_time_pass(work)
        called = self._program.invoke(work, self._counted(work, push))
        self._process.activity = ""
        return called

    def start(self) -> None:
        """It takes no time."""
        if isinstance(self._program, Living):
            self._program.start()

    def stop(self) -> None:
        """It takes no time."""
        if isinstance(self._program, Living):
            self._program.stop()

    def respond(self, work: Respond) -> bytes:
        """Answer a call, which takes as long as other work."""
        assert isinstance(self._program, Responsive)
        self._process.activity = f"answers {work.invocation.method} as {work.hosted.spec.name}"
        self._process.wait(self._conditions.work_s(self._process.name), wakeable=False)
        answer = self._program.respond(work)
        self._process.activity = ""
        return answer

    def snapshot(self) -> object:
        """It takes no time."""
        assert isinstance(self._program, Remembered)
        return self._program.snapshot()

    def restore(self, state: bytes) -> None:
        """It takes no time."""
        assert isinstance(self._program, Remembered)
        self._program.restore(state)

    def produce(self, work: Produce) -> Iterator[object]:
        """Time passes only where the source waits for credit."""
        assert isinstance(self._program, Source)
        for value in self._program.produce(work):
            if value is not None:
                self._accounts.push(work.hosted.spec.alias, work.round)
            yield value

    def position(self) -> object:
        """It takes no time."""
        assert isinstance(self._program, Source)
        return self._program.position()

    def _counted(self, work: Runnable | Handle | Invoke, push: Push) -> Push:
        def counted(value: object) -> None:
            if not isinstance(value, RoundOver):
                self._accounts.push(work.hosted.spec.alias, work.round)
            push(value)

        return counted

    def _let_time_pass(self, work: Runnable | Handle | Invoke) -> None:
        self._process.activity = f"works as {work.hosted.spec.name} in round {work.round}"
        self._process.wait(self._conditions.work_s(self._process.name), wakeable=False)


class PacedManifold(PacedProgram):
    """The same of a program of several functions, which says at which of them it failed."""

    def told(self) -> str:
        """Which of them it was at, and with what."""
        assert isinstance(self._program, Manifold)
        return self._program.told()
