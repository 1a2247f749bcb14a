"""The instructions of the controller's core, which its parts give one after another."""

from __future__ import annotations

from swarmdsl.control.happenings import Happening
from swarmdsl.control.instructions import Instruction, Note, Tell
from swarmdsl.control.journal import AnyRecord


class Orders:
    """What the shell has yet to carry out.

    Attributes:
        told: how many happenings there have been.

    >>> from swarmdsl.control.happenings import RoundFinished
    >>> orders = Orders()
    >>> orders.tell(RoundFinished(round=0))
    >>> len(orders.drain()), len(orders.drain())
    (1, 0)
    """

    def __init__(self) -> None:
        self.told = 0
        self._instructions: list[Instruction] = []

    def add(self, instruction: Instruction) -> None:
        """One more, after all others."""
        self._instructions.append(instruction)

    def tell(self, happening: Happening) -> None:
        """Observers and the store are to be told."""
        self.told += 1
        self.add(Tell(happening=happening))

    def note(self, record: AnyRecord) -> None:
        """The journal is to have it."""
        self.add(Note(record=record))

    def drain(self) -> list[Instruction]:
        """Those since the last call."""
        instructions, self._instructions = self._instructions, []
        return instructions
