"""That a stop was asked for, as observers are told it."""

from __future__ import annotations

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import StopRequested
from swarmdsl.control.instructions import Tell
from tests.handmade import chain

DAEMONS = ("worker@n1#0", "double@n2#0", "worker@n2#0")


def told(core: ControlCore) -> list[StopRequested]:
    happenings = [one.happening for one in core.drain() if isinstance(one, Tell)]
    return [one for one in happenings if isinstance(one, StopRequested)]


def test_a_stop_is_told_once_with_the_round_that_is_finished_first() -> None:
    core = ControlCore(chain(), "r")
    for daemon in DAEMONS:
        core.connected(daemon)
    core.request_stop()
    core.request_stop()
    assert told(core) == [StopRequested(round=0)]


def test_a_stop_before_the_first_round_names_none() -> None:
    core = ControlCore(chain(), "r")
    core.request_stop()
    assert told(core) == [StopRequested(round=None)]
