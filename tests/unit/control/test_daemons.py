"""In which phase each daemon is, and what is lost when it dies there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from swarmdsl.control.daemons import WORDS_SHOWN_MAX, DaemonTable, memory_limits
from swarmdsl.control.state import DaemonPhase, ReasonKind
from swarmdsl.daemon.reports import (
    DaemonLeft,
    WorkConfirmed,
    WorkFailed,
    WorkFinished,
    WorkReturned,
    WorkStarted,
    WorkTaken,
)
from swarmdsl.topology.model import ModuleKind
from swarmdsl.topology.resources import Resources
from tests.handmade import task, topology

WORKER = "worker@n1#0"


def table() -> DaemonTable:
    return DaemonTable([WORKER, "other@n2#0"])


def connected(daemons: DaemonTable) -> None:
    daemons.connect(WORKER)


def idle(daemons: DaemonTable) -> None:
    connected(daemons)
    daemons.begin_round([WORKER, WORKER])


def working(daemons: DaemonTable) -> None:
    idle(daemons)
    daemons.report(WORKER, WorkStarted("a@n1#0", 0))


def unconfirmed(daemons: DaemonTable) -> None:
    working(daemons)
    daemons.report(WORKER, WorkFinished("a@n1#0", 0, 0.1, 3))


def waiting_for_the_second(daemons: DaemonTable) -> None:
    unconfirmed(daemons)
    daemons.report(WORKER, WorkConfirmed("a@n1#0", 0))


def ended(daemons: DaemonTable) -> None:
    waiting_for_the_second(daemons)
    daemons.report(WORKER, WorkStarted("b@n1#0", 0))
    daemons.report(WORKER, WorkFinished("b@n1#0", 0, 0.1, 0))
    daemons.report(WORKER, WorkConfirmed("b@n1#0", 0))


def between_rounds(daemons: DaemonTable) -> None:
    ended(daemons)
    daemons.end_round()


def bystander(daemons: DaemonTable) -> None:
    connected(daemons)
    daemons.begin_round(["other@n2#0"])


def moved_in(daemons: DaemonTable) -> None:
    bystander(daemons)
    daemons.join_round({WORKER: 1})


def asked_again(daemons: DaemonTable) -> None:
    ended(daemons)
    daemons.join_round({WORKER: 1})


CRASHED = "your code, or a library that it calls, crashed"
NEEDED = "round 0 still needs it for a@n1#0"


@pytest.mark.parametrize(
    ("live", "phase", "told"),
    [
        (lambda _: None, DaemonPhase.STARTING, "starting"),
        (connected, DaemonPhase.CONNECTED, "connected, and no round had begun"),
        (idle, DaemonPhase.IDLE, f"waiting for its inputs; {NEEDED}"),
        (working, DaemonPhase.WORKING, "at work on a@n1#0 in round 0"),
        (
            unconfirmed,
            DaemonPhase.UNCONFIRMED,
            "pushed but unconfirmed; not all that a@n1#0 pushed in round 0 was used by then",
        ),
        (waiting_for_the_second, DaemonPhase.IDLE, f"waiting for its inputs; {NEEDED}"),
        (ended, DaemonPhase.ENDED, "done with its round"),
        (between_rounds, DaemonPhase.BETWEEN_ROUNDS, "between rounds"),
        (bystander, DaemonPhase.BETWEEN_ROUNDS, "between rounds"),
        (moved_in, DaemonPhase.IDLE, f"waiting for its inputs; {NEEDED}"),
        (asked_again, DaemonPhase.IDLE, f"waiting for its inputs; {NEEDED}"),
    ],
)
def test_a_daemon_that_dies_says_in_which_phase_and_what_is_missed(
    live: Callable[[DaemonTable], None], phase: DaemonPhase, told: str
) -> None:
    daemons = table()
    live(daemons)
    assert daemons.phase(WORKER) is phase
    reason = daemons.exit(WORKER, None, 9, "", ["a@n1#0"])
    assert reason.text == f"daemon {WORKER} was lost (SIGKILL) while {told}"
    starting = phase is DaemonPhase.STARTING
    assert reason.kind is (ReasonKind.START_FAILED if starting else ReasonKind.DAEMON_LOST)


def test_work_at_hand_and_work_unconfirmed_are_both_named() -> None:
    daemons = table()
    unconfirmed(daemons)
    daemons.report(WORKER, WorkStarted("b@n1#0", 0))
    reason = daemons.exit(WORKER, 70, None, "Traceback ...")
    assert reason.text.endswith(
        "(exit code 70) while at work on b@n1#0 in round 0; "
        "not all that a@n1#0 pushed in round 0 was used by then"
    )
    assert reason.details == "Traceback ..."


@pytest.mark.parametrize(
    ("exit_code", "signal", "text"),
    [
        (0, None, "your code ended the process of a@n1#0 in round 0 (exit code 0), attempt 2 of 4"),
        (3, None, "your code ended the process of a@n1#0 in round 0 (exit code 3), attempt 2 of 4"),
        (
            None,
            11,
            f"{CRASHED} the process of a@n1#0 in round 0 (SIGSEGV), attempt 2 of 4",
        ),
    ],
)
def test_code_that_ends_its_own_process_is_told_that_it_did(
    exit_code: int | None, signal: int | None, text: str
) -> None:
    daemons = table()
    working(daemons)
    assert daemons.exit(WORKER, exit_code, signal, "", tries=(2, 4)).text == text


@pytest.mark.parametrize(("exit_code", "signal"), [(None, 9), (None, 15), (143, None), (70, None)])
def test_code_is_not_blamed_for_what_comes_from_outside(
    exit_code: int | None, signal: int | None
) -> None:
    daemons = table()
    working(daemons)
    assert daemons.exit(WORKER, exit_code, signal, "").text.startswith(f"daemon {WORKER} was lost")


def test_code_that_ends_its_process_at_once_is_told_by_what_it_had_to_do() -> None:
    daemons = table()
    idle(daemons)
    text = daemons.exit(WORKER, 0, None, "", ["a@n1#0"], 2).text
    assert text.startswith("your code ended the process of a@n1#0 in round 2 (exit code 0)")


@pytest.mark.parametrize("live", [lambda _: None, connected, ended, between_rounds])
def test_code_is_not_blamed_where_there_is_nothing_to_do(
    live: Callable[[DaemonTable], None],
) -> None:
    daemons = table()
    live(daemons)
    assert not daemons.is_ended_by_code(WORKER, 3, None)


def test_one_that_dies_with_work_whose_memory_is_limited_says_so() -> None:
    daemons = DaemonTable([WORKER], {"a": "16MiB", "b": "32MiB"})
    working(daemons)
    reason = daemons.exit(WORKER, 1, None, "")
    assert reason.text.endswith(
        "the process of a@n1#0 in round 0 (exit code 1), attempt 1 of 1; "
        "the memory of a@n1#0 was limited to 16MiB (resources memory)"
    )


def test_limits_are_those_of_tasks_that_work_in_their_daemons_process() -> None:
    kinds: list[ModuleKind] = ["function", "daemon", "script", "program"]
    tasks = [
        (replace(spec, resources=Resources(memory=2**24)), code)
        for spec, code in (task(kind, kind) for kind in kinds)
    ]
    made = topology([*tasks, task("unlimited")])
    assert memory_limits(made) == {"function": "16MiB", "daemon": "16MiB"}


def test_a_confirmation_that_comes_in_the_next_round_does_not_end_it() -> None:
    daemons = table()
    unconfirmed(daemons)
    daemons.begin_round([WORKER])
    daemons.report(WORKER, WorkConfirmed("a@n1#0", 0))
    assert daemons.phase(WORKER) is DaemonPhase.IDLE


def test_a_failed_instance_is_no_longer_at_work() -> None:
    daemons = table()
    working(daemons)
    daemons.report(WORKER, WorkFailed("a@n1#0", 0, "ValueError", "", ""))
    assert daemons.phase(WORKER) is DaemonPhase.IDLE


def test_it_is_told_who_is_at_work() -> None:
    daemons = table()
    assert daemons.at_work() == ""
    working(daemons)
    assert daemons.at_work() == "a@n1#0"
    daemons.report(WORKER, WorkFinished("a@n1#0", 0, 0.0, 0))
    assert daemons.at_work() == ""


def test_many_instances_are_told_in_short() -> None:
    daemons = table()
    connected(daemons)
    for number in range(7):
        daemons.report(WORKER, WorkStarted(f"t{number}@n1#0", 0))
    daemons.begin_round([WORKER] * 7)
    reason = daemons.exit(WORKER, None, 64, "")
    assert reason is not None
    assert "(signal 64)" in reason.text
    assert reason.text.endswith("t3@n1#0, t4@n1#0 and 2 more in round 0")


def test_a_daemon_that_left_is_told_from_one_that_crashed_on_the_way() -> None:
    daemons = table()
    daemons.report(WORKER, DaemonLeft({}))
    assert f"daemon {WORKER} left by itself" in daemons.exit(WORKER, 0, None, "").text
    assert f"daemon {WORKER} was lost (exit code 1)" in daemons.exit(WORKER, 1, None, "").text


def test_a_daemon_that_heard_nothing_for_its_lease_was_not_ended_by_the_code_of_a_task() -> None:
    daemons = table()
    connected(daemons)
    daemons.begin_round([WORKER])
    daemons.report(WORKER, WorkStarted("t@n1#0", 0))
    assert not daemons.is_ended_by_code(WORKER, 69, None)
    assert f"daemon {WORKER} left by itself" in daemons.exit(WORKER, 69, None, "").text


def test_a_daemon_connects_once_and_strangers_are_not_known() -> None:
    daemons = table()
    assert daemons.missing() == [WORKER, "other@n2#0"]
    assert [daemons.connect(WORKER), daemons.connect(WORKER)] == [True, False]
    assert [daemons.knows(WORKER), daemons.knows("x")] == [True, False]
    assert daemons.missing() == ["other@n2#0"]


def test_one_that_cannot_start_says_why_before_what_it_wrote() -> None:
    why = "a@n1#0 of module count cannot start: OSError: no such device"
    reason = table().exit(WORKER, 70, None, f"Traceback\nOSError: no such device\n{why}")
    assert (reason.kind, reason.text) == (ReasonKind.START_FAILED, why)
    assert reason.details == "Traceback\nOSError: no such device"


def test_of_what_a_lost_daemon_wrote_the_end_is_kept() -> None:
    daemons = table()
    working(daemons)
    words = "the beginning\n" + "x" * WORDS_SHOWN_MAX
    assert daemons.exit(WORKER, None, 9, words).details == "x" * WORDS_SHOWN_MAX


def test_a_run_that_is_stolen_is_what_its_thief_is_at_until_it_is_returned() -> None:
    daemons = table()
    working(daemons)
    daemons.connect("other@n2#0")
    daemons.begin_round([WORKER])
    daemons.report("other@n2#0", WorkTaken("b@n1#0", 0, WORKER))
    assert daemons.working_on("other@n2#0") == ["b@n1#0"]
    daemons.report("other@n2#0", WorkReturned("b@n1#0", 0))
    assert daemons.working_on("other@n2#0") == []
