"""Marks: per channel, the position behind the last push that something waits for. Pure."""

from __future__ import annotations

from swarmdsl.wire.messages import ChannelKey

Marks = dict[ChannelKey, int]


def move(marks: Marks, key: ChannelKey, other: ChannelKey, offset: int) -> None:
    """What was pushed on one channel will be confirmed on another, at other positions.

    A mark that has been confirmed is reached when all is that the other channel had carried before.

    >>> one, other = ChannelKey(0, 0, 0), ChannelKey(0, 0, 1)
    >>> marks = {one: 5, other: 2}
    >>> move(marks, one, other, 3)
    >>> marks == {other: 8}
    True
    """
    mark = marks.pop(key, None)
    if mark is not None:
        marks[other] = max(mark + offset, marks.get(other, 0))


def confirm(marks: Marks, channel: ChannelKey, upto: int) -> None:
    """What was pushed on a channel is confirmed up to there: nobody waits for that any more.

    >>> one, other = ChannelKey(0, 0, 0), ChannelKey(0, 0, 1)
    >>> marks = {one: 5, other: 2}
    >>> confirm(marks, one, 4), confirm(marks, other, 4)
    (None, None)
    >>> marks == {one: 5}
    True
    """
    if marks.get(channel, upto + 1) <= upto:
        del marks[channel]
