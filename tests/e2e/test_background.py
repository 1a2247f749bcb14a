"""Runs that are left, found again and ended, by the command and from Python: real processes.

Every moment is held open by a gate in the swarm's code, so that nothing depends on timing.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest

from swarmdsl import BackgroundRun, Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.claim import Holder, holder_of, is_claimed
from swarmdsl.control.home import list_runs
from swarmdsl.control.waiting import Patience
from swarmdsl.daemon.log_times import parted
from swarmdsl.errors import RunFailed, RunNotEnded
from tests.chaos.processes import kill_all, processes_of
from tests.e2e.gates import PATIENCE_S, Gate

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
SWARMS = REPOSITORY / "tests/e2e/background_swarm.py"


@dataclass(slots=True)
class Scene:
    """A home, the gates of the swarms that run there, and the command line."""

    folder: Path
    temporary: Path
    gates: ExitStack

    def gate(self, name: str) -> Gate:
        """A gate that is closed from now on."""
        gate = Gate(self.folder, name)
        self.gates.callback(gate.close)
        return gate

    @property
    def environment(self) -> dict[str, str]:
        """Of every process of the scene."""
        own = {
            "SWARM_HOME": str(self.home),
            "GATES": str(self.folder),
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": str(REPOSITORY),
        }
        return {**os.environ, **own}

    @property
    def home(self) -> Path:
        """Where its runs are kept."""
        return self.folder / "home"

    def begin(self, *argv: str) -> subprocess.Popen[str]:
        """Execute a command; it is to be heard out."""
        return subprocess.Popen(
            [sys.executable, "-m", "swarmdsl", *argv],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def swarm(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Execute a command to its end."""
        return heard_out(self.begin(*argv))

    def leave(self, name: str) -> str:
        """Leave a swarm to the background; the id of the run."""
        ended = self.swarm("run", "-d", f"{SWARMS}:{name}")
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def states(self) -> dict[str, str]:
        """All runs, as `ps` has them."""
        ended = self.swarm("ps", "--all", "--format", "json")
        return {one["run"]: one["state"] for one in json.loads(ended.stdout)["runs"]}

    def document(self, *argv: str) -> dict[str, Any]:
        """What a command writes as JSON."""
        return cast("dict[str, Any]", json.loads(self.swarm(*argv, "--format", "json").stdout))

    def until_told(self, verb: str, run: str, text: str) -> None:
        """See a command say this of a run, soon."""
        assert Patience().until(lambda: text in self.swarm(verb, run).stdout, PATIENCE_S)

    def holder(self, run: str) -> Holder:
        """The process that looks after a run."""
        found = holder_of(self.home / "runs" / run)
        assert found is not None
        return found

    def kill_controller(self, run: str) -> None:
        """End it as the kernel does when memory is short, and see its claim gone."""
        os.kill(self.holder(run).pid, signal.SIGKILL)
        folder = self.home / "runs" / run
        assert Patience().until(lambda: not is_claimed(folder), PATIENCE_S)

    def assert_nothing_is_left(self) -> None:
        """No process of the scene soon, and no socket."""
        mark = ("GATES", str(self.folder))
        assert Patience().until(lambda: not processes_of(*mark), PATIENCE_S), processes_of(*mark)
        assert list(self.temporary.iterdir()) == []


