"""A run in one process: what it gives, what it leaves behind, and that nothing of it sticks."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Module, Run, Task
from swarmdsl.compiler import load_target
from swarmdsl.control.home import RunFolder
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.errors import ExtraMissing
from swarmdsl.light import Daemon, World, call, logger, on, secret
from tests.contracts.rules_case import ending, swarm
from tests.e2e.immediate_swarm import Doubled, Narrow

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = ("word_count", "wordcount", "map_reduce_guide", "quick_example")


@pytest.fixture(autouse=True)
def import_path_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading a target puts its folder on the import path."""
    monkeypatch.setattr(sys, "path", [*sys.path])


def here(home: Path, make: Callable[[], Any], **options: Any) -> Run:
    """Run a graph in this process."""
    return swarm(make).run(nodes=2, home=home, immediate=True, **options)


def where() -> list[object]:
    return [os.getpid(), threading.current_thread() is threading.main_thread()]


def test_functions_and_daemon_modules_run_in_this_process_and_thread(tmp_path: Path) -> None:
    assert here(tmp_path, lambda: Task(where, method="any")).value == [os.getpid(), True]


def test_what_a_task_prints_is_printed_and_what_it_logs_goes_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list(logger.handlers), logger.level, logger.propagate

    def speak() -> None:
        print("printed")
        logger.info("logged")

    here(tmp_path, lambda: Task(speak, method="any"))
    said = capsys.readouterr()
    assert said.out == "printed\n"
    assert said.err.endswith("speak@node1#0 round 0 INFO logged\n")
    assert (list(logger.handlers), logger.level, logger.propagate) == before
    assert isinstance(logger, logging.Logger)


def test_the_run_is_kept_like_any_other(tmp_path: Path) -> None:
    run = Doubled().run(home=tmp_path, immediate=True)
    stored = StoredRun.open(RunFolder(run.folder))
    assert (stored.record().state, stored.value(), stored.results("number")[0]["value"]) == (
        "COMPLETED",
        [42],
        21,
    )


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.e2e
def test_an_example_gives_the_same_with_and_without_processes(name: str, tmp_path: Path) -> None:
    example: Any = load_target(str(REPOSITORY / f"examples/{name}.py"))
    runs = [example.run(nodes=3, home=tmp_path, immediate=here) for here in (True, False)]
    assert ending(runs[0]) == ending(runs[1])
    assert runs[0].state.value == "COMPLETED"


@pytest.mark.e2e
def test_federated_learning_learns_the_same_with_and_without_processes(tmp_path: Path) -> None:
    example: Any = load_target(str(REPOSITORY / "examples/federated_digits.py"))
    nodes = sys.modules[type(example).__module__].prepare(tmp_path)
    runs = [example.run(nodes=nodes, home=tmp_path, immediate=here) for here in (True, False)]
    assert ending(runs[0])[:4] == ending(runs[1])[:4]


@pytest.mark.e2e
def test_telescopes_see_all_that_there_is_to_see(tmp_path: Path) -> None:
    example = load_target(str(REPOSITORY / "examples/telescopes.py"))
    telescopes = sys.modules[type(example).__module__]
    run = telescopes.Telescopes(100.0, 0.5, 0.0).run(home=tmp_path, immediate=True)
    lines, good = telescopes.verdict(telescopes.archived_by(run), telescopes.truth_of(100.0, 0.5))
    assert good, lines


class Board(Daemon):
    """Answers calls while the one who asks waits."""

    @call
    def twice(self, number: int) -> int:
        """The double."""
        return 2 * number


def test_a_call_is_answered_while_the_caller_waits(tmp_path: Path) -> None:
    def asking(world: World) -> object:
        return world.call("board", "twice", 21)

    def graph() -> list[Task]:
        return [Task(Board, "any", alias="board"), Task(asking, "any", alias="asking")]

    assert here(tmp_path, graph).value["asking"] == 42


@pytest.mark.e2e
def test_who_waits_for_credit_lets_the_others_run(tmp_path: Path) -> None:
    assert Narrow().run(home=tmp_path, immediate=True).value == [2 * sum(range(200))]


# ----------------------------------------------------------------------------------- failures


def test_a_task_that_raises_fails_the_run_with_its_own_traceback(tmp_path: Path) -> None:
    def divide() -> float:
        return 1 / 0

    run = here(tmp_path, lambda: Task(divide, method="any"))
    assert run.state.value == "FAILED"
    assert run.reason.text == "divide@node1#0 in round 0 raised ZeroDivisionError: division by zero"
    assert f'File "{__file__}"' in run.reason.details
    assert "return 1 / 0" in run.reason.details
    assert "deploy/cooperative" not in run.reason.details


def test_a_task_is_tried_as_often_as_it_says(tmp_path: Path) -> None:
    attempts: list[int] = []

    def third_time() -> str:
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError("not yet")
        return "done"

    run = here(tmp_path, lambda: Task(Module(third_time, retries=2), method="any"))
    assert (run.value, attempts) == ("done", [1, 1, 1]), "the very function that was declared"


class Unmade(Daemon):
    """Cannot be made."""

    def __init__(self) -> None:
        raise OSError("no such device")

    @on
    def take(self, number: int) -> None:
        """Never called."""


def one() -> int:
    return 1


