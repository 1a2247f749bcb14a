"""What becomes of pushes whose receiver is replaced within the round: it has failed, or is gone."""

from __future__ import annotations

from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.outputs import Outputs, Routes
from swarmdsl.daemon.recovery import Recovery
from swarmdsl.daemon.wiring import Route
from swarmdsl.wire.session.events import Inlet
from swarmdsl.wire.session.switchboard import Switchboard


class Moving:
    """Redirects what is kept for a lost instance to the one that takes its place.

    So it does for one that has failed, whose daemon has dropped what it had; its place may be taken
    by itself, which is then given all of it once more.

    An instance that was done with the round has no successor in it: nobody needs what is kept for
    it any more, and nobody will confirm that. Nor has one that the round goes on without; what was
    kept for that one is counted, but for what it was given in rounds that are over: it has used it.
    """

    def __init__(
        self, switchboard: Switchboard, ledger: Ledger, outputs: Outputs, recovery: Recovery
    ) -> None:
        self._switchboard = switchboard
        self._ledger = ledger
        self._outputs = outputs
        self._recovery = recovery

    def follow(self, before: Routes, after: Routes, number: int) -> dict[Inlet, int]:
        """Go from the routes of one revision of a round to the next; what may be confirmed now."""
        confirmable: dict[Inlet, int] = {}
        for link, routes in before.items():
            # A link whose task has joined the round only now has had no routes.
            for old, new in zip(routes, after[link], strict=False):
                if new.absent and not old.absent:
                    confirmable |= self._drop(old, number, lost=new.lost)
                elif (new.key, new.failures) != (old.key, old.failures):
                    self._redirect(old, new)
        return confirmable

    def _redirect(self, old: Route, other: Route) -> None:
        failed = old.failures != other.failures
        move = self._switchboard.push_again if failed else self._switchboard.move
        offset = move(old.daemon, old.key, other.daemon, other.key)
        self._ledger.move(old.key, other.key, offset)
        self._recovery.move(old.key, other.key, offset)
        self._outputs.move(old, other, offset)

    def _drop(self, route: Route, number: int, *, lost: bool) -> dict[Inlet, int]:
        self._outputs.drop(route, lost=lost)
        upto, pushes = self._switchboard.drop(route.daemon, route.key, number)
        if lost:
            self._switchboard.terms.counts(route.key.link).orphaned += pushes
        self._recovery.confirmed(route.key, upto)
        return self._ledger.confirm(route.key, upto)
