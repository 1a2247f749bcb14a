"""Which daemons rounds can count on: who is gone, who may still come, and who came late. Pure.

Within a round nobody comes: whoever is there (again) is *ready*, and the next round has it.
"""

from __future__ import annotations

from collections.abc import Iterable


class Attendance:
    """The daemons of a run that are not simply there from its beginning.

    Args:
        gone: see below.
        awaited: see below.
        late: see below.

    Attributes:
        gone: those that the round does without: lost for good, or not there yet.
        awaited: those of them that have never been there, as their nodes are expected.
        ready: those of them that are there by now, for the next round.
        late: those that came, or came back, after the run had begun; who came last is last.

    >>> attendance = Attendance(gone=["w@n2#0", "w@n3#0"], awaited=["w@n3#0"])
    >>> attendance.ready.add("w@n3#0")
    >>> next_round = attendance.admitted()
    >>> next_round.gone, next_round.awaited, next_round.late
    ({'w@n2#0'}, set(), ['w@n3#0'])
    """

    def __init__(
        self,
        gone: Iterable[str] = (),
        awaited: Iterable[str] = (),
        late: Iterable[str] = (),
    ) -> None:
        self.gone = set(gone)
        self.awaited = set(awaited)
        self.ready: set[str] = set()
        self.late = list(late)

    def lose(self, daemon: str) -> None:
        """A daemon is gone for good, unless its node comes back."""
        self.gone.add(daemon)
        self.ready.discard(daemon)

    def expect(self, daemon: str) -> None:
        """A daemon has never been there, and may come."""
        self.gone.add(daemon)
        self.awaited.add(daemon)

    def admitted(self, *, begins: bool = False) -> Attendance:
        """How it is in a round in which those that are ready take part.

        `begins` says that it is the first one: nobody is late for that.
        """
        came = [] if begins else sorted(self.ready)
        stayed = [one for one in self.late if one not in self.ready]
        return Attendance(
            gone=self.gone - self.ready,
            awaited=self.awaited - self.ready,
            late=[*stayed, *came],
        )

    def is_now(self, other: Attendance) -> None:
        """This is how it is from now on; who is ready and still gone stays so."""
        self.gone, self.awaited, self.late = set(other.gone), set(other.awaited), [*other.late]
        self.ready &= self.gone