def heard_out(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = process.communicate(timeout=PATIENCE_S)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as gates, TemporaryDirectory(prefix="left-") as temporary:
        yield Scene(tmp_path, Path(temporary), gates)
        kill_all(processes_of("GATES", str(tmp_path)))


# ---------------------------------------------------------------------------------- the command


def test_a_run_is_left_found_again_and_stopped_after_its_round(scene: Scene) -> None:
    gate = scene.gate("round0")
    begun = scene.swarm("run", "-d", f"{SWARMS}:Endless")
    run = begun.stdout.strip()
    assert begun.returncode == 0
    assert f"run {run} is RUNNING in the background" in begun.stderr
    assert f"swarm stop {run}" in begun.stderr
    gate.arrival()
    assert scene.states() == {run: "RUNNING"}
    document = scene.document("status", run[:-2])
    [tell] = document["instances"]
    assert (document["round"], tell["instance"], tell["phase"]) == (0, "tell@node1#0", "working")
    assert scene.swarm("globals", "last", "round").stdout == "0\n"
    assert scene.swarm("stop", run, "--timeout", "0").returncode == 0
    scene.until_told("status", run, "stopping asked for at ")
    scene.until_told(
        "logs", run, " controller     | stopping: asked for; round 0, in progress, is "
    )
    gate.remove()
    assert scene.swarm("logs", run, "-f").returncode == 0
    ended = scene.document("results", run)
    assert (ended["state"], ended["value"]) == ("COMPLETED", 0)
    assert ended["reason"]["text"] == "a stop was asked for; 1 round finished"
    scene.assert_nothing_is_left()


def test_stop_waits_until_the_run_has_ended(scene: Scene) -> None:
    run = scene.leave("Endless")
    ended = scene.swarm("stop", "last")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert f"run {run} is COMPLETED: a stop was asked for; " in ended.stderr
    scene.assert_nothing_is_left()


def test_a_run_in_the_foreground_can_be_stopped_too(scene: Scene) -> None:
    gate = scene.gate("round0")
    foreground = scene.begin("run", f"{SWARMS}:Endless")
    gate.arrival()
    assert scene.swarm("stop", "last", "--timeout", "0").returncode == 0
    gate.remove()
    ended = heard_out(foreground)
    assert (ended.returncode, ended.stdout) == (0, "0\n")


def test_its_controller_is_out_of_reach_of_the_terminal_and_writes_a_log(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    gate.arrival()
    controller = scene.holder(run).pid
    assert os.getsid(controller) == controller
    gate.remove()
    scene.swarm("logs", "-f", run)
    log = (scene.home / "runs" / run / "logs/controller.log").read_text("utf-8")
    first, *_, last = (parted(line) for line in log.splitlines())
    assert (first[1], last[1]) == (f"run {run}: starting", "COMPLETED: 1 round finished")
    assert "" < first[0] < last[0]


def test_a_shell_waits_for_a_run_and_gets_what_run_would_have_given(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    gate.arrival()
    assert scene.swarm("wait", run, "--timeout", "0.1s").returncode == 4
    waiting = scene.begin("wait", run)
    assert waiting.stderr is not None
    assert waiting.stderr.readline() == f"waiting for run {run} to end\n"
    gate.remove()
    ended = heard_out(waiting)
    assert (ended.returncode, ended.stdout) == (0, "0\n")
    said = ended.stderr.splitlines()
    assert said[0] == "COMPLETED: 1 round finished"
    assert said[-1] == f"logs   swarm logs {run}  # tasks have printed something"
    scene.assert_nothing_is_left()


def test_ctrl_c_ends_the_waiting_and_not_the_run(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    gate.arrival()
    waiting = scene.begin("wait", run)
    assert waiting.stderr is not None
    waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    assert heard_out(waiting).returncode == 130
    assert scene.states() == {run: "RUNNING"}


def test_who_waits_for_a_run_that_fails_fails(scene: Scene) -> None:
    scene.swarm("run", "-d", f"{SWARMS}:Failing")
    ended = scene.swarm("wait", "last")
    assert ended.returncode == 1
    assert "ZeroDivisionError" in ended.stderr


def test_two_runs_of_one_swarm_go_on_side_by_side(scene: Scene) -> None:
    gate = scene.gate("round0")
    first, second = scene.leave("Once"), scene.leave("Once")
    gate.arrival()
    assert scene.states() == {first: "RUNNING", second: "RUNNING"}
    assert scene.swarm("kill", first).returncode == 0
    assert scene.states() == {first: "STOPPED", second: "RUNNING"}
    gate.remove()
    scene.swarm("logs", "-f", second)
    assert scene.states() == {first: "STOPPED", second: "COMPLETED"}
    scene.assert_nothing_is_left()


def test_logs_are_followed_until_the_run_ends(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    gate.arrival()
    following = scene.begin("logs", run, "-f", "--task", "tell")
    assert following.stdout is not None
    assert following.stdout.readline().endswith("Z worker@node1#0 | round 0\n")
    gate.remove()
    ended = heard_out(following)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_kill_ends_a_run_in_the_middle_of_a_round(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Endless")
    gate.arrival()
    ended = scene.swarm("kill", run)
    assert (ended.returncode, ended.stderr) == (
        0,
        f"run {run} is STOPPED: killed by `swarm kill` in round 0, at work on tell@node1#0\n",
    )
    scene.assert_nothing_is_left()


def test_kill_ends_a_run_whose_controller_hangs(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Endless")
    gate.arrival()
    os.kill(scene.holder(run).pid, signal.SIGSTOP)
    ended = scene.swarm("kill", run)
    assert (ended.returncode, scene.states()) == (0, {run: "STOPPED"})
    scene.assert_nothing_is_left()


def test_a_run_whose_controller_was_killed_is_lost_and_can_be_resumed(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    gate.arrival()
    scene.kill_controller(run)
    shown = scene.swarm("ps")
    assert " LOST " in shown.stdout
    assert f"swarm resume {run}" in shown.stderr
    assert scene.swarm("stop", run).returncode == 2
    assert f"swarm resume {run}" in scene.swarm("logs", "-f", run).stderr
    gate.remove()
    ended = scene.swarm("resume", run[:-1])
    assert (ended.returncode, ended.stdout) == (0, "0\n")
    scene.assert_nothing_is_left()


def test_a_lost_run_goes_on_in_the_background(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    assert scene.swarm("resume", "-d", run).returncode == 2
    gate.arrival()
    scene.kill_controller(run)
    resumed = scene.swarm("resume", "-d")
    assert (resumed.returncode, resumed.stdout) == (0, f"{run}\n")
    assert f"run {run} is RUNNING in the background" in resumed.stderr
    gate.remove()
    scene.swarm("logs", "-f", run)
    assert scene.states() == {run: "COMPLETED"}
    assert scene.swarm("resume", "-d", run).returncode == 2
    scene.assert_nothing_is_left()


def test_a_lost_run_whose_daemons_died_is_resumed_when_they_are_there_again(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    gate.arrival()
    kill_all(processes_of("GATES", str(scene.folder)))
    assert scene.swarm("resume", "-d", run).returncode == 0
    shown = scene.document("status", run)
    assert (shown["state"], shown["daemons_connected"]) == ("RUNNING", shown["daemons"])
    assert shown["controller_pid"] == scene.holder(run).pid
    assert len(shown["daemon_pids"]) == shown["daemons"]
    gate.remove()
    scene.swarm("logs", "-f", run)
    assert scene.states() == {run: "COMPLETED"}


def test_a_lost_run_is_killed_with_the_daemons_that_still_live(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    gate.arrival()
    scene.kill_controller(run)
    assert scene.swarm("kill", run).returncode == 0
    assert scene.states() == {run: "STOPPED"}
    scene.assert_nothing_is_left()


def test_pruning_never_touches_a_run_that_lives(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    gate.arrival()
    prune = ("prune", "--older-than", "0s", "--yes")
    assert scene.swarm(*prune).stdout == ""
    assert scene.states() == {run: "RUNNING"}
    assert scene.swarm("kill", run).returncode == 0
    assert scene.swarm(*prune).stdout == f"{run}\n"
    assert list((scene.home / "runs").iterdir()) == []


def test_a_start_that_fails_is_told_at_once(scene: Scene) -> None:
    scene.gate("starting")
    ended = scene.swarm("run", "-d", f"{SWARMS}:Late")
    run = ended.stdout.strip()
    assert (ended.returncode, scene.states()) == (4, {run: "FAILED"})
    # The worker may be there in time, or not; the one behind the gate is not.
    missing = re.escape(f"run {run} is FAILED: needs 2 daemons, ") + r"[01] here after 1 s"
    assert re.match(missing, ended.stderr)
    assert f"swarm logs {run}" in ended.stderr
    scene.assert_nothing_is_left()


def test_what_does_not_compile_leaves_no_run(scene: Scene) -> None:
    ended = scene.swarm("run", "-d", f"{SWARMS}:Nobody")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert scene.states() == {}


def test_ctrl_c_before_the_start_leaves_nothing_running(scene: Scene) -> None:
    gate = scene.gate("starting")
    begun = scene.begin("run", "-d", f"{SWARMS}:Slowly")
    gate.arrival()
    begun.send_signal(signal.SIGINT)
    assert (heard_out(begun).returncode, list(scene.states().values())) == (130, ["STOPPED"])
    scene.assert_nothing_is_left()


def test_the_doctor_finds_this_machine_fit_and_the_lost_run(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = scene.leave("Once")
    gate.arrival()
    scene.kill_controller(run)
    document = scene.document("doctor")
    checks = {one["check"]: one for one in document["checks"]}
    assert checks["interpreter"]["verdict"] == "PASS"
    assert (checks["lost runs"]["verdict"], run in checks["lost runs"]["text"]) == ("WARN", True)
    assert scene.swarm("kill", run).returncode == 0


# ---------------------------------------------------------------------------------- from Python


def background(scene: Scene, name: str) -> BackgroundRun:
    """Begin a swarm from this very process."""
    swarm = cast("Swarm", load_target(f"{SWARMS}:{name}"))
    return swarm.run(home=scene.home, environment=scene.environment, background=True)


def test_a_handle_tells_how_a_run_stands_and_waits_for_its_end(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = background(scene, "Once")
    gate.arrival()
    assert not run.reason, "it goes on"
    assert (run.state.value, run.globals) == ("RUNNING", {"round": 0})
    with pytest.raises(RunNotEnded, match=r"`wait\(\)` waits for it"):
        _ = run.value
    with pytest.raises(TimeoutError, match="waited for during 0 s"):
        run.wait(timeout=0)
    gate.remove()
    ended = run.wait(timeout=PATIENCE_S)
    assert (ended.id, ended.value, run.value) == (run.id, 0, 0)
    assert (run.state.value, ended.reason.text) == ("COMPLETED", "1 round finished")
    assert run.reason == ended.reason
    scene.assert_nothing_is_left()


def test_a_handle_stops_a_run_after_its_round(scene: Scene) -> None:
    run = background(scene, "Endless")
    ended = run.stop(timeout=PATIENCE_S)
    assert (ended.state.value, ended.reason.kind.value) == ("COMPLETED", "stop_requested")
    assert run.stop().state is ended.state
    assert run.results("any") == []


def test_a_handle_kills_a_run_in_its_round(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = background(scene, "Endless")
    gate.arrival()
    ended = run.kill()
    assert ended.state.value == "STOPPED"
    assert ended.reason.text == "killed by `swarm kill` in round 0, at work on tell@node1#0"
    with pytest.raises(RunFailed):
        _ = run.value
    scene.assert_nothing_is_left()


def test_a_handle_tells_that_the_controller_died(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = background(scene, "Endless")
    gate.arrival()
    scene.kill_controller(run.id)
    ended = run.wait(timeout=PATIENCE_S)
    assert (run.state.value, ended.reason.kind.value) == ("FAILED", "controller_failed")
    assert run.kill().state.value == "STOPPED"
    scene.assert_nothing_is_left()


def test_a_run_that_fails_tells_its_reason_through_the_handle(scene: Scene) -> None:
    ended = background(scene, "Failing").wait(timeout=PATIENCE_S)
    assert ended.state.value == "FAILED"
    assert "ZeroDivisionError" in ended.reason.details


def test_runs_are_begun_and_awaited_inside_a_running_event_loop(scene: Scene) -> None:
    async def both() -> list[int]:
        runs = [background(scene, "Once") for _ in range(2)]
        ended = [asyncio.to_thread(run.wait, PATIENCE_S) for run in runs]
        return [run.value for run in await asyncio.gather(*ended)]

    assert asyncio.run(both()) == [0, 0]
    assert len(list_runs(scene.home)) == 2


def test_a_run_is_awaited_inside_a_running_event_loop(scene: Scene) -> None:
    async def one() -> object:
        run = await background(scene, "Once")
        return run.value

    assert asyncio.run(one()) == 0


def test_who_no_longer_awaits_a_run_is_not_held_up_by_it(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = background(scene, "Endless")
    gate.arrival()

    async def impatient() -> None:
        await asyncio.wait_for(run, timeout=0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    assert not run.state.final
    assert run.kill().state.value == "STOPPED"


def test_a_handle_alone_in_a_cell_shows_the_graph_and_where_the_run_stands(scene: Scene) -> None:
    gate = scene.gate("round0")
    run = background(scene, "Endless")
    gate.arrival()
    shown = run._repr_mimebundle_()
    assert shown["text/plain"].startswith(f"run {run.id} RUNNING, in the background\n")
    assert shown["image/svg+xml"].startswith("<svg")
    run.kill()
    assert "STOPPED" in run._repr_mimebundle_()["text/plain"]


def test_observers_are_refused_in_the_background(scene: Scene) -> None:
    swarm: Any = load_target(f"{SWARMS}:Once")
    with pytest.raises(ValueError, match="leave one of them out"):
        swarm.run(home=scene.home, background=True, observers=[print])
    assert list_runs(scene.home) == []
