"""What tasks push to the run itself: its values, kept once, whoever dies meanwhile."""

from __future__ import annotations

from typing import Any

from swarmdsl.control.core import ControlCore
from swarmdsl.control.journal import RoundDecided
from swarmdsl.control.loops import loop_name
from swarmdsl.control.roster import without
from swarmdsl.control.store import Store
from swarmdsl.topology.expand import instance_name
from swarmdsl.topology.fused import Executed
from swarmdsl.wire.codec import Decoder, encode_blob, pack_payload
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Delivered, Ended


class Intake:
    """Keeps the values of the run.

    The values of an instance in a round are those of the first execution that ended: what a later
    one pushes is a repeat, and what an earlier one pushed in part is void. Not so those of a daemon
    module, or of a task that runs for each result: what it pushed in answer to inputs that are
    confirmed comes no more.

    Args:
        found: what is executed of the topology of the run.
        core: knows which instances have ended.
        store: takes the values; the caller has a batch open.
    """

    def __init__(self, found: Executed, core: ControlCore, store: Store) -> None:
        self._found = found
        self._topology = topology = found.topology
        self._core = core
        self._store = store
        self._values: Decoder = Decoder(Any)
        daemons = {module.name for module in topology.modules if module.kind == "daemon"}
        self._streaming = {task.alias for task in topology.tasks if task.module in daemons}
        self._loops = [link for link, spec in enumerate(topology.links) if spec.loop]
        self._began: int | None = None
        self._streaming |= {one.destination for one in topology.links if one.condition == "result"}

    def begin_round(self, number: int) -> None:
        """A round begins: of what loops have brought to rounds that are over, nobody asks again."""
        self._began = number

    def tidy(self) -> None:
        """Drop what nobody asks for again; it takes a while if it is large, and may be left."""
        began, self._began = self._began, None
        if began is None or not self._loops:
            return
        with self._store.batch():
            for link in self._loops:
                self._store.drop_earlier_values(loop_name(link), began)

    def begin(self, daemon: str, incarnation: int) -> None:
        """A daemon has introduced itself; what another process of its name left undone is void."""
        for channel in self._core.open_ends_of(daemon):
            if self._topology.links[channel.link].source not in self._streaming:
                sender = self._sender(channel)
                self._store.drop_values(*sender, self._core.round, incarnation)

    def settle(self, decided: RoundDecided) -> None:
        """The roster of the round has changed: what others than its members left in it is void.

        Those that do their work instead push it, and add its results, once more. They do not if it
        is done push by push. Of one that is missing from the round on, nothing half done is left.
        """
        missing = {(task, one) for task, one, first in decided.missing if first == decided.round}
        for task, candidates in without(decided.members, missing).items():
            spec = self._topology.tasks[task]
            if spec.alias in self._streaming:
                continue
            absent = set(range(len(spec.candidates))) - set(candidates)
            for one in absent:
                instance = instance_name(spec.alias, spec.candidates[one])
                for name in self._found.names_of(instance):
                    self._store.void(name, self._core.round)

    def keep(self, event: Delivered) -> None:
        """Values came.

        Raises:
            DecodeError: they cannot be read.
        """
        if self._core.has_been_fed(event.channel, event.round):
            return
        alias, instance = self._sender(event.channel)
        incarnation = event.inlet.incarnation
        values = self._values.decode(event.payload, event.count)
        # A value that came alone is kept as it came: it may be large.
        alone = pack_payload(event.payload) if len(values) == 1 else None
        for seq, value in enumerate(values[event.skip :], event.first + event.skip):
            blob = encode_blob(value) if alone is None else alone
            kept = self._store.keep_value(alias, instance, event.round, seq, blob, incarnation)
            if kept and not self._topology.links[event.channel.link].loop:
                self._core.movement.pushes += 1

    def end(self, event: Ended) -> None:
        """There are no more values of this instance in this round."""
        if not self._core.has_been_fed(event.channel, event.round):
            sender = self._sender(event.channel)
            self._store.end_values(*sender, event.round, event.inlet.incarnation)
            self._core.ended(event.channel, event.round)

    def _sender(self, channel: ChannelKey) -> tuple[str, str]:
        """Under which name to keep what comes on a channel to the run, and who pushes it."""
        link = self._topology.links[channel.link]
        task = next(task for task in self._topology.tasks if task.alias == link.source)
        name = loop_name(channel.link) if link.loop else link.source
        return name, instance_name(link.source, task.candidates[channel.source])
