"""Whom a process lets in, by the topology alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmdsl.daemon.admission import TopologyAdmission
from swarmdsl.daemon.reports import CONTROLLER, EVENTS
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import chain, link, task, topology

SOURCE, DOUBLE, TOTAL = "worker@n1#0", "double@n2#0", "worker@n2#0"


def test_daemons_of_the_topology_are_known_and_nobody_dials_as_the_controller() -> None:
    admission = TopologyAdmission(chain(), DOUBLE)
    known = [admission.knows(name) for name in (SOURCE, DOUBLE, "worker@n9#0", CONTROLLER)]
    assert known == [True, True, False, False]


@pytest.mark.parametrize(
    ("own", "peer", "channel"),
    [
        (DOUBLE, SOURCE, ChannelKey(0, 0, 0)),
        (TOTAL, DOUBLE, ChannelKey(1, 0, 0)),
        (CONTROLLER, TOTAL, ChannelKey(2, 0, 0)),
        (CONTROLLER, SOURCE, EVENTS),
    ],
)
def test_a_channel_is_carried_from_its_source_to_its_destination(
    own: str, peer: str, channel: ChannelKey
) -> None:
    assert TopologyAdmission(chain(), own).carries(peer, channel)


@pytest.mark.parametrize(
    ("own", "peer", "channel"),
    [
        (DOUBLE, TOTAL, ChannelKey(0, 0, 0)),  # the link's source is on another daemon
        (TOTAL, SOURCE, ChannelKey(0, 0, 0)),  # and its destination is
        (DOUBLE, SOURCE, ChannelKey(0, 0, 1)),  # a candidate that is none
        (DOUBLE, SOURCE, ChannelKey(0, 1, 0)),
        (DOUBLE, SOURCE, ChannelKey(0, -1, 0)),
        (DOUBLE, SOURCE, ChannelKey(0, 0, -1)),
        (DOUBLE, SOURCE, ChannelKey(3, 0, 0)),  # a link that is none
        (DOUBLE, SOURCE, ChannelKey(-2, 0, 0)),
        (DOUBLE, SOURCE, EVENTS),  # reports go to the controller alone
        (CONTROLLER, SOURCE, ChannelKey(-1, 0, 1)),
        (CONTROLLER, TOTAL, ChannelKey(2, 0, 1)),
        (DOUBLE, TOTAL, ChannelKey(2, 0, 0)),  # values for the run go to the controller alone
    ],
)
def test_any_other_channel_is_not(own: str, peer: str, channel: ChannelKey) -> None:
    assert not TopologyAdmission(chain(), own).carries(peer, channel)


def test_a_loop_leads_to_the_controller_and_not_to_its_task() -> None:
    looped = topology(
        [task("a"), task("b", nodes=["n2"])], [replace(link("b", "a", "before"), loop=True)]
    )
    found = [
        TopologyAdmission(looped, own).carries("worker@n2#0", ChannelKey(0, 0, 0))
        for own in (CONTROLLER, "worker@n1#0")
    ]
    assert found == [True, False]
