"""Whom a daemon dials, and what it does about a peer that is somewhere else."""

from __future__ import annotations

import pytest

from swarmdsl.daemon.dialling import Dialling
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Dial, HangUp
from swarmdsl.topology.model import Limits
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.switchboard import Switchboard
from tests.handmade import chain

PEER = "double@n2#0"


@pytest.fixture
def switchboard() -> Switchboard:
    who = Identity(
        run="r", topology="t", peer="worker@n1#0", incarnation=0, address="", limits=Limits()
    )
    return Switchboard(who)


@pytest.fixture
def dialling(switchboard: Switchboard) -> Dialling:
    annotations = dict.fromkeys(range(9), int)
    return Dialling(Wiring(chain(), "worker@n1#0"), switchboard, annotations, lambda: None)


def test_a_peer_is_dialled_once(dialling: Dialling) -> None:
    assert dialling.learn({PEER: "tcp://h:1"}) == []
    assert dialling.dial(PEER) == [Dial(PEER, "tcp://h:1")]
    assert dialling.dial(PEER) == []
    assert dialling.learn({PEER: "tcp://h:1"}) == []


def test_one_that_moved_is_hung_up_and_dialled_where_it_is(
    dialling: Dialling, switchboard: Switchboard
) -> None:
    dialling.learn({PEER: "tcp://h:1"})
    dialling.dial(PEER)
    switchboard.dialled(PEER, 7)
    assert dialling.learn({PEER: "tcp://h:2"}) == [HangUp(7), Dial(PEER, "tcp://h:2")]
    assert dialling.learn({PEER: "tcp://h:2"}) == []


def test_one_that_moved_before_it_was_dialled_is_dialled_where_it_is(dialling: Dialling) -> None:
    dialling.learn({PEER: "tcp://h:1"})
    assert dialling.learn({PEER: "tcp://h:2"}) == []
    assert dialling.dial(PEER) == [Dial(PEER, "tcp://h:2")]


def test_one_of_whom_nobody_knows_where_it_is_is_dialled_when_that_is_known(
    dialling: Dialling,
) -> None:
    assert dialling.dial(PEER) == []
    assert dialling.learn({PEER: "tcp://h:1"}) == [Dial(PEER, "tcp://h:1")]
    assert dialling.learn({PEER: "tcp://h:1"}) == []


def test_a_daemon_that_feeds_itself_is_connected_without_an_address_and_stays_so(
    switchboard: Switchboard,
) -> None:
    loops: list[str] = []
    own = switchboard.identity.peer
    dialling = Dialling(Wiring(chain(), own), switchboard, {}, lambda: loops.append("made"))
    assert [dialling.dial(own), dialling.dial(own)] == [[], []]
    assert dialling.learn({own: "memory://elsewhere"}) == []
    assert loops == ["made"]
