"""The pair of switchboards on links that deliver at most once.

Values are serial numbers: what is dropped never gets a position. Messages are lost with their
connection, or given up by who has to send them, and no others: that is all that such a link asks of
a transport. The sink lives on.
"""

from __future__ import annotations

from collections import Counter, deque

from swarmdsl.wire.codec import encode_values
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Delivered, Ended, SessionEvent
from swarmdsl.wire.session.outbound import OutboundState
from tests.sim.session_world import BATCH, CREDIT, LINKS, NUMBERS, UNCONFIRMED, World


class LossyWorld(World):
    """The pair; what is offered on each channel, and what of it has arrived, in order."""

    channels = tuple(
        ChannelKey(index, 0, 0)
        for index, link in enumerate(LINKS)
        if link.delivery == "at_most_once"
    )

    def __init__(self, seed: int) -> None:
        self.offered: Counter[ChannelKey] = Counter()
        self.arrived: dict[ChannelKey, list[int]] = {key: [] for key in self.channels}
        self.ends_said: dict[ChannelKey, list[int]] = {key: [] for key in self.channels}
        self.ends_heard: dict[ChannelKey, list[int]] = {key: [] for key in self.channels}
        super().__init__(seed)

    def push(self) -> None:
        key = self.random.choice(self.channels)
        count = min(self.channel(key).room, self.random.randint(1, 4))
        if count:
            first = self.offered[key]
            self.offered[key] += count
            numbers = [*range(first, first + count)]
            self.source.push("sink", key, encode_values(numbers), count, 0)

    def end(self) -> None:
        self._say_end(self.random.choice(self.channels))

    def _say_end(self, key: ChannelKey) -> None:
        self.source.to("sink").end(key, len(self.ends_said[key]))
        self.ends_said[key].append(self.offered[key])

    def end_all(self) -> None:
        """After its END, everything about a channel is known."""
        for key in self.channels:
            self._say_end(key)

    def lose(self) -> None:
        """One side gives up what waits to be sent, and says so to its session."""
        if self.random.random() < 0.5:
            self._cut_short(self._line.to_sink)
            self.source.interrupted(self._line.dialled)
        else:
            self._cut_short(self._line.to_source)
            self.sink.interrupted(self._line.accepted)

    def _cut_short(self, way: deque[Frames]) -> None:
        for _ in range(self.random.randint(0, len(way))):
            way.pop()

    def restart(self) -> None:
        """Not here: what a dead sink had got cannot be told from what it had not."""

    def _at_source(self, connection: int, frames: Frames) -> None:
        """The sink also confirms what it learns that nobody keeps."""
        self.source.receive(connection, frames)

    def _arrived(self, event: SessionEvent) -> None:
        match event:
            case Delivered(channel=key):
                assert event.skip == 0, "sent twice"
                self.arrived[key] += NUMBERS.decode(event.payload)
                self._inbox(key).waiting += range(event.first, event.first + event.count)
            case Ended(channel=key):
                assert event.round == len(self.ends_heard[key]), "an END too many or too few"
                self.ends_heard[key].append(len(self.arrived[key]))
                self._inbox(key).ends.add(event.position)
                self._inbox(key).waiting.append(event.position)
            case _:
                pass

    def _judge(self) -> None:
        for key in self.channels:
            assert self.arrived[key] == sorted(set(self.arrived[key])), "twice, or out of order"
            assert self._inbox(key).pushes_waiting <= CREDIT, "an inbox above its bound"
            sealed = BATCH * len(self.ends_said[key])
            assert self.channel(key)._retention.pushes <= UNCONFIRMED + sealed, "too much is kept"
            for said, heard in zip(self.ends_said[key], self.ends_heard[key], strict=False):
                before, after = self.arrived[key][:heard], self.arrived[key][heard:]
                assert all(number < said for number in before), "it belongs to the next round"
                assert all(number >= said for number in after), "it came behind its END"
        for board in (self.source, self.sink):
            counts = board.counts
            assert (counts.garbage, counts.beyond_credit, counts.gaps) == (0, 0, 0)
        assert self.source.to("sink").state is not OutboundState.CLOSED
