"""Daemons that are replaced on purpose, as the core decides and as the controller is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import DaemonLost, DaemonReplaced
from swarmdsl.control.instructions import Instruction, SendRoster, Tell
from swarmdsl.control.questions import Question
from swarmdsl.control.replacements import is_replacement, replace_daemons, replacement
from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.control.supervision import Kill, StartAgain
from swarmdsl.daemon.reports import WorkConfirmed, WorkFinished, WorkStarted
from swarmdsl.deploy.replaced_images import replaced_images
from swarmdsl.topology.model import Limits
from swarmdsl.wire.codec import decode_blob
from tests.handmade import chain

SOURCE, DOUBLE, TOTAL = "worker@n1#0", "double@n2#0", "worker@n2#0"
TOKEN = "0123456789abcdef"


class Bench(ControlCore):
    """A core that can bear no loss, and all the instructions it has given."""

    def __init__(self) -> None:
        super().__init__(chain(Limits(restarts=0)), "r")
        self.given: list[Instruction] = []
        self.now_s = 0.0
        for daemon in (SOURCE, DOUBLE, TOTAL):
            self.connected(daemon)

    def collect(self) -> list[Instruction]:
        self.given += self.drain()
        return self.given

    def kills(self) -> list[Kill]:
        return [one for one in self.collect() if isinstance(one, Kill)]

    def starts(self) -> list[StartAgain]:
        return [one for one in self.collect() if isinstance(one, StartAgain)]

    def told(self) -> list[object]:
        tells = [one.happening for one in self.collect() if isinstance(one, Tell)]
        return [one for one in tells if isinstance(one, DaemonReplaced | DaemonLost)]

    def dies(self, daemon: str) -> None:
        self.exited(daemon, None, 9, self.now_s)


def test_it_is_killed_with_its_container_and_started_at_once() -> None:
    core = Bench()
    core.replace(DOUBLE, "its image is another now")
    assert core.kills() == [Kill(daemon=DOUBLE, cause="its image is another now", renews=True)]
    core.dies(DOUBLE)
    core.tick(core.now_s)
    assert [(one.daemon, one.incarnation, one.cause) for one in core.starts()] == [
        (DOUBLE, 1, "its image is another now")
    ]


def test_it_is_no_loss_and_counts_against_no_limit() -> None:
    core = Bench()
    for _ in range(3):
        core.replace(DOUBLE, "again")
        core.dies(DOUBLE)
        core.tick(core.now_s)
        core.connected(DOUBLE)
    assert core.state is RunState.RUNNING
    assert [type(one) for one in core.told()] == [DaemonReplaced] * 3


def test_a_loss_after_it_counts_as_ever() -> None:
    core = Bench()
    core.replace(DOUBLE, "its image is another now")
    core.dies(DOUBLE)
    core.tick(core.now_s)
    core.connected(DOUBLE)
    core.dies(DOUBLE)
    assert core.state is RunState.FAILED
    assert core.reason is not None
    assert core.reason.kind is ReasonKind.DAEMON_LOST


def test_no_other_daemon_is_touched() -> None:
    core = Bench()
    core.replace(DOUBLE, "its image is another now")
    core.dies(DOUBLE)
    core.tick(core.now_s)
    assert [one.daemon for one in core.kills()] == [DOUBLE]
    assert [one.daemon for one in core.starts()] == [DOUBLE]


def test_its_work_of_the_round_is_done_again() -> None:
    core = Bench()
    for report in (
        WorkStarted("source@n1#0", 0),
        WorkFinished("source@n1#0", 0, 0.1, 1),
        WorkConfirmed("source@n1#0", 0),
    ):
        core.reported(SOURCE, report)
    core.replace(TOTAL, "its image is another now")
    core.dies(TOTAL)
    core.tick(core.now_s)
    core.connected(TOTAL)
    rosters = [one for one in core.collect() if isinstance(one, SendRoster)]
    assert rosters[-1].members == {0: [0], 1: [0], 2: [0]}


def test_one_that_is_not_there_is_replaced_when_it_has_connected() -> None:
    core = ControlCore(chain(Limits(restarts=0)), "r")
    core.replace(DOUBLE, "its image is another now")
    assert not [one for one in core.drain() if isinstance(one, Kill)]
    core.connected(DOUBLE)
    assert [one.daemon for one in core.drain() if isinstance(one, Kill)] == [DOUBLE]


def test_one_that_is_ending_is_not_asked_twice() -> None:
    core = Bench()
    core.replace(DOUBLE, "once")
    core.replace(DOUBLE, "twice")
    core.dies(DOUBLE)
    core.tick(core.now_s)
    core.connected(DOUBLE)
    assert len(core.kills()) == 1


def test_one_that_was_given_up_stays_so() -> None:
    core = Bench()
    core._daemons.give_up(DOUBLE)
    core.replace(DOUBLE, "its image is another now")
    assert core.kills() == []


def test_one_that_comes_for_the_next_round_is_left_alone() -> None:
    core = Bench()
    core._daemons.come(DOUBLE)
    core.replace(DOUBLE, "its image is another now")
    assert core.kills() == []


def test_one_that_goes_with_its_node_while_it_is_replaced_is_not_replaced_any_more() -> None:
    core = Bench()
    core.replace(DOUBLE, "its image is another now")
    core._replacing.forget(DOUBLE)
    assert not core._replacing.is_ending(DOUBLE)


def test_after_the_end_of_the_run_nothing_is_replaced() -> None:
    core = Bench()
    core.interrupted()
    core.replace(DOUBLE, "its image is another now")
    assert core.kills() == []


# ------------------------------------------------------------------------------ who asks for it


def test_a_question_for_it_is_told_from_a_call() -> None:
    assert is_replacement(replacement(TOKEN, {}))
    assert not is_replacement(Question(token=TOKEN, alias="model", method="replace", timeout_s=1.0))


def test_the_images_are_noted_and_the_daemons_replaced(tmp_path: Path) -> None:
    core = Bench()
    answer = replace_daemons(replacement(TOKEN, {DOUBLE: "swarm-s:2"}), core, tmp_path)
    assert (answer.ok, decode_blob(answer.payload)) == (True, "")
    assert replaced_images(tmp_path) == {DOUBLE: "swarm-s:2"}
    assert [one.daemon for one in core.kills()] == [DOUBLE]


def test_what_was_noted_before_stays_noted(tmp_path: Path) -> None:
    core = Bench()
    replace_daemons(replacement(TOKEN, {DOUBLE: "swarm-s:2"}), core, tmp_path)
    replace_daemons(replacement(TOKEN, {TOTAL: "swarm-s:3"}), core, tmp_path)
    assert replaced_images(tmp_path) == {DOUBLE: "swarm-s:2", TOTAL: "swarm-s:3"}


def test_a_daemon_that_there_is_not_is_refused_and_nothing_is_done(tmp_path: Path) -> None:
    core = Bench()
    asked = replacement(TOKEN, {DOUBLE: "swarm-s:2", "ghost@n1#0": "swarm-s:2"})
    answer = replace_daemons(asked, core, tmp_path)
    assert (answer.ok, decode_blob(answer.payload)) == (False, "the run has no daemon ghost@n1#0")
    assert core.kills() == []
    assert replaced_images(tmp_path) == {}


def test_a_run_that_has_ended_is_told_so(tmp_path: Path) -> None:
    core = Bench()
    core.interrupted()
    answer = replace_daemons(replacement(TOKEN, {DOUBLE: "swarm-s:2"}), core, tmp_path)
    assert decode_blob(answer.payload) == "the run has ended"


@pytest.mark.parametrize("images", [{}, {DOUBLE: "swarm-s:2"}])
def test_a_folder_that_is_gone_is_told(tmp_path: Path, images: dict[str, str]) -> None:
    answer = replace_daemons(replacement(TOKEN, images), Bench(), tmp_path / "gone")
    assert not answer.ok
    assert "it cannot be noted in" in decode_blob(answer.payload)
