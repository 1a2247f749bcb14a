"""Which inputs may be confirmed: those whose outputs have all been confirmed (rule 23).

A piece of work makes one entry: the input positions that it consumed, and a mark on every channel
that it pushed to. The entry is complete when each mark has been confirmed. Marks of a channel only
grow, so a queue per output channel is enough: O(1) per entry and confirmation. Entries are sparse
and complete independently; an input channel is confirmed up to its first open entry.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from swarmdsl.wire.messages import ChannelKey

Label = tuple[str, int]
"""An instance and a round."""


class _Entry:
    __slots__ = ("consumed", "done", "label", "open_marks")

    def __init__(
        self, consumed: Mapping[ChannelKey, int], open_marks: int, label: Label | None
    ) -> None:
        self.consumed = consumed
        self.open_marks = open_marks
        self.done = False
        self.label = label


class Ledger:
    """The open entries of one daemon. Positions are those behind the last push meant."""

    def __init__(self) -> None:
        self._by_output: dict[ChannelKey, deque[tuple[int, _Entry]]] = {}
        self._by_input: dict[ChannelKey, deque[tuple[int, _Entry]]] = {}
        self._confirmed: dict[ChannelKey, int] = {}
        self._completed: list[Label] = []

    def enter(
        self,
        consumed: Mapping[ChannelKey, int],
        marks: Mapping[ChannelKey, int],
        label: Label | None = None,
    ) -> dict[ChannelKey, int]:
        """Note finished work; returns the input channels that may be confirmed, and up to where.

        Args:
            consumed: input channel to the position behind what the work took from it.
            marks: output channel to the position behind what the work pushed to it.
            label: handed out by `take_completed` once all marks are confirmed.
        """
        still_open = {
            key: mark for key, mark in marks.items() if mark > self._confirmed.get(key, 0)
        }
        entry = _Entry(consumed, len(still_open), label)
        for key, mark in still_open.items():
            self._by_output.setdefault(key, deque()).append((mark, entry))
        for key, upto in consumed.items():
            self._by_input.setdefault(key, deque()).append((upto, entry))
        return self._complete(entry) if not still_open else {}

    def confirm(self, output: ChannelKey, upto: int) -> dict[ChannelKey, int]:
        """An output channel was confirmed; returns the input channels that may be confirmed now."""
        self._confirmed[output] = max(upto, self._confirmed.get(output, 0))
        queue = self._by_output.get(output)
        confirmable: dict[ChannelKey, int] = {}
        while queue and queue[0][0] <= upto:
            entry = queue.popleft()[1]
            entry.open_marks -= 1
            if not entry.open_marks:
                confirmable.update(self._complete(entry))
        return confirmable

    def _complete(self, entry: _Entry) -> dict[ChannelKey, int]:
        entry.done = True
        if entry.label is not None:
            self._completed.append(entry.label)
        reached = ((key, self._advance(key)) for key in entry.consumed)
        return {key: upto for key, upto in reached if upto is not None}

    def _advance(self, channel: ChannelKey) -> int | None:
        queue = self._by_input[channel]
        upto = None
        while queue and queue[0][1].done:
            upto = queue.popleft()[0]
        return upto

    def take_completed(self) -> list[Label]:
        """The labels of entries completed since the last call, in order of completion."""
        completed, self._completed = self._completed, []
        return completed
