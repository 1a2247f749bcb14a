"""What other daemons push to the instances of this one: new, repeated, or void. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from swarmdsl.daemon.behind import Behind, most_s
from swarmdsl.daemon.instance import Instance
from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.packed import Packed
from swarmdsl.daemon.reporting import Reporting
from swarmdsl.daemon.reports import WorkConfirmed, forgotten
from swarmdsl.daemon.unreadable_push import told_of_push
from swarmdsl.daemon.wiring import Place, Wiring
from swarmdsl.daemon.work import Work
from swarmdsl.errors import DecodeError
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Accepted, Delivered, Ended, Inlet
from swarmdsl.wire.session.switchboard import Switchboard

Confirm = Callable[[Mapping[Inlet, int]], None]
"""Tells those who pushed up to where they may forget."""


class Intake:
    """Gives each push to its instance, unless it is a repeat: then it waits for the first time.

    Args:
        wiring: of the daemon.
        switchboard: its sessions.
        instances: that it hosts, by place.
        decoders: per link into one of them, what decodes its pushes.
        ledger: which inputs wait for which outputs.
        reporting: to the controller.
        confirm: carries out what the ledger says.
        wake: is told of an instance for which a round has ended on a channel.

    Attributes:
        at_hand: the work that the shell does now.
        taken: work that was taken from its instance and has not begun here, by place.
        now_s: the time; what comes now came then.
        behind: judges whether the daemon keeps up with what comes.
    """

    def __init__(
        self,
        wiring: Wiring,
        switchboard: Switchboard,
        instances: Mapping[Place, Instance],
        decoders: Mapping[int, Decoder],
        ledger: Ledger,
        reporting: Reporting,
        confirm: Confirm,
        wake: Callable[[Place], None] = lambda _place: None,
    ) -> None:
        self.at_hand: Work | None = None
        self.taken: Mapping[Place, Work] = {}
        self.now_s = 0.0
        self._wiring = wiring
        self._switchboard = switchboard
        self._instances = instances
        self._decoders = decoders
        self._ledger = ledger
        self._reporting = reporting
        self._confirm = confirm
        self._wake = wake
        self._known: dict[ChannelKey, Instance] = {}  # by the channels that were asked for
        budgets_s = [wiring.link(one).linger_s for one in decoders]
        self.behind = Behind(most_s(budgets_s))

    def judge(self, now_s: float) -> bool:
        """`behind` is due: returns whether those who push are asked to linger longer."""
        is_more = self.behind.passed(now_s, 0.0)
        self._switchboard.terms.linger_us = round(self.behind.linger_s * 1e6)
        return is_more

    def skip(self, inlet: Inlet, upto: int, count: int) -> None:
        """Pushes came that are remembered, and what came of them was confirmed long since."""
        self._switchboard.take(inlet, count)
        self._switchboard.confirm(inlet, upto)

    def forget(self, event: Accepted) -> None:
        """A peer has been started anew: what its former process pushed comes once more."""
        for former in event.former:
            instance = self._instance_at(former.inlet.channel)
            if instance is not None and self._wiring.is_source(former.inlet.channel.link):
                source = self._wiring.source_instance(former.inlet.channel)
                waiting, ended = instance.waiting(former.inlet), instance.has_ended(former.inlet)
                kept_max = self._wiring.kept_max(former.inlet.channel.link)
                self._reporting.report(forgotten(source, former, waiting, kept_max, ended=ended))
        self._ledger.forget(event.peer)
        for instance in self._instances.values():
            instance.forget(event.peer)

    def deliver(self, event: Delivered) -> None:
        """Pushes came."""
        inlet, skip, count = event.inlet, event.skip, event.count
        instance = self._known.get(inlet.channel) or self._instance_at(inlet.channel)
        if instance is None:
            self._switchboard.counts.unexpected += count
            return
        self.behind.frames += 1
        self.behind.pushes += count
        upto = event.first + count
        is_current = event.round == instance.round and instance.running  # as nearly always
        if not is_current and instance.is_repeat(event.round):
            self.take_repeat(instance, event.round, inlet, upto)
            self._switchboard.take(inlet, count - skip)
            return
        if instance.remembers:
            known = min(instance.covered(inlet), upto) - event.first
            if known > skip:
                self.skip(inlet, event.first + known, known - skip)
                skip = known
        if skip >= count:
            return
        decode = Packed(self._decoders[inlet.channel.link], event.payload, count, skip)
        try:
            taken = instance.deliver(inlet, upto, event.round, decode, self.now_s)
        except DecodeError as error:
            self._reject(instance, event, error)
            return
        if taken:
            self._switchboard.take(inlet, count - skip)

    def _reject(self, instance: Instance, event: Delivered, error: DecodeError) -> None:
        told = told_of_push(self._wiring, event.channel, instance.hosted.spec.name, error)
        self._switchboard.reject(event, told)

    def end(self, event: Ended) -> None:
        """A channel carries nothing more in a round."""
        inlet, upto = event.inlet, event.position + 1
        instance = self._known.get(inlet.channel) or self._instance_at(inlet.channel)
        if instance is None:
            self._switchboard.counts.unexpected += 1
            return
        if instance.is_repeat(event.round):
            self.take_repeat(instance, event.round, inlet, upto)
        else:
            instance.end(inlet, upto, event.round, event.count, self.now_s)
            self._wake((instance.hosted.spec.task, instance.hosted.spec.candidate))
        self._switchboard.take(inlet, 1)

    def take_repeat(self, instance: Instance, round_number: int, inlet: Inlet, upto: int) -> None:
        """What the instance consumed comes again: it is confirmed when the first time is (A3)."""
        work, spec = self.at_hand, instance.hosted.spec
        if work is None or work.hosted is not instance.hosted:
            work = self.taken.get((spec.task, spec.candidate))
        if work is not None and work.round == round_number:
            work.consumed[inlet] = upto
        else:
            label = WorkConfirmed(instance.hosted.spec.name, round_number)
            self._confirm(self._ledger.join(label, inlet, upto))

    def _instance_at(self, key: ChannelKey) -> Instance | None:
        if not 0 <= key.link < len(self._wiring.topology.links):
            return None
        task = self._wiring.destination_task(key.link)
        instance = None if task is None else self._instances.get((task, key.destination))
        if instance is not None:
            self._known[key] = instance
        return instance
