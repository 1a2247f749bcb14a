"""A hundred runs of the examples, a process killed in each: right, or as the table says."""

from __future__ import annotations

import os

import pytest

from tests.chaos.battered_run import BatteredRun
from tests.e2e.failures.strikes import PACE_S, Victim, carry_out, strike_of
from tests.e2e.failures.telling import ended, start

SEED = os.environ.get("CHAOS_SEED", "1")
RUNS = 100
EVERY_OVER_TCP = 9  # of these are done over TCP, too
DONE = "done"  # what the script beside the example says, once however often it is begun
COMPLETED = (0, "COMPLETED", "finished")
ENGINE_LOST = (1, "FAILED", "engine_lost")
NO_FOLLOWER = "cannot be resumed: "  # the run has ended, or nothing of it had begun

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.chaos]


@pytest.mark.parametrize("number", range(RUNS))
def test_a_run_that_loses_a_process_is_right_or_ends_as_the_table_says(
    run: BatteredRun, number: int
) -> None:
    strike_and_judge(run, number)


@pytest.mark.parametrize("number", range(0, RUNS, EVERY_OVER_TCP))
def test_over_tcp_it_is_no_different(
    run: BatteredRun, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARM_TRANSPORT", "tcp")
    strike_and_judge(run, number)


def strike_and_judge(run: BatteredRun, number: int) -> None:
    """Kill the process that the number stands for, and see what comes of the run."""
    strike = strike_of(SEED, number)
    told = f"CHAOS_SEED={SEED}, run {number}: {strike}"
    start(run, strike.example, pace=str(PACE_S), beside="works")
    struck = carry_out(strike, run)
    resumes = struck and strike.victim is Victim.CONTROLLER
    end = end_of_resumed(run) if resumes else ended(run)
    if end is None:
        return
    allowed = [COMPLETED, ENGINE_LOST] if strike.victim is Victim.FORK_SERVER else [COMPLETED]
    assert end in allowed, f"{told}\n{run.described()}"
    if end == COMPLETED:
        assert strike.example.is_right(run.stored), f"{told}\n{run.described()}"
        beside = [row["value"] for row in run.stored.results("beside")]
        assert beside == [DONE], f"{told}\n{run.described()}"
    if not struck:
        pytest.skip("the run was over before it was struck")


def end_of_resumed(run: BatteredRun) -> tuple[int, str, str | None] | None:
    """How a run ended whose controller was killed; None if there is nothing to go on with."""
    run.end()
    if not run.exists:
        return None
    before = len(run.said)
    run.resume()
    code = run.end()
    if any(NO_FOLLOWER in line for line in run.said[before:]):
        record = run.stored.record()
        return (0, record.state, record.reason_kind) if run.stored.has_ended() else None
    record = run.stored.record()
    return code, record.state, record.reason_kind
