"""The user's code in virtual time, and the account of what it handled."""

from __future__ import annotations

from dataclasses import dataclass, field

from swarmdsl.daemon.programs import Program, Push
from swarmdsl.daemon.work import Handle, Run
from swarmdsl.testing.auditor import Complain
from swarmdsl.testing.process import Process
from swarmdsl.testing.weather import Conditions
from swarmdsl.wire.messages import ChannelKey


@dataclass(slots=True)
class Handled:
    """What one instance has consumed, per channel: the position behind the last."""

    complain: Complain
    upto: dict[tuple[str, ChannelKey], int] = field(default_factory=dict)

    def note(self, instance: str, key: ChannelKey, upto: int, count: int | None) -> None:
        """An instance handles so many pushes; None: everything up to there."""
        before = self.upto.get((instance, key), 0)
        first = before if count is None else upto - count
        if upto < before or first < before:
            self.complain(
                "handled once",
                f"{instance} handles from {first} to {upto} of {key} again, was at {before}",
            )
        self.upto[instance, key] = upto


class PacedProgram:
    """A program whose work takes virtual time, in which its daemon does nothing else.

    Args:
        program: the user's code.
        process: in which it runs.
        conditions: how long work takes.
        handled: is told what is consumed.
    """

    def __init__(
        self, program: Program, process: Process, conditions: Conditions, handled: Handled
    ) -> None:
        self._program = program
        self._process = process
        self._conditions = conditions
        self._handled = handled

    def run(self, work: Run, push: Push) -> None:
        """Do a function's work of a round."""
        for key, upto in work.consumed.items():
            self._handled.note(work.hosted.spec.name, key, upto, None)
        self._let_time_pass(work)
        self._program.run(work, push)
        self._process.activity = ""

    def handle(self, work: Handle, push: Push) -> None:
        """Do a daemon's work on a batch."""
        for key, upto in work.consumed.items():
            self._handled.note(work.hosted.spec.name, key, upto, len(work.values))
        self._let_time_pass(work)
        self._program.handle(work, push)
        self._process.activity = ""

    def _let_time_pass(self, work: Run | Handle) -> None:
        self._process.activity = f"works as {work.hosted.spec.name} in round {work.round}"
        self._process.wait(self._conditions.work_s(self._process.name), wakeable=False)
