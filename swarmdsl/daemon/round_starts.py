"""What a roster means for the instances of a daemon: whom they wait for, and push to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from swarmdsl.daemon.instance import Instance
from swarmdsl.daemon.intake import Confirm, Intake
from swarmdsl.daemon.moving import Moving
from swarmdsl.daemon.recalling import Recalling
from swarmdsl.daemon.takers import Takers
from swarmdsl.daemon.wiring import Place, Seating
from swarmdsl.wire.messages import RoundStart
from swarmdsl.wire.session.switchboard import Switchboard


class RoundStarts:
    """Tells the instances of one daemon of one roster after another.

    Args:
        switchboard: its sessions.
        instances: that it hosts, by place.
        intake: of what is pushed to them.
        moving: redirects what is kept for those that are replaced.
        takers: knows who takes what is dealt.
        confirm: carries out what the ledger says.
        dial: sees to it that there is a connection to a peer.
        recalling: asks for what those had saved whose place an instance takes.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        instances: Mapping[Place, Instance],
        intake: Intake,
        moving: Moving,
        takers: Takers,
        confirm: Confirm,
        dial: Callable[[str], None],
        recalling: Recalling,
    ) -> None:
        self._switchboard = switchboard
        self._instances = instances
        self._intake = intake
        self._moving = moving
        self._takers = takers
        self._confirm = confirm
        self._dial = dial
        self._recalling = recalling

    def follow(self, start: RoundStart) -> None:
        """There is a roster, which may be no news."""
        done, heirs = set(start.done), set(start.heirs)
        absent = frozenset(start.absent)
        lost, failures = absent - done, start.failures
        seating = Seating(first=start.first, absent=absent, lost=lost, failures=failures)
        for place, instance in self._instances.items():
            task, candidate = place
            instance.last = start.last
            before = instance.routes if instance.round == start.round else {}
            if place in absent:
                continue  # an earlier process of it is: this one begins in the next round
            if candidate in start.members.get(task, ()) and instance.start_round(
                start.round, start.revision, start.members, seating, done=place in done
            ):
                self._prepare(instance)
                self._confirm(self._moving.follow(before, instance.routes, start.round))
                if instance.running:
                    self._takers.follow(place)
                    if place in heirs:
                        self._recalling.inherit(instance.hosted.spec.name, start.round)
        self._takers.settle()

    def _prepare(self, instance: Instance) -> None:
        """Connect an instance with those it pushes to, and rid it of what it needs no more.

        That is all, if an earlier process did its part; and if it was missing from the round
        before, what a source pushed to it there that had not heard of that.
        """
        for inlet, upto, count in instance.take_repeats():
            self._intake.take_repeat(instance, instance.round, inlet, upto)
            if count:
                self._switchboard.take(inlet, count)
        for inlet, count in instance.take_void():
            self._switchboard.take(inlet, count)
        for routes in instance.routes.values():
            for route in routes:
                if not route.absent:
                    self._dial(route.daemon)
