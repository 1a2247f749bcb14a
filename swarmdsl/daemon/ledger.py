"""Which inputs may be confirmed: those whose outputs have all been confirmed (rule 23).

A piece of work makes one entry: the input positions that it consumed, and a mark on every channel
that it pushed to. The entry is complete when each mark has been confirmed. Marks of a channel only
grow, so a queue per output channel is enough: O(1) per entry and confirmation. Entries are sparse
and complete independently; an input is confirmed up to its first open entry.

An entry that the controller must know of has a label: that which ends an instance's round, and that
of a snapshot. When it is complete it is *handed out*, and is done only when its owner says that the
controller knows of it (`settle`): a process that dies before that has confirmed nothing of what the
entry consumed.

What it consumed of its own process is the exception: that is confirmed when the label is handed
out. Whoever pushed it here dies with it, and has a label of its own, which is handed out later. The
controller learns of labels in their order, so it never knows of the one without the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from swarmdsl.daemon.reports import Report, WorkConfirmed
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet

Label = Report
"""What the owner tells the controller when the entry is complete."""


class _Entry:
    __slots__ = ("consumed", "done", "label", "open_marks", "told")

    def __init__(self, consumed: set[Inlet], label: Label | None) -> None:
        self.consumed = consumed
        self.open_marks = 0
        self.done = self.told = False
        self.label = label


class Ledger:
    """The open entries of one daemon. Positions are those behind the last push meant.

    Args:
        own: the name of the daemon, as a peer of itself.
    """

    def __init__(self, own: str = "") -> None:
        self._own = own
        self._by_output: dict[ChannelKey, deque[tuple[int, _Entry]]] = {}
        self._by_input: dict[Inlet, deque[tuple[int, _Entry]]] = {}
        self._confirmed: dict[ChannelKey, int] = {}
        self._labelled: dict[Label, _Entry] = {}
        self._completed: list[Label] = []

    def enter(
        self,
        consumed: Mapping[Inlet, int],
        marks: Mapping[ChannelKey, int],
        label: Label | None = None,
    ) -> dict[Inlet, int]:
        """Note finished work; returns the inputs that may be confirmed, and up to where.

        Args:
            consumed: input to the position behind what the work took from it.
            marks: output channel to the position behind what the work pushed to it.
            label: handed out by `take_completed` once all marks are confirmed.
        """
        if not consumed and label is None:
            return {}  # what a timer pushes is kept by its sessions, and nobody else waits for it
        entry = _Entry(set(consumed), label)
        for key, mark in marks.items():
            if mark > self._confirmed.get(key, 0):
                entry.open_marks += 1
                self._by_output.setdefault(key, deque()).append((mark, entry))
        for inlet, upto in consumed.items():
            self._by_input.setdefault(inlet, deque()).append((upto, entry))
        if label is not None:
            self._labelled[label] = entry
        return {} if entry.open_marks else self._complete(entry)

    def join(self, label: Label, inlet: Inlet, upto: int) -> dict[Inlet, int]:
        """Note that what an entry consumed came once more: it is confirmed when the entry is.

        Returns the inputs that may be confirmed now, as `enter` does.
        """
        entry = self._labelled.get(label)
        if entry is None:
            return {inlet: upto}  # the controller knows of it
        entry.consumed.add(inlet)
        self._by_input.setdefault(inlet, deque()).append((upto, entry))
        return {}

    def confirm(self, output: ChannelKey, upto: int) -> dict[Inlet, int]:
        """An output channel was confirmed; returns the inputs that may be confirmed now."""
        self._confirmed[output] = max(upto, self._confirmed.get(output, 0))
        queue = self._by_output.get(output)
        confirmable: dict[Inlet, int] = {}
        done: dict[Inlet, None] = {}  # that was consumed by entries that nobody is told of
        while queue and queue[0][0] <= upto:
            entry = queue.popleft()[1]
            entry.open_marks -= 1
            if entry.open_marks == 0 and entry.label is None and not entry.done:
                entry.done = True
                done |= dict.fromkeys(entry.consumed)
            elif entry.open_marks == 0:
                confirmable.update(self._complete(entry))
        confirmable.update(self._reached([one for one in done if one in self._by_input]))
        return confirmable

    def move(self, output: ChannelKey, other: ChannelKey, offset: int) -> None:
        """What was pushed on one channel will be confirmed on another, at other positions."""
        queue = self._by_output.pop(output, deque())
        moved = ((mark + offset, entry) for mark, entry in queue)
        self._by_output.setdefault(other, deque()).extend(moved)

    def settle(self, label: Label) -> dict[Inlet, int]:
        """The controller knows of this; returns what may be confirmed now, if it is an entry's."""
        entry = self._labelled.pop(label, None)
        return {} if entry is None else self._finish(entry)

    def close(self, number: float) -> dict[Inlet, int]:
        """All rounds below this are over: nobody asks for what was pushed in them any more.

        Returns the inputs that may be confirmed now, whether or not what came of them is.
        """
        over = [
            label
            for label in self._labelled
            if isinstance(label, WorkConfirmed) and label.round < number
        ]
        confirmable: dict[Inlet, int] = {}
        for label in over:
            confirmable.update(self.settle(label))
        return confirmable

    def forget(self, peer: str) -> None:
        """A peer has been started anew: nobody waits for what its former process pushed."""
        for inlet in [one for one in self._by_input if one.peer == peer]:
            for _, entry in self._by_input.pop(inlet):
                entry.consumed.discard(inlet)

    def _complete(self, entry: _Entry) -> dict[Inlet, int]:
        if entry.done:
            return {}  # it was closed
        if entry.label is None:
            return self._finish(entry)
        self._completed.append(entry.label)
        entry.told = True
        own = [inlet for inlet in entry.consumed if inlet.peer == self._own]
        entry.consumed.difference_update(own)
        return self._reached(own)

    def _finish(self, entry: _Entry) -> dict[Inlet, int]:
        entry.done = True
        return self._reached(entry.consumed)

    def _reached(self, inlets: Iterable[Inlet]) -> dict[Inlet, int]:
        reached = ((inlet, self._advance(inlet)) for inlet in inlets)
        return {inlet: upto for inlet, upto in reached if upto is not None}

    def _advance(self, inlet: Inlet) -> int | None:
        queue = self._by_input[inlet]
        upto = None
        is_own = inlet.peer == self._own
        while queue and (queue[0][1].done or (is_own and queue[0][1].told)):
            upto = queue.popleft()[0]
        if not queue:
            del self._by_input[inlet]
        return upto

    def take_completed(self) -> list[Label]:
        """The labels of entries completed since the last call, in order of completion."""
        completed, self._completed = self._completed, []
        return completed