def test_a_daemon_module_that_cannot_be_made_is_told_as_if_it_had_a_process(
    tmp_path: Path,
) -> None:
    run = here(tmp_path, lambda: Task(Unmade, method="any")(Task(one, method="any")))
    assert run.state.value == "FAILED"
    assert "no such device" in f"{run.reason.text}{run.reason.details}"


# ------------------------------------------------------------------- what a process would have


SCRIPT = """
import os, sys
import beside

def main():
    beside.count += 1
    return [beside.count, os.environ["WHO"], os.environ["SWARM_ALIAS"], sys.argv]
"""


def scripts(folder: Path) -> Any:
    """Two tasks that run one script, with a module of its own beside it."""
    (folder / "work.py").write_text(SCRIPT)
    (folder / "beside.py").write_text("count = 0\n")
    (folder / "many.py").write_text(
        "from swarmdsl import Module, Swarm, Task\n"
        "work = Module('work.py', env={'WHO': 'me'})\n"
        "class Many(Swarm):\n"
        "    def execute(self):\n"
        "        return Task(work, 'any', alias='b')(Task(work, 'any', alias='a'))\n"
    )
    return load_target(str(folder / "many.py"))


def test_a_script_begins_anew_each_time_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    made = scripts(tmp_path)
    before = sys.argv, list(sys.path), dict(os.environ), set(sys.modules)
    first = made.run(home=tmp_path, immediate=True)
    assert first.value == [1, "me", "b", ["work"]]
    assert (sys.argv, sys.path, dict(os.environ)) == before[:3]
    assert not {"work", "beside"} & set(sys.modules)
    assert made.run(home=tmp_path).value == first.value


def asks(world: World) -> str:
    world.globals["x"] = 1
    return os.environ.get("WHO", "nobody")


class Answers(Daemon):
    """Has an environment of its own."""

    @on
    async def answer(self, found: str) -> list[str]:
        """What was found there, and here."""
        await asyncio.sleep(0)
        return [found, os.environ["WHO"]]


def test_the_environment_of_a_daemon_module_is_its_own(tmp_path: Path) -> None:
    run = here(tmp_path, lambda: Task(Module(Answers, env={"WHO": "me"}), "any")(Task(asks, "any")))
    assert run.value == [["nobody", "me"]]
    assert "WHO" not in os.environ


def test_tasks_have_the_environment_that_the_run_is_given(tmp_path: Path) -> None:
    given = {**os.environ, "WHO": "given"}
    assert here(tmp_path, lambda: Task(asks, "any"), environment=given).value == "given"
    assert "WHO" not in os.environ


def tells() -> None:
    raise OSError(f"refused: {secret('token')}")


def test_a_secret_is_given_and_told_to_nobody(tmp_path: Path) -> None:
    asking = lambda: Task(Module(tells, secrets=["token"]), method="any")
    run = here(tmp_path, asking, secrets={"token": "k7-Qzt-92ab"})
    assert run.reason.text.endswith("raised OSError: refused: ***")
    logs = [file.read_text("utf-8") for file in (run.folder / "logs").iterdir()]
    assert "refused: ***" in "".join(logs)
    assert "k7-Qzt-92ab" not in "".join(logs)


@pytest.mark.e2e
def test_a_program_is_a_process_and_may_call(tmp_path: Path) -> None:
    script = '"$SWARM_PYTHON" -m swarmdsl.light globals set x 5 >/dev/null; cat'
    program = Module(command=["sh", "-c", script], name="sh", takes=int, yields=int)
    run = here(tmp_path, lambda: Task(program, "any")(Task(one, "any")))
    assert (run.state.value, run.globals) == ("COMPLETED", {"x": 5}), run.reason


def test_a_run_within_a_running_event_loop_may_use_loops_of_its_own(tmp_path: Path) -> None:
    async def notebook() -> tuple[object, bool]:
        loop = asyncio.get_running_loop()
        value = Doubled().run(home=tmp_path, immediate=True).value
        return value, asyncio.get_running_loop() is loop

    assert asyncio.run(notebook()) == ([42], True)


def test_a_run_in_another_thread_leaves_signals_alone(tmp_path: Path) -> None:
    values: list[object] = []
    thread = threading.Thread(
        target=lambda: values.append(Doubled().run(home=tmp_path, immediate=True).value)
    )
    thread.start()
    thread.join()
    assert values == [[42]]


# ---------------------------------------------------------------------------- what is refused


def test_it_is_neither_in_the_background_nor_on_another_engine(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="immediate=True runs the swarm in this process, and back"):
        Doubled().run(home=tmp_path, immediate=True, background=True)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="engine='docker' would have nothing to do"):
        Doubled().run(home=tmp_path, immediate=True, engine="docker")
    assert list(tmp_path.iterdir()) == []


def test_a_task_that_starts_a_run_is_refused_as_in_any_run(tmp_path: Path) -> None:
    def nested() -> object:
        return Doubled().run(immediate=True).value

    run = here(tmp_path, lambda: Task(nested, method="any"))
    assert run.reason.text.startswith("nested@node1#0 in round 0 raised RunRefused")


def test_without_greenlet_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['greenlet'] = None\n"
        "from tests.e2e.immediate_swarm import Doubled\n"
        "Doubled().run(immediate=True)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    assert ended.stderr.endswith(f"{ExtraMissing('testing', 'greenlet')}\n")
