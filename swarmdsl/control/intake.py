"""What tasks push to the run itself: its values, kept once, whoever dies meanwhile."""

from __future__ import annotations

from typing import Any

from swarmdsl.control.core import ControlCore
from swarmdsl.control.store import Store
from swarmdsl.topology.expand import instance_name
from swarmdsl.topology.model import Topology
from swarmdsl.wire.codec import Decoder, encode_blob
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Delivered, Ended

POSITIONS_MAX = 2**40  # of one process on one channel; what the next one pushes comes behind


class Intake:
    """Keeps the values of the run.

    The values of a function's or script's instance in a round are those of the first execution that
    ended: what a later one pushes is a repeat, and what an earlier one pushed in part is void. A
    daemon module does not do again what was confirmed: its values are those of all its processes,
    one after another.

    Args:
        topology: of the run.
        core: knows which instances have ended.
        store: takes the values; the caller has a batch open.
    """

    def __init__(self, topology: Topology, core: ControlCore, store: Store) -> None:
        self._topology = topology
        self._core = core
        self._store = store
        self._values: Decoder = Decoder(Any)
        kinds = {module.name: module.kind for module in topology.modules}
        self._streaming = {one.alias for one in topology.tasks if kinds[one.module] == "daemon"}

    def begin(self, daemon: str, incarnation: int) -> None:
        """A daemon has introduced itself; what another process of its name left undone is void."""
        for channel in self._core.open_ends_of(daemon):
            alias, instance = self._sender(channel)
            if alias not in self._streaming:
                self._store.drop_values(alias, instance, self._core.round, incarnation)

    def keep(self, event: Delivered) -> None:
        """Values came.

        Raises:
            DecodeError: they cannot be read.
        """
        if self._core.has_been_fed(event.channel, event.round):
            return
        alias, instance = self._sender(event.channel)
        incarnation = event.inlet.incarnation
        values = self._values.decode(event.payload)
        first = event.first + event.skip
        if alias in self._streaming:
            first += incarnation * POSITIONS_MAX
        for seq, value in enumerate(values[event.skip :], first):
            blob = encode_blob(value)
            self._store.keep_value(alias, instance, event.round, seq, blob, incarnation)

    def end(self, event: Ended) -> None:
        """There are no more values of this instance in this round."""
        if not self._core.has_been_fed(event.channel, event.round):
            sender = self._sender(event.channel)
            self._store.end_values(*sender, event.round, event.inlet.incarnation)
            self._core.ended(event.channel, event.round)

    def _sender(self, channel: ChannelKey) -> tuple[str, str]:
        """The task and the instance that push on a channel to the run."""
        alias = self._topology.links[channel.link].source
        task = next(task for task in self._topology.tasks if task.alias == alias)
        return alias, instance_name(alias, task.candidates[channel.source])
