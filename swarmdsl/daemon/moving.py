"""What becomes of pushes whose receiver is gone for good, and replaced within the round."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.outputs import Outputs, Routes
from swarmdsl.daemon.wiring import Route, Wiring
from swarmdsl.wire.session.events import Inlet
from swarmdsl.wire.session.switchboard import Switchboard


class Moving:
    """Redirects what is kept for a lost instance to the one that takes its place.

    An instance that was done with the round has no successor in it: nobody needs what is kept for
    it any more, and nobody will confirm that.
    """

    def __init__(
        self, wiring: Wiring, switchboard: Switchboard, ledger: Ledger, outputs: Outputs
    ) -> None:
        self._wiring = wiring
        self._switchboard = switchboard
        self._ledger = ledger
        self._outputs = outputs

    def follow(
        self, before: Routes, after: Routes, done: AbstractSet[tuple[int, int]]
    ) -> dict[Inlet, int]:
        """Go from the routes of one revision to those of the next; what may be confirmed now.

        Args:
            before: the routes of an instance.
            after: the same, by the new roster.
            done: the instances, as (task, candidate), that are done with the round.
        """
        confirmable: dict[Inlet, int] = {}
        for link, routes in before.items():
            task = self._wiring.destination_task(link)
            gone = [route for route in routes if route not in after[link]]
            new = [route for route in after[link] if route not in routes]
            lost = [route for route in gone if (task, route.key.destination) not in done]
            for old, other in zip(lost, new, strict=False):
                self._redirect(old, other)
            for old in gone:
                if old not in lost:
                    confirmable |= self._drop(old)
        return confirmable

    def _redirect(self, old: Route, other: Route) -> None:
        offset = self._switchboard.move(old.daemon, old.key, other.daemon, other.key)
        self._ledger.move(old.key, other.key, offset)
        self._outputs.move(old, other, offset)

    def _drop(self, route: Route) -> dict[Inlet, int]:
        self._outputs.drop(route)
        return self._ledger.confirm(route.key, self._switchboard.drop(route.daemon, route.key))
