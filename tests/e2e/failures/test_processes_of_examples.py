"""The rows of docs/failures.md about processes, nodes, the disk and Ctrl-C, on all examples."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pytest

from tests.chaos.battered_run import BatteredRun
from tests.chaos.processes import kill_all
from tests.e2e.failures.cases import DIGITS, EXAMPLES, SKY, WORDS, Example
from tests.e2e.failures.telling import await_news_of_work, ended, reason_told, start
from tests.e2e.gates import Gate

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ON_EACH = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.swarm)


@pytest.fixture
def gate(run: BatteredRun) -> Iterator[Gate]:
    """Where the victim stands, in the middle of its work."""
    made = Gate(run.sources, "waits")
    yield made
    made.close()


def start_and_wait(
    run: BatteredRun,
    example: Example,
    gate: Gate,
    *,
    nodes: str = "1",
    options: Mapping[str, str] = MappingProxyType({}),
    **limits: float,
) -> None:
    """Run an example until its victim is at work."""
    gates, moved = str(run.sources), example is WORDS and nodes == "2"
    start(run, example, "waits", nodes=nodes, limits=limits, options={**options}, gates=gates)
    gate.arrival()
    await_news_of_work(run, example.victim.replace("node1", "node2") if moved else example.victim)


@pytest.mark.parametrize("way", ["raises", "exits", "takes_too_long", "returns_a_wrong_type"])
@pytest.mark.parametrize("example", [WORDS, DIGITS], ids=lambda example: example.swarm)
def test_a_function_that_fails_once_and_has_retries_gives_what_it_would_have_given(
    run: BatteredRun, example: Example, way: str
) -> None:
    once = str(run.sources / "failed")
    start(run, example, way, once=once, options={"retries": 1, "timeout": 2.0})
    assert ended(run) == (0, "COMPLETED", "finished"), run.described()
    assert example.is_right(run.stored)
    assert any(f"{example.victim} failed (attempt 1 of 2): " in line for line in run.said)


@ON_EACH
@pytest.mark.parametrize("way", ["is_killed", "ends_its_process"])
def test_what_a_killed_process_was_to_find_is_found_by_its_successor(
    run: BatteredRun, example: Example, way: str
) -> None:
    start(run, example, way, once=str(run.sources / "failed"))
    assert ended(run) == (0, "COMPLETED", "finished"), run.described()
    assert example.is_right(run.stored), run.described()
    assert any("it is started anew in 0.1 s" in line for line in run.said)


@ON_EACH
def test_a_run_whose_controller_was_killed_goes_on_when_it_is_resumed(
    run: BatteredRun, example: Example, gate: Gate
) -> None:
    start_and_wait(run, example, gate)
    kill_all([run.controller])
    run.end()
    run.resume()
    gate.remove()
    assert ended(run) == (0, "COMPLETED", "finished"), run.described()
    assert example.is_right(run.stored), run.described()


@ON_EACH
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_a_run_and_says_who_was_at_work(
    run: BatteredRun, example: Example, gate: Gate, times: int
) -> None:
    start_and_wait(run, example, gate)
    for _ in range(times):
        run.controller.send(signal.SIGINT)
    assert ended(run) == (130, "STOPPED", "interrupted"), run.described()
    sentence, _ = reason_told(run)
    assert sentence.startswith(f"interrupted in round {example.round}, at work on ")
    assert example.victim in sentence


@ON_EACH
def test_a_run_that_the_disk_has_no_room_for_is_not_begun(
    run: BatteredRun, example: Example
) -> None:
    start(run, example, file_bytes=2_000)
    check_no_room(run)


@ON_EACH
def test_a_run_that_fills_the_disk_ends_and_goes_on_when_there_is_room(
    run: BatteredRun, example: Example
) -> None:
    start(run, example, file_bytes=400_000)
    check_no_room(run)
    run.resume(FAILURE_FILE_BYTES="0")
    assert ended(run) == (0, "COMPLETED", "finished"), run.described()
    assert example.is_right(run.stored), run.described()


def check_no_room(run: BatteredRun) -> None:
    """It says where, and what to do; and has left nothing running."""
    assert run.end() == 3, run.described()
    [told] = [line for line in run.said if line.startswith("swarm run: ")]
    assert "the run cannot be kept under" in told
    assert "Make room there, and go on with `swarm resume` if it had begun, or choose" in told
    run.until_nothing_lives()
    assert run.left_in_temporary == []


def lose_node(run: BatteredRun, node: str) -> None:
    """All daemons of a node die, for good."""
    kill_all([one for one in run.processes() if f"@{node}#" in one.name])


@pytest.mark.parametrize("example", [WORDS, SKY], ids=lambda example: example.swarm)
def test_what_any_node_can_do_is_done_on_another_when_its_node_disappears(
    run: BatteredRun, example: Example, gate: Gate
) -> None:
    start_and_wait(run, example, gate, nodes="2", restarts=0)
    lose_node(run, "node2" if example is WORDS else "node1")
    gate.remove()
    assert ended(run) == (0, "COMPLETED", "finished"), run.described()
    assert example.is_right(run.stored), run.described()


def test_a_run_that_needs_a_node_that_disappears_fails_and_says_for_what(
    run: BatteredRun, gate: Gate
) -> None:
    start_and_wait(run, DIGITS, gate, restarts=0)
    lose_node(run, "node2")
    assert ended(run) == (1, "FAILED", "daemon_lost"), run.described()
    assert reason_told(run)[0] == (
        f"daemon worker@node2#0 was lost (SIGKILL) while at work on {DIGITS.where}; "
        "no other node can do the work of trainers: "
        'with Task(..., on_node_loss="continue") the run goes on without its share'
    )


def test_a_run_that_may_lack_a_node_goes_on_and_lists_what_it_lacks(
    run: BatteredRun, gate: Gate
) -> None:
    options = {"on_node_loss": "continue"}
    start_and_wait(run, DIGITS, gate, options=options, restarts=0)
    lose_node(run, "node2")
    gate.remove()
    assert ended(run) == (0, "COMPLETED", "finished"), run.described()
    assert "without trainers@node2#0 since round 1" in reason_told(run)[0]
