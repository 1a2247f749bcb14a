"""What the controller is told at once, and what waits for others."""

from __future__ import annotations

from math import inf

import pytest

from swarmdsl.daemon.reporting import HOLD_S, Reporting
from swarmdsl.daemon.reports import (
    CONTROLLER,
    EVENTS,
    Report,
    WorkConfirmed,
    WorkFailed,
    WorkFinished,
    WorkStarted,
)
from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import Credit, Data, Mark, Welcome, decode, encode
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.switchboard import Switchboard

BEGUN, DONE = WorkStarted("a@n1#0", 0), WorkFinished("a@n1#0", 0, 0.1, 1)
NAMED = "worker@n1#0"


class Scene:
    """The reports of a daemon whose controller has so much credit left."""

    def __init__(self, credit: int = 100) -> None:
        identity = Identity(
            run="r",
            topology="t",
            peer=NAMED,
            incarnation=0,
            address="",
            limits=Limits(inbox_messages=credit),
        )
        self.board = Switchboard(identity)
        self.board.dialled(CONTROLLER, 1)
        number = self.board.to(CONTROLLER).number
        self._take(Welcome(number, CONTROLLER, 0, [], [], []))
        self.reporting = Reporting(self.board, chunk=100)

    def grant(self, credit: int) -> None:
        self._take(Credit(self.board.to(CONTROLLER).number, [Mark(*EVENTS, credit)]))

    def _take(self, message: Credit | Welcome) -> None:
        self.board.receive(1, encode(message))
        self.board.take_outgoing()

    def told(self) -> int:
        """How many reports leave now."""
        messages = (decode(one.frames).message for one in self.board.take_outgoing())
        return sum(one.count for one in messages if isinstance(one, Data))


def test_that_a_function_has_begun_and_finished_waits_for_others() -> None:
    scene = Scene()
    scene.reporting.report_all([BEGUN, DONE])
    scene.reporting.flush(1.0)
    assert scene.told() == 0
    assert scene.reporting.left_s(1.0) == pytest.approx(HOLD_S)

    scene.reporting.report_all([BEGUN, DONE])
    scene.reporting.flush(1.0 + HOLD_S / 2)
    assert scene.told() == 0

    scene.reporting.flush(1.0 + HOLD_S)
    assert scene.told() == 4
    assert scene.reporting.left_s(1.0 + HOLD_S) == inf


@pytest.mark.parametrize(
    "report", [WorkConfirmed("a@n1#0", 0), WorkFailed("a@n1#0", 0, "E", "no", "", "")]
)
def test_what_somebody_acts_on_leaves_at_once_with_all_before_it(report: Report) -> None:
    scene = Scene()
    scene.reporting.report_all([BEGUN, DONE, report])
    assert scene.reporting.left_s(1.0) == 0.0
    scene.reporting.flush(1.0)
    assert scene.told() == 3


def test_that_something_long_has_begun_is_told_before_it_does() -> None:
    scene = Scene()
    scene.reporting.report(BEGUN)
    scene.reporting.hurry()
    scene.reporting.flush(1.0)
    assert scene.told() == 1

    scene.reporting.report(DONE)
    scene.reporting.flush(1.0)
    assert scene.told() == 0, "what hurried has left"


def test_who_waits_for_nothing_tells_all() -> None:
    scene = Scene()
    scene.reporting.report(BEGUN)
    scene.reporting.flush()
    assert scene.told() == 1


def test_what_waits_for_credit_is_no_reason_to_look_again() -> None:
    scene = Scene(credit=1)
    scene.reporting.report_all([BEGUN, DONE])
    scene.reporting.flush()
    assert scene.told() == 1
    assert scene.reporting.left_s(5.0) == inf

    scene.grant(10)
    scene.reporting.flush(5.0)
    assert scene.reporting.left_s(5.0) == pytest.approx(HOLD_S)
    scene.reporting.flush(5.0 + HOLD_S)
    assert scene.told() == 1
