"""Everything that happened in a simulation, as lines that are the same wherever it is repeated.

What is recorded is cheap to keep; it becomes text only when somebody asks for it. A line never
holds an address, an id, a path or an order that belongs to one machine or one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum

from swarmdsl.control.happenings import Happening, StateChanged
from swarmdsl.testing.network import Letter
from swarmdsl.testing.scheduler import Scheduler
from swarmdsl.wire.messages import Hello, decode

DIGEST_CHARACTERS = 8  # shown of a topology's hash


class Trace:
    """The record of one simulation.

    Args:
        scheduler: gives each line its moment.
        redact: takes out of a line what must not be told.

    >>> trace = Trace(Scheduler())
    >>> trace.note("kill worker@node1#0")
    >>> trace.lines()
    ['0.000000 kill worker@node1#0']
    """

    def __init__(self, scheduler: Scheduler, redact: Callable[[str], str] = str) -> None:
        self._scheduler = scheduler
        self._redact = redact
        self._records: list[tuple[float, str, Letter | Happening | None]] = []

    def __len__(self) -> int:
        return len(self._records)

    def note(self, text: str) -> None:
        """Record something in words."""
        self._records.append((self._scheduler.now_s, text, None))

    def __call__(self, happening: Happening) -> None:
        """Record what an observer of the run is told."""
        self._records.append((self._scheduler.now_s, "told", happening))

    def sent(self, letter: Letter) -> None:
        """A message was handed over: its arrival or its loss is what is recorded."""

    def arrived(self, letter: Letter) -> None:
        """Record an arrival."""
        self._records.append((self._scheduler.now_s, "deliver", letter))

    def lost(self, letter: Letter, why: str) -> None:
        """Record a loss."""
        self._records.append((self._scheduler.now_s, f"lose ({why})", letter))

    def arrivals(self) -> Iterator[Letter]:
        """The messages that have arrived, in their order."""
        for _, text, what in self._records:
            if text == "deliver" and isinstance(what, Letter):
                yield what

    def __getitem__(self, position: int) -> str:
        at_s, text, what = self._records[position]
        return self._redact(f"{at_s:.6f} {text}{'' if what is None else ' ' + _text(what)}")

    def lines(self) -> list[str]:
        """The whole record."""
        return [self[position] for position in range(len(self))]


def _text(what: Letter | Happening) -> str:
    return _letter(what) if isinstance(what, Letter) else _happening(what)


def _letter(letter: Letter) -> str:
    sender, receiver = letter.sender, letter.receiver
    received = decode(letter.frames)
    message, rest = received.message, received.payload
    if isinstance(message, Hello):
        message = _without_hash(message)
    body = f" +{sum(len(one) for one in rest)} bytes" if rest else ""
    ends = f"{sender.place.name} -> {receiver.place.name}:{receiver.number}"
    return f"{ends} {message!r}{body}"


def _without_hash(hello: Hello) -> Hello:
    """A topology names the user's files by their contents: enough of that to tell two apart."""
    shown = {name: getattr(hello, name) for name in hello.__struct_fields__}
    return Hello(**{**shown, "topology": hello.topology[:DIGEST_CHARACTERS]})


def _happening(happening: Happening) -> str:
    if isinstance(happening, StateChanged) and happening.reason is not None:
        reason = happening.reason  # its details may hold a traceback, and so paths
        return f"StateChanged {happening.state.value} {reason.kind.value}: {reason.text}"
    assert is_dataclass(happening), "every happening is one"
    facts = ((one.name, getattr(happening, one.name)) for one in fields(happening))
    words = [
        f"{name}={value.value if isinstance(value, Enum) else value!r}" for name, value in facts
    ]
    return " ".join([type(happening).__name__, *words])
