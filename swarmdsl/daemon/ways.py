"""Where a route leads by now: its session, its channel, and what is promised there."""

from __future__ import annotations

import msgspec

from swarmdsl.daemon.wiring import Route, Wiring
from swarmdsl.wire.session.channel import SendChannel
from swarmdsl.wire.session.outbound import Outbound
from swarmdsl.wire.session.switchboard import Switchboard


class Way(msgspec.Struct, frozen=True, gc=False):
    """What is found once for a route that batches take one after another.

    Attributes:
        route: that it is of.
        outbound: the session with its receiver.
        channel: our end of it.
        is_kept: whether what is pushed there has to be confirmed.
    """

    route: Route
    outbound: Outbound
    channel: SendChannel
    is_kept: bool


class Ways:
    """The ways of one daemon's routes.

    Args:
        wiring: of the daemon.
        switchboard: its sessions.

    Attributes:
        last: the way that was asked for last; None before the first.
    """

    def __init__(self, wiring: Wiring, switchboard: Switchboard) -> None:
        self.last: Way | None = None
        self._wiring = wiring
        self._switchboard = switchboard

    def of(self, link: int, route: Route) -> Way:
        """The way of a route of a link."""
        outbound = self._switchboard.to(route.daemon)
        self.last = Way(route, outbound, outbound.channel(route.key), self.is_kept(link))
        return self.last

    def channel(self, route: Route) -> SendChannel:
        """Our end of the channel of a route."""
        return self._switchboard.to(route.daemon).channel(route.key)

    def is_kept(self, link: int) -> bool:
        """Whether what is pushed on a link has to be confirmed."""
        return self._wiring.link(link).delivery == "at_least_once"
