"""What every engine promises. A new engine adds its name to `ENGINES` and changes nothing else."""

from __future__ import annotations

import os
import signal
import sys
import time
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
from swarmdsl.deploy.engines.pulse import SILENT_MAX_S
from swarmdsl.errors import EngineError
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import DaemonGroup, Topology
from tests.contracts.engine_case import (
    LOOK_EVERY_S,
    PATIENCE_S,
    Bench,
    bench_for,
    lives,
    options_for,
    parent_of,
    readable,
    watch,
)

ENGINES = ["process"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux"),
]


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    bench = bench_for(request.param, options_for(tmp_path / "run", {"EXTRA": "handed in"}))
    yield bench
    bench.leave()


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


def test_a_daemon_that_raises_leaves_its_traceback_in_its_log(bench: Bench) -> None:
    bench.start("raises@a#0")
    assert bench.exit_of("raises@a#0").exit_code == 70
    assert "RuntimeError: this daemon does not work" in bench.log("raises@a#0")


def test_a_daemon_that_calls_exit_has_that_code(bench: Bench) -> None:
    bench.start("leaves_5@a#0")
    assert bench.exit_of("leaves_5@a#0").exit_code == 5


def test_a_killed_daemon_is_reported_with_the_signal(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    os.kill(pid, signal.SIGKILL)
    exited = bench.exit_of("waits@a#0")
    assert (exited.exit_code, exited.signal) == (None, signal.SIGKILL)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_stop_sends_the_signal(bench: Bench, signum: signal.Signals) -> None:
    bench.running("waits@a#0")
    bench.stop("waits@a#0", signum)
    assert bench.exit_of("waits@a#0").signal == signum


def test_a_stop_right_after_the_start_is_not_lost(bench: Bench) -> None:
    for i in range(20):
        bench.start(f"waits@a#{i}")
        bench.stop(f"waits@a#{i}", signal.SIGTERM)
    exits = bench.wait_for(DaemonExited, 20)
    assert {one.signal for one in exits} == {signal.SIGTERM}
    # Nor has it reached the server instead.
    bench.start("exits_0@a#0")
    assert bench.exit_of("exits_0@a#0").exit_code == 0


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


def test_fifty_daemons_start_and_end(bench: Bench) -> None:
    names = [f"waits@a#{i}" for i in range(50)]
    pids = bench.running(*names)
    assert len(set(pids)) == 50
    bench.close()
    exits = bench.wait_for(DaemonExited, 50)
    assert {one.name for one in exits} == set(names)
    assert not [pid for pid in pids if lives(pid)]


def test_a_thousand_daemons_can_be_asked_for_before_any_event_is_read(bench: Bench) -> None:
    for i in range(1_000):
        bench.start(f"exits_0@a#{i}")
    assert len(bench.wait_for(DaemonExited, 1_000)) == 1_000


# -------------------------------------------------------------------------------- start anew


def test_a_daemon_killed_twenty_times_is_started_anew_each_time(bench: Bench) -> None:
    for incarnation in range(20):
        bench.start("waits@a#0", incarnation)
        bench.hear(f"waits@a#0 waits {incarnation}")
        os.kill(bench.wait_for(DaemonStarted, incarnation + 1)[-1].pid, signal.SIGKILL)
        bench.wait_for(DaemonExited, incarnation + 1)
    assert not bench.told(DaemonStartFailed)
    marks = [line for line in bench.log("waits@a#0").splitlines() if line]
    assert marks == [f"==== process {number} of this daemon starts ====" for number in range(2, 21)]


def test_a_successor_listens_where_its_predecessor_did_though_a_copy_of_that_lives(
    bench: Bench,
) -> None:
    name = "listens@a#0"
    copies = []
    try:
        for incarnation in range(3):
            bench.start(name, incarnation)
            copies.append(int(bench.hear(f"{name} {incarnation} ").split()[0]))
            bench.stop(name, signal.SIGKILL)
            bench.wait_for(DaemonExited, incarnation + 1)
        assert all(lives(copy) for copy in copies)
    finally:
        for copy in copies:
            os.kill(copy, signal.SIGKILL)


def test_the_log_of_a_predecessor_is_kept_and_told_from_the_next(bench: Bench) -> None:
    for incarnation in range(2):
        bench.start("reports@a#0", incarnation)
        bench.wait_for(DaemonExited, incarnation + 1, "reports@a#0")
    first, second = bench.log("reports@a#0").split("==== process 2 of this daemon starts ====\n")
    assert "incarnation 0" in first
    assert "incarnation 1" in second


# ------------------------------------------------------------------------- stopped, not ended


def test_a_stopped_daemon_is_told_and_so_is_that_it_goes_on(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    for count in (1, 2, 3):
        os.kill(pid, signal.SIGSTOP)
        assert bench.wait_for(DaemonSuspended, count)[-1] == DaemonSuspended(
            name="waits@a#0", pid=pid
        )
        os.kill(pid, signal.SIGCONT)
        assert bench.wait_for(DaemonContinued, count)[-1] == DaemonContinued(
            name="waits@a#0", pid=pid
        )
    bench.stop("waits@a#0", signal.SIGTERM)
    assert bench.exit_of("waits@a#0").signal == signal.SIGTERM


def test_stopping_and_continuing_are_told_in_turn_however_fast_they_come(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    for _ in range(200):
        os.kill(pid, signal.SIGSTOP)
        os.kill(pid, signal.SIGCONT)
    bench.stop("waits@a#0", signal.SIGTERM)
    bench.exit_of("waits@a#0")
    turns = [type(one) for one in bench.seen[1:-1]]
    # The last of them may be lost: one that ended is neither stopped nor continued.
    assert turns == ([DaemonSuspended, DaemonContinued] * 200)[: len(turns)]


def test_a_stopped_daemon_can_be_killed(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    os.kill(pid, signal.SIGSTOP)
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
    os.kill(pid, signal.SIGSTOP)
    bench.wait_for(DaemonSuspended)
    bench.stop("waits@a#1", signal.SIGTERM)
    assert bench.exit_of("waits@a#1").signal == signal.SIGTERM
    assert lives(pid)


def test_a_stopped_daemon_hears_the_close_and_ends_within_the_grace(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    os.kill(pid, signal.SIGSTOP)
    bench.wait_for(DaemonSuspended)
    bench.close(grace_s=PATIENCE_S)
    assert bench.exit_of("waits@a#0").signal == signal.SIGTERM


def test_a_start_anew_after_death_while_stopped_is_not_taken_for_stopped(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    os.kill(pid, signal.SIGSTOP)
    bench.wait_for(DaemonSuspended)
    os.kill(pid, signal.SIGKILL)
    bench.exit_of("waits@a#0")
    bench.start("waits@a#0", incarnation=1)
    successor = bench.wait_for(DaemonStarted, 2)[-1].pid
    os.kill(successor, signal.SIGSTOP)
    assert bench.wait_for(DaemonSuspended, 2)[-1].pid == successor


# ------------------------------------------------------------------------ what a daemon is given


def test_log_lines_land_in_the_log(bench: Bench) -> None:
    bench.start("reports@a#0")
    bench.exit_of("reports@a#0")
    lines = bench.log("reports@a#0").splitlines()
    assert lines[:3] == ["to standard output", "to standard error", 'topology {"name":"tiny"}']


def test_a_daemon_has_the_environment_that_was_handed_in(bench: Bench) -> None:
    bench.start("reports@a#0")
    bench.exit_of("reports@a#0")
    assert "extra handed in" in bench.log("reports@a#0")


def test_a_daemon_uses_one_thread_unless_told_otherwise(bench: Bench, tmp_path: Path) -> None:
    expected = os.environ.get("OMP_NUM_THREADS", "1")
    bench.start("reports@a#0")
    bench.exit_of("reports@a#0")
    assert f"threads {expected}" in bench.log("reports@a#0")


def test_a_daemon_inherits_no_descriptor(bench: Bench) -> None:
    bench.start("reports@a#0")
    bench.exit_of("reports@a#0")
    assert "descriptors [0, 1, 2]" in bench.log("reports@a#0")


def test_a_daemon_ignores_interrupts_and_ends_by_sigterm(bench: Bench) -> None:
    bench.start("reports@a#0")
    bench.exit_of("reports@a#0")
    assert {"interrupt True", "terminate True"} <= set(bench.log("reports@a#0").splitlines())


def test_daemons_draw_different_random_numbers(bench: Bench) -> None:
    names = ["reports@a#0", "reports@a#1"]
    for name in names:
        bench.start(name)
    bench.wait_for(DaemonExited, 2)
    drawn = [line for name in names for line in bench.log(name).splitlines() if "random" in line]
    assert len(set(drawn)) == 2


def test_the_cause_of_each_command_is_on_record(bench: Bench) -> None:
    bench.running("waits@a#0")
    bench.stop("waits@a#0", signal.SIGTERM)
    bench.exit_of("waits@a#0")
    log = bench.log("forkserver")
    assert "start waits@a#0, process 1 of this daemon: a test" in log
    assert "signal 15 to waits@a#0: a test" in log


# ----------------------------------------------------------------------------------- the end


def test_close_leaves_no_process_and_no_sockets(bench: Bench) -> None:
    pids = bench.running("waits@a#0", "waits@a#1")
    server = parent_of(pids[0])
    bench.close()
    assert not [pid for pid in [*pids, server] if lives(pid)]
    assert not bench.options.socket_folder.exists()


def test_close_tells_how_each_daemon_ended_and_no_loss(bench: Bench) -> None:
    bench.running("waits@a#0")
    bench.close()
    assert bench.exit_of("waits@a#0").signal == signal.SIGTERM
    assert not [one for one in bench.seen if isinstance(one, EngineLost)]


def test_a_daemon_that_ignores_sigterm_is_killed_after_the_grace(bench: Bench) -> None:
    (pid,) = bench.running("refuses@a#0")
    bench.close(grace_s=0.2)
    assert bench.exit_of("refuses@a#0").signal == signal.SIGKILL
    assert not lives(pid)


def test_what_a_daemon_started_ends_with_it(bench: Bench) -> None:
    bench.running("forks@a#0")
    ended = watch(int(bench.hear("forks@a#0")))
    bench.stop("forks@a#0", signal.SIGKILL)
    bench.exit_of("forks@a#0")
    assert ended()


def test_what_left_the_process_group_of_its_daemon_ends_with_the_engine(bench: Bench) -> None:
    bench.running("forks_regrouped@a#0")
    ended = watch(int(bench.hear("forks_regrouped@a#0")))
    bench.close()
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


# -------------------------------------------------------------------------------------- loss


def test_a_killed_server_is_reported_and_its_daemons_die(bench: Bench) -> None:
    pids = bench.running("waits@a#0", "refuses@a#0")
    ends = [watch(pid) for pid in pids]
    os.kill(parent_of(pids[0]), signal.SIGKILL)
    (lost,) = bench.wait_for(EngineLost)
    assert "it ended with signal 9" in lost.problem
    assert all(ended() for ended in ends)


def test_nothing_happens_on_a_lost_engine(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    os.kill(parent_of(pid), signal.SIGKILL)
    bench.wait_for(EngineLost)
    bench.start("exits_0@a#0")
    bench.stop("waits@a#0", signal.SIGTERM)
    assert bench.engine.events() == []


def test_a_server_told_to_end_from_outside_ends_its_daemons_first(bench: Bench) -> None:
    pids = bench.running("waits@a#0", "waits@a#1")
    os.kill(parent_of(pids[0]), signal.SIGTERM)
    bench.wait_for(EngineLost)
    assert {one.signal for one in bench.wait_for(DaemonExited, 2)} == {signal.SIGTERM}
    assert isinstance(bench.seen[-1], EngineLost)


def test_a_stopped_server_is_noticed_and_ends_with_all_its_daemons(bench: Bench) -> None:
    pids = bench.running("waits@a#0", "refuses@a#0")
    server = parent_of(pids[0])
    ends = [watch(pid) for pid in pids]
    os.kill(server, signal.SIGSTOP)
    (lost,) = bench.wait_for(EngineLost)
    assert f"the fork server (process {server}) did not answer" in lost.problem
    assert all(ended() for ended in ends)
    assert not lives(server)


def test_closing_while_the_server_is_stopped_leaves_nothing(bench: Bench) -> None:
    pids = bench.running("waits@a#0", "refuses@a#0")
    server = parent_of(pids[0])
    ends = [watch(pid) for pid in pids]
    os.kill(server, signal.SIGSTOP)
    bench.close(grace_s=600.0)
    assert all(ended() for ended in ends)
    assert not lives(server)
    assert not bench.options.socket_folder.exists()


def test_a_server_that_answers_is_kept_however_long_nothing_happens(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    for _ in range(3 * round(SILENT_MAX_S / LOOK_EVERY_S)):
        readable(bench.engine.fileno(), time.monotonic() + LOOK_EVERY_S)
        bench.seen += bench.engine.events()
    assert not bench.told(EngineLost)
    assert lives(pid)


def test_interrupts_at_the_terminal_do_not_reach_the_daemons(bench: Bench) -> None:
    (pid,) = bench.running("waits@a#0")
    assert os.getsid(pid) == parent_of(pid) != os.getsid(0)


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
