"""What every engine promises. A new engine adds its name to `ENGINES` and changes nothing else."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.deploy.engine import (
    DaemonContinued,
    DaemonExited,
    DaemonStarted,
    DaemonStartFailed,
    DaemonSuspended,
    EngineLost,
)
from swarmdsl.errors import EngineError
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import DaemonGroup, Topology
from tests.contracts.engine_case import (
    PATIENCE_S,
    Bench,
    bench_for,
    lives,
    options_for,
    parent_of,
    watch,
)
from tests.contracts.memory_engine import memory_bench

ENGINES = ["process", "docker"]
MEMORY = "memory"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux"),
]


@pytest.fixture(params=[*ENGINES, MEMORY])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Of every engine."""
    options = options_for(tmp_path / "run", {"EXTRA": "handed in"})
    made = memory_bench(options) if request.param == MEMORY else bench_for(request.param, options)
    with made as bench:
        yield bench


@pytest.fixture(params=ENGINES)
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Of those whose daemons are processes, which write logs and inherit what they should not."""
    options = options_for(tmp_path / "run", {"EXTRA": "handed in"})
    with bench_for(request.param, options) as bench:
        yield bench


# ------------------------------------------------------------------------------ start and exit


@pytest.mark.parametrize("code", [0, 3])
def test_a_daemon_that_exits_is_reported_with_its_code(bench: Bench, code: int) -> None:
    bench.start(f"exits_{code}@a#0")
    exited = bench.exit_of(f"exits_{code}@a#0")
    assert (exited.exit_code, exited.signal) == (code, None)
    assert exited.pid == bench.pid_of(exited.name)


def test_start_is_told_before_exit(bench: Bench) -> None:
    bench.start("exits_0@a#0")
    bench.exit_of("exits_0@a#0")
    assert [type(one) for one in bench.seen] == [DaemonStarted, DaemonExited]


def test_a_daemon_that_raises_leaves_its_traceback_in_its_log(real: Bench) -> None:
    real.start("raises@a#0")
    assert real.exit_of("raises@a#0").exit_code == 70
    assert "RuntimeError: this daemon does not work" in real.log("raises@a#0")


def test_a_daemon_that_calls_exit_has_that_code(bench: Bench) -> None:
    bench.start("leaves_5@a#0")
    assert bench.exit_of("leaves_5@a#0").exit_code == 5


def test_a_killed_daemon_is_reported_with_the_signal(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    bench.send(pid, signal.SIGKILL)
    exited = bench.exit_of("waits@a#0")
    assert (exited.exit_code, exited.signal) == (None, signal.SIGKILL)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_stop_sends_the_signal(bench: Bench, signum: signal.Signals) -> None:
    bench.running("waits@a#0")
    bench.stop("waits@a#0", signum)
    assert bench.exit_of("waits@a#0").signal == signum


def test_a_stop_right_after_the_start_is_not_lost(bench: Bench) -> None:
    count = bench.crowd(20)
    for i in range(count):
        bench.start(f"waits@a#{i}")
        bench.stop(f"waits@a#{i}", signal.SIGTERM)
    exits = bench.wait_for(DaemonExited, count)
    assert {one.signal for one in exits} == {signal.SIGTERM}
    # Nor has it reached the server instead.
    bench.start("exits_0@a#0")
    assert bench.exit_of("exits_0@a#0").exit_code == 0


def test_one_that_is_renewed_ends_at_once_and_can_be_started_anew(bench: Bench) -> None:
    bench.running("refuses@a#0")
    bench.stop("refuses@a#0", signal.SIGKILL, renews=True)
    assert bench.exit_of("refuses@a#0").signal == signal.SIGKILL
    bench.start("refuses@a#0", incarnation=1)
    assert bench.wait_for(DaemonStarted, 2)[-1].name == "refuses@a#0"
    assert not bench.told(DaemonStartFailed)


def test_stopping_what_has_ended_does_nothing(bench: Bench) -> None:
    bench.start("exits_0@a#0")
    bench.exit_of("exits_0@a#0")
    bench.stop("exits_0@a#0", signal.SIGKILL)
    bench.running("waits@a#0")
    assert not [one for one in bench.seen if isinstance(one, EngineLost | DaemonStartFailed)]


def test_a_name_that_runs_cannot_be_started_again(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    bench.start("waits@a#0")
    (failed,) = bench.wait_for(DaemonStartFailed)
    assert failed == DaemonStartFailed(name="waits@a#0", problem=f"it still runs as process {pid}")


def test_many_daemons_start_and_end(bench: Bench) -> None:
    count = bench.crowd(50)
    names = [f"waits@a#{i}" for i in range(count)]
    pids = bench.running(*names)
    assert len(set(pids)) == count
    bench.close()
    exits = bench.wait_for(DaemonExited, count)
    assert {one.name for one in exits} == set(names)
    assert not [pid for pid in pids if bench.lives(pid)]


def test_many_daemons_can_be_asked_for_before_any_event_is_read(bench: Bench) -> None:
    count = bench.crowd(1_000)
    for i in range(count):
        bench.start(f"exits_0@a#{i}")
    assert len(bench.wait_for(DaemonExited, count)) == count


# -------------------------------------------------------------------------------- start anew


def test_a_daemon_killed_twenty_times_is_started_anew_each_time(real: Bench) -> None:
    for incarnation in range(20):
        real.start("waits@a#0", incarnation)
        real.hear(f"waits@a#0 waits {incarnation}")
        os.kill(real.wait_for(DaemonStarted, incarnation + 1)[-1].pid, signal.SIGKILL)
        real.wait_for(DaemonExited, incarnation + 1)
    assert not real.told(DaemonStartFailed)
    marks = [line for line in real.log("waits@a#0").splitlines() if line]
    assert marks == [f"==== process {number} of this daemon starts ====" for number in range(2, 21)]


def test_a_successor_listens_where_its_predecessor_did_though_a_copy_of_that_lives(
    real: Bench,
) -> None:
    name = "listens@a#0"
    copies = []
    try:
        for incarnation in range(3):
            real.start(name, incarnation)
            told = int(real.hear(f"{name} {incarnation} ").split()[0])
            copies.append(real.process_told_by(name, told))
            real.stop(name, signal.SIGKILL)
            real.wait_for(DaemonExited, incarnation + 1)
        assert all(lives(copy) for copy in copies)
    finally:
        for copy in copies:
            os.kill(copy, signal.SIGKILL)


def test_the_log_of_a_predecessor_is_kept_and_told_from_the_next(real: Bench) -> None:
    for incarnation in range(2):
        real.start("reports@a#0", incarnation)
        real.wait_for(DaemonExited, incarnation + 1, "reports@a#0")
    first, second = real.log("reports@a#0").split("==== process 2 of this daemon starts ====\n")
    assert "incarnation 0" in first
    assert "incarnation 1" in second


# ------------------------------------------------------------------------- stopped, not ended


def test_a_stopped_daemon_is_told_and_so_is_that_it_goes_on(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    for count in (1, 2, 3):
        bench.send(pid, signal.SIGSTOP)
        assert bench.wait_for(DaemonSuspended, count)[-1] == DaemonSuspended(
            name="waits@a#0", pid=pid
        )
        bench.send(pid, signal.SIGCONT)
        assert bench.wait_for(DaemonContinued, count)[-1] == DaemonContinued(
            name="waits@a#0", pid=pid
        )
    bench.stop("waits@a#0", signal.SIGTERM)
    assert bench.exit_of("waits@a#0").signal == signal.SIGTERM


def test_stopping_and_continuing_are_told_in_turn_however_fast_they_come(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    for _ in range(200):
        bench.send(pid, signal.SIGSTOP)
        bench.send(pid, signal.SIGCONT)
    bench.stop("waits@a#0", signal.SIGTERM)
    bench.exit_of("waits@a#0")
    turns = [type(one) for one in bench.seen[1:-1]]
    # The last of them may be lost: one that ended is neither stopped nor continued.
    assert turns == ([DaemonSuspended, DaemonContinued] * 200)[: len(turns)]


def test_a_stopped_daemon_can_be_killed(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    bench.send(pid, signal.SIGSTOP)
    bench.wait_for(DaemonSuspended)
    bench.stop("waits@a#0", signal.SIGKILL)
    assert bench.exit_of("waits@a#0").signal == signal.SIGKILL
    assert not bench.told(DaemonContinued)


def test_a_daemon_can_be_stopped_and_continued_by_command(bench: Bench) -> None:
    bench.running("waits@a#0")
    bench.stop("waits@a#0", signal.SIGSTOP)
    bench.wait_for(DaemonSuspended)
    bench.stop("waits@a#0", signal.SIGCONT)
    bench.wait_for(DaemonContinued)


def test_the_others_work_while_one_is_stopped(bench: Bench) -> None:
    (pid, _) = bench.running("waits@a#0", "waits@a#1")
    bench.send(pid, signal.SIGSTOP)
    bench.wait_for(DaemonSuspended)
    bench.stop("waits@a#1", signal.SIGTERM)
    assert bench.exit_of("waits@a#1").signal == signal.SIGTERM
    assert bench.lives(pid)


def test_a_stopped_daemon_hears_the_close_and_ends_within_the_grace(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    bench.send(pid, signal.SIGSTOP)
    bench.wait_for(DaemonSuspended)
    bench.close(grace_s=PATIENCE_S)
    assert bench.exit_of("waits@a#0").signal == signal.SIGTERM


def test_a_start_anew_after_death_while_stopped_is_not_taken_for_stopped(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    bench.send(pid, signal.SIGSTOP)
    bench.wait_for(DaemonSuspended)
    bench.send(pid, signal.SIGKILL)
    bench.exit_of("waits@a#0")
    bench.start("waits@a#0", incarnation=1)
    successor = bench.wait_for(DaemonStarted, 2)[-1].pid
    bench.send(successor, signal.SIGSTOP)
    assert bench.wait_for(DaemonSuspended, 2)[-1].pid == successor


# ------------------------------------------------------------------------ what a daemon is given


def test_log_lines_land_in_the_log(real: Bench) -> None:
    real.start("reports@a#0")
    real.exit_of("reports@a#0")
    lines = real.log("reports@a#0").splitlines()
    assert lines[:3] == ["to standard output", "to standard error", 'topology {"name":"tiny"}']


def test_a_daemon_has_the_environment_that_was_handed_in(real: Bench) -> None:
    real.start("reports@a#0")
    real.exit_of("reports@a#0")
    assert "extra handed in" in real.log("reports@a#0")


def test_a_daemon_uses_one_thread_unless_told_otherwise(real: Bench, tmp_path: Path) -> None:
    expected = os.environ.get("OMP_NUM_THREADS", "1")
    real.start("reports@a#0")
    real.exit_of("reports@a#0")
    assert f"threads {expected}" in real.log("reports@a#0")


def test_a_daemon_inherits_no_descriptor(real: Bench) -> None:
    real.start("reports@a#0")
    real.exit_of("reports@a#0")
    assert "descriptors [0, 1, 2]" in real.log("reports@a#0")


def test_a_daemon_ignores_interrupts_and_ends_by_sigterm(real: Bench) -> None:
    real.start("reports@a#0")
    real.exit_of("reports@a#0")
    assert {"interrupt True", "terminate True"} <= set(real.log("reports@a#0").splitlines())


def test_daemons_draw_different_random_numbers(real: Bench) -> None:
    names = ["reports@a#0", "reports@a#1"]
    for name in names:
        real.start(name)
    real.wait_for(DaemonExited, 2)
    drawn = [line for name in names for line in real.log(name).splitlines() if "random" in line]
    assert len(set(drawn)) == 2


def test_the_cause_of_each_command_is_on_record(real: Bench) -> None:
    real.running("waits@a#0")
    real.stop("waits@a#0", signal.SIGTERM)
    real.exit_of("waits@a#0")
    log = real.log(real.log_name)
    assert "start waits@a#0, process 1 of this daemon: a test" in log
    assert "signal 15 to waits@a#0: a test" in log


# ----------------------------------------------------------------------------------- the end


def test_close_leaves_no_process_and_no_sockets(real: Bench) -> None:
    pids = real.running("waits@a#0", "waits@a#1")
    server = parent_of(pids[0])
    real.close()
    assert not [pid for pid in [*pids, server] if lives(pid)]
    assert not real.options.socket_folder.exists()


def test_close_tells_how_each_daemon_ended_and_no_loss(bench: Bench) -> None:
    bench.running("waits@a#0")
    bench.close()
    assert bench.exit_of("waits@a#0").signal == signal.SIGTERM
    assert not [one for one in bench.seen if isinstance(one, EngineLost)]


def test_a_daemon_that_ignores_sigterm_is_killed_after_the_grace(bench: Bench) -> None:
    (pid,) = bench.running("refuses@a#0")
    bench.close(grace_s=0.2)
    assert bench.exit_of("refuses@a#0").signal == signal.SIGKILL
    assert not bench.lives(pid)


def test_what_a_daemon_started_ends_with_it(real: Bench) -> None:
    real.running("forks@a#0")
    ended = watch(real.process_told_by("forks@a#0", int(real.hear("forks@a#0"))))
    real.stop("forks@a#0", signal.SIGKILL)
    real.exit_of("forks@a#0")
    assert ended()


def test_what_left_the_process_group_of_its_daemon_ends_with_the_engine(real: Bench) -> None:
    real.running("forks_regrouped@a#0")
    name = "forks_regrouped@a#0"
    ended = watch(real.process_told_by(name, int(real.hear(name))))
    real.close()
    assert ended()


def test_closing_twice_or_unused_does_nothing(bench: Bench) -> None:
    bench.close()
    bench.close()
    assert bench.seen == []


def test_a_closed_engine_refuses_commands(bench: Bench) -> None:
    bench.close()
    with pytest.raises(EngineError, match="it was closed"):
        bench.start("exits_0@a#0")
    with pytest.raises(EngineError, match="it was closed"):
        bench.stop("exits_0@a#0", signal.SIGTERM)


# ------------------------------------------------------------------------------------ render


def test_render_names_every_daemon_once_and_starts_none(bench: Bench) -> None:
    group = DaemonGroup(name="worker", kind="worker", nodes=("n1", "n2"), per_node=(2, 1))
    nodes = tuple(Node(name=name) for name in group.nodes)
    topology = Topology(name="t", nodes=nodes, modules=(), groups=(group,), tasks=(), links=())
    commands = bench.engine.render(topology)
    assert [one.name for one in commands] == ["worker@n1#0", "worker@n1#1", "worker@n2#0"]
    assert [one.arguments.name for one in commands] == [one.name for one in commands]
    assert len({one.arguments.address for one in commands}) == 3
    assert commands == bench.engine.render(topology)
    assert not (bench.options.run_folder / "logs").exists()
