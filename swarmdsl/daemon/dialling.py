"""Whom a daemon dials: the controller, and each that one of its instances pushes to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Dial, HangUp
from swarmdsl.wire.messages import Carried
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.structure import declared


class Dialling:
    """Dials each peer once, and again where it has moved to.

    A process that is started anew may listen somewhere else: the kernel chose it another port.

    Args:
        wiring: of the daemon.
        switchboard: its sessions.
        annotations: per link out of a hosted instance, the type that it carries.
        loop: connects the daemon with itself, where one of its instances feeds another.
    """

    def __init__(
        self,
        wiring: Wiring,
        switchboard: Switchboard,
        annotations: Mapping[int, Any],
        loop: Callable[[], None],
    ) -> None:
        self._own, self._loop = switchboard.identity.peer, loop
        self._addresses: dict[str, str] = {}
        self._wiring = wiring
        self._switchboard = switchboard
        self._pushes = {link: declared(kind) for link, kind in annotations.items()}
        self._dialled: dict[str, str] = {}  # where
        self._wanted: set[str] = set()  # and nobody knows where they are

    def learn(self, addresses: Mapping[str, str]) -> list[Dial | HangUp]:
        """Peers listen there: what to do about those that we speak with, or want to."""
        self._addresses |= addresses
        steps: list[Dial | HangUp] = []
        for peer, address in addresses.items():
            if peer == self._own:
                continue
            if self._dialled.get(peer, address) != address:
                steps += [HangUp(self._switchboard.to(peer).connection), self._call(peer)]
            elif peer in self._wanted:
                steps += self.dial(peer)
        return steps

    def dial(self, peer: str) -> list[Dial | HangUp]:
        """What to do so that there is a connection to a peer; nothing if there is one."""
        if peer in self._dialled:
            self._switchboard.to(peer).greet()
            return []
        if peer not in self._addresses and peer != self._own:
            self._wanted.add(peer)
            return []
        self._wanted.discard(peer)
        links = self._wiring.links_to(peer)
        carried = [Carried(link, self._pushes[link]) for link in links]
        self._switchboard.to(peer).declare(carried)
        if peer == self._own:
            self._dialled[peer] = ""
            self._loop()
            return []
        return [self._call(peer)]

    def _call(self, peer: str) -> Dial:
        self._dialled[peer] = self._addresses[peer]
        return Dial(peer, self._addresses[peer])
