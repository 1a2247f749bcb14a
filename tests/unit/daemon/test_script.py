"""A script in its process, and what its daemon hears from it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.daemon.bundle import bundle_path
from swarmdsl.daemon.log_times import parted
from swarmdsl.daemon.script_program import ScriptProgram
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Handle, Run
from swarmdsl.errors import CallFailed, ScriptEnded, ScriptRaised
from swarmdsl.light import TaskContext, entered
from tests.handmade import task, topology

Controller = Callable[[str, Mapping[str, object]], object]


def a_script(folder: Path, main: str, **beside: str) -> Hosted:
    """A hosted script whose `main()` has this body, with other files beside it."""
    body = "\n".join(f"    {line}" for line in main.splitlines())
    files = {"step": f"from swarmdsl.light import World\n\ndef main():\n{body}\n", **beside}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, source in files.items():
            archive.writestr(f"{name}.py", source)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    path = bundle_path(folder, digest)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(buffer.getvalue())
    spec, code = task("step", "script")
    zipped = type(code)(
        name="step", kind="script", bundle=digest, encoding="zip", entry="step", image=None
    )
    return Wiring(topology([(spec, zipped)]), "worker@n1#0").hosted[0, 0]


def no_controller(method: str, arguments: Mapping[str, object]) -> object:
    raise CallFailed(method, "nobody answers here")


def run(
    folder: Path,
    main: str,
    *,
    inputs: Mapping[str, Any] | None = None,
    controller: Controller = no_controller,
    datasets: Mapping[str, str] | None = None,
    beside: Mapping[str, str] | None = None,
) -> list[object]:
    """What the script pushes."""
    hosted = a_script(folder, main, **(beside or {}))
    pushed: list[object] = []
    program = ScriptProgram(hosted, folder, datasets or {}, lambda: None)
    context = TaskContext(
        run="r1",
        instance="step@n1#0",
        alias="step",
        node="n1",
        iteration=4,
        call=controller,
    )
    with entered(context):
        program.run(Run(hosted, 4, dict(inputs or {}), {}), pushed.append)
    return pushed


def test_what_main_returns_is_pushed(tmp_path: Path) -> None:
    assert run(tmp_path, "return {'loss': 0.5}") == [{"loss": 0.5}]


def test_none_pushes_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "pass") == []


def test_inputs_are_there_by_alias(tmp_path: Path) -> None:
    main = "inputs = World().inputs\nreturn [inputs['rate'], sum(inputs['workers'])]"
    assert run(tmp_path, main, inputs={"rate": 2, "workers": [1, 2]}) == [[2, 3]]


def test_inputs_may_be_larger_than_any_buffer(tmp_path: Path) -> None:
    assert run(tmp_path, "return len(World().inputs['x'])", inputs={"x": b"." * 5_000_000}) == [
        5_000_000
    ]


def test_a_script_knows_where_it_runs(tmp_path: Path) -> None:
    main = (
        "from swarmdsl.light import Local, Task\n"
        "task = Task()\n"
        "where = task.task_id, task.swarm_id, Local().node\n"
        "return [*where, World().iteration, str(Local().path('digits'))]"
    )
    found = run(tmp_path, main, datasets={"digits": "/data/digits"})
    assert found == [["step@n1#0", "r1", "n1", 4, "/data/digits"]]


def test_files_beside_a_script_can_be_imported(tmp_path: Path) -> None:
    found = run(tmp_path, "import tools\nreturn tools.ONE", beside={"tools": "ONE = 1"})
    assert found == [1]


def test_questions_go_to_the_controller_and_answers_come_back(tmp_path: Path) -> None:
    asked: list[tuple[str, Mapping[str, object]]] = []

    def controller(method: str, arguments: Mapping[str, object]) -> object:
        asked.append((method, arguments))
        return {"w": [1, 2]}

    assert run(tmp_path, "return World().globals['w']", controller=controller) == [{"w": [1, 2]}]
    assert asked == [("globals.get", {"tag": "w"})]


def test_a_refusal_is_raised_in_the_script(tmp_path: Path) -> None:
    main = (
        "from swarmdsl.errors import CallFailed\n"
        "try:\n    World().stop_swarm()\n"
        "except CallFailed as error:\n    return str(error)"
    )
    assert run(tmp_path, main) == ["stop_swarm: nobody answers here"]


def test_what_a_script_raises_arrives_with_its_own_traceback(tmp_path: Path) -> None:
    with pytest.raises(ScriptRaised) as raised:
        run(tmp_path, "raise ValueError('no luck')")
    assert (raised.value.error, raised.value.problem) == ("ValueError", "no luck")
    assert raised.value.traceback == (
        "Traceback (most recent call last):\n"
        '  File "step.py", line 4, in main\n'
        "    raise ValueError('no luck')\n"
        "ValueError: no luck\n"
    )


@pytest.mark.parametrize(
    ("main", "error"),
    [
        ("import sys; sys.exit(3)", "SystemExit"),
        ("return object()", "EncodeError"),
        ("import nowhere", "ModuleNotFoundError"),
        ("return World().globals['x']", "CallFailed"),
    ],
)
def test_whatever_stops_main_is_named(tmp_path: Path, main: str, error: str) -> None:
    with pytest.raises(ScriptRaised) as raised:
        run(tmp_path, main)
    assert raised.value.error == error


def test_a_script_without_main_raises(tmp_path: Path) -> None:
    with pytest.raises(ScriptRaised, match="has no attribute 'main'"):
        run(tmp_path, "pass", beside={"step": "x = 1"})


@pytest.mark.parametrize(
    ("main", "how"),
    [
        ("import os; os._exit(7)", "with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "by signal 9"),
    ],
)
def test_a_process_that_ends_without_a_word_is_noticed(tmp_path: Path, main: str, how: str) -> None:
    with pytest.raises(ScriptEnded, match=f"the process of step@n1#0 ended {how}"):
        run(tmp_path, main)


def test_a_process_that_ends_is_noticed_though_its_child_lives(tmp_path: Path) -> None:
    """The child has inherited the socket, so the stream does not end."""
    main = (
        "import os, signal\n"
        "if os.fork() == 0:\n"
        "    signal.alarm(2); signal.pause()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    with pytest.raises(ScriptEnded, match="by signal 9"):
        run(tmp_path, main)


def test_a_thread_that_a_script_leaves_behind_does_not_fail_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swarmdsl.daemon.script_program.END_S", 0.1)
    main = "import threading\nthreading.Thread(target=threading.Event().wait).start()\nreturn 5"
    assert run(tmp_path, main) == [5]


def test_what_a_script_prints_is_what_its_daemon_writes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, "print('at work')")
    assert capfd.readouterr().out == "at work\n"


def test_what_a_script_prints_into_a_log_has_its_time(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swarmdsl.daemon.script_program.are_timed", lambda: True)
    run(tmp_path, "print('at work')")
    moment, line = parted(capfd.readouterr().out)
    assert (moment != "", line) == (True, "at work\n")


def test_a_script_finds_in_its_environment_what_it_runs_as(tmp_path: Path) -> None:
    main = (
        "import os\n"
        "names = ('TASK_ID', 'SWARM_ID', 'NODE_ID', 'ITERATION', 'SWARM_DATASET_DIGITS')\n"
        "return [os.environ[name] for name in names]"
    )
    found = run(tmp_path, main, datasets={"digits": "/data/digits"})
    assert found == [["step@n1#0", "r1", "n1", "4", "/data/digits"]]


def test_what_a_script_logs_is_in_the_log_of_its_daemon(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, "from swarmdsl.light import logger\nlogger.info('at work')")
    assert capfd.readouterr().err.endswith(" step@n1#0 round 4 INFO at work\n")


def test_a_script_awaits_what_it_asks_in_a_loop_of_its_own(tmp_path: Path) -> None:
    main = (
        "import asyncio\n"
        "async def work():\n"
        "    return await World().globals.async_get('w')\n"
        "return asyncio.run(work())"
    )
    assert run(tmp_path, main, controller=lambda method, arguments: 5) == [5]


def test_the_daemon_looks_after_its_sockets_while_a_script_runs(tmp_path: Path) -> None:
    hosted = a_script(tmp_path, "import threading; threading.Event().wait(0.3)")
    turns: list[None] = []
    program = ScriptProgram(hosted, tmp_path, {}, lambda: turns.append(None))
    context = TaskContext(
        run="r", instance="i", alias="a", node="n", iteration=0, call=no_controller
    )
    with entered(context):
        program.run(Run(hosted, 0, {}, {}), print)
    assert len(turns) >= 2


def test_a_script_has_no_handlers(tmp_path: Path) -> None:
    hosted = a_script(tmp_path, "pass")
    with pytest.raises(AssertionError, match="is a script"):
        ScriptProgram(hosted, tmp_path, {}, lambda: None).handle(
            Handle(hosted, 0, "", [], {}), print
        )
