"""Tasks that fail, in real runs: what is tried again, what ends the run, and what is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Daemon, Module, Swarm, Task, on
from swarmdsl.control.happenings import Happening, InstanceRetried
from swarmdsl.runs import Run

pytestmark = pytest.mark.e2e


class One(Swarm):
    """A swarm of whatever the test makes."""

    def __init__(self, task: Any) -> None:
        super().__init__()
        self._task = task

    def execute(self) -> Any:
        return self._task()


def run_of(tmp_path: Path, task: Any, told: list[Happening] | None = None) -> Run:
    observers = [] if told is None else [told.append]
    return One(task).run(home=tmp_path / "home", observers=observers)


def counting(file: str) -> int:
    """How often it has been called, by any process."""
    path = Path(file)
    with path.open("a") as tally:
        tally.write(".")
    return len(path.read_text())


def third_time_lucky(file: str) -> Iterator[int]:
    yield from range(2_000)  # more than one batch
    times = counting(file)
    if times < 3:
        raise OSError(f"no luck, {times}")
    yield times


def add(numbers: list[int]) -> tuple[int, int]:
    return len(numbers), sum(numbers)


def test_a_function_that_fails_is_done_again_and_pushes_nothing_twice(tmp_path: Path) -> None:
    told: list[Happening] = []

    def execute() -> Task:
        source = Task(third_time_lucky, inputs={"file": str(tmp_path / "tally")}, retries=2)
        return Task(add, "any")(source)

    run = run_of(tmp_path, execute, told)

    assert run.value == (2_001, sum(range(2_000)) + 3)
    retried = [one for one in told if isinstance(one, InstanceRetried)]
    assert [(one.failures, one.attempts, one.again_in_s) for one in retried] == [
        (1, 3, 0.1),
        (2, 3, 0.2),
    ]
    assert retried[0].text == "OSError: no luck, 1"


def test_a_function_that_fails_too_often_ends_the_run_with_its_last_error(tmp_path: Path) -> None:
    def execute() -> Task:
        return Task(third_time_lucky, inputs={"file": str(tmp_path / "tally")}, retries=1)

    run = run_of(tmp_path, execute)

    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert "raised OSError: no luck, 2; called with file=" in run.reason.text
    assert 'raise OSError(f"no luck, {times}")' in run.reason.details


def forgetful(number: int) -> int:  # type: ignore[return]
    number + 1


def words(number: int) -> list[int]:
    return [number, "seven"]  # type: ignore[list-item]


def size(numbers: list[int]) -> int:
    return len(numbers)


def one() -> int:
    return 1


def failed_with(run: Run) -> tuple[str, str, str]:
    """The state, the sentence and the lines below it."""
    assert run.reason is not None
    return run.state.value, run.reason.text, run.reason.details


def test_a_forgotten_return_fails_the_task_that_forgot_it(tmp_path: Path) -> None:
    def execute() -> Task:
        return Task(words, "any")(Task(forgetful, "any")(Task(one, "any")))

    state, text, details = failed_with(run_of(tmp_path, execute))
    assert state == "FAILED"
    assert text.startswith("forgetful@node1#0 in round 0 raised NothingReturned: ")
    assert "got None from forgetful, which says that it gives int" in text
    assert "def forgetful(number: int) -> int:" in details


class Words(Daemon):
    def produce(self) -> Iterator[int]:
        yield 1
        yield "two"  # type: ignore[misc]


def test_a_source_that_yields_a_wrong_type_is_told_the_line(tmp_path: Path) -> None:
    run = run_of(tmp_path, lambda: Task(add, "any")(Task(Words, "any")))
    state, text, details = failed_with(run)
    assert state == "FAILED"
    assert "Words@node1#0 pushed a str, but its links accept int" in text
    assert 'in produce\n    yield "two"' in details


def handed_over() -> Iterator[int]:
    return [1, 2]  # type: ignore[return-value]


def test_a_list_of_a_function_that_says_it_yields_is_told_to_be_yielded(tmp_path: Path) -> None:
    run = run_of(tmp_path, lambda: Task(add, "any")(Task(handed_over, "any")))
    state, text, _ = failed_with(run)
    assert state == "FAILED"
    assert "pushed a list, but its links accept int. handed_over says that it yields int" in text
    assert "yield the items one by one, or write `-> list[int]`" in text


@pytest.mark.parametrize("last", [True, False], ids=["the run's value", "another task's input"])
def test_a_value_that_is_wrong_inside_fails_the_task_that_gave_it(
    tmp_path: Path, last: bool
) -> None:
    told: list[Happening] = []

    def execute() -> Task:
        given = Task(words, "any", retries=1)(Task(one, "any"))
        return given if last else Task(size, "any")(given)

    state, text, details = failed_with(run_of(tmp_path, execute, told))
    assert state == "FAILED"
    assert text.startswith("words@node1#0 in round 0 raised ContentsRefused: ")
    assert "pushed a list that is no list[int]: at [1] the type is str, not int" in text
    assert "def words(number: int) -> list[int]:" in details
    assert [one.failures for one in told if isinstance(one, InstanceRetried)] == [1]


def endless() -> int:
    while True:
        pass


def test_a_function_that_takes_too_long_is_interrupted_where_it_is(tmp_path: Path) -> None:
    run = run_of(tmp_path, lambda: Task(endless, "any", timeout=0.2))

    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert "endless@node1#0 took more than its 0.2 s and was interrupted" in run.reason.text
    assert "in endless" in run.reason.details


def slow_at_first(file: str) -> str:
    if counting(file) == 1:
        endless()
    return "in time"


def test_one_that_took_too_long_may_be_tried_again(tmp_path: Path) -> None:
    inputs = {"file": str(tmp_path / "tally")}
    run = run_of(tmp_path, lambda: Task(slow_at_first, inputs=inputs, timeout=0.2, retries=1))
    assert run.value == "in time"


class Stuck(Daemon):
    @on
    def handle(self, number: int) -> int:
        return number if number < 2 else endless()


def three() -> Iterator[int]:
    yield from range(3)


def test_a_push_that_takes_too_long_ends_the_run(tmp_path: Path) -> None:
    run = run_of(tmp_path, lambda: Task(Stuck, "any", timeout=0.2)(Task(three, "any")))
    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert "Stuck@node1#0 took more than its 0.2 s" in run.reason.text


def module_of(folder: Path, body: str) -> Module:
    (folder / "script.py").write_text(body)
    return Module(folder / "script.py")


def test_a_script_that_takes_too_long_ends_with_its_process(tmp_path: Path) -> None:
    body = (
        "import os\n\ndef main():\n    print('pid', os.getpid(), flush=True)\n    os.read(0, 1)\n"
    )
    stuck = f"{body}    while True:\n        pass\n"
    run = run_of(tmp_path, lambda: Task(module_of(tmp_path, stuck), "any", timeout=1.0))

    assert run.reason is not None
    assert "script@node1#0 took more than its 1 s" in run.reason.text
    [log] = (tmp_path / "home").rglob("worker@node1#0.log")
    pid = int(log.read_text().split("pid ")[1].split()[0])
    assert not Path(f"/proc/{pid}").exists()


def test_a_script_and_a_program_have_an_environment_of_their_own(tmp_path: Path) -> None:
    body = "import os\n\ndef main():\n    return os.environ['FLAVOUR']\n"
    code = "import json, os; print(json.dumps(os.environ['FLAVOUR']))"

    def execute() -> list[Task]:
        script = Task(module_of(tmp_path, body), "any", env={"FLAVOUR": "sweet"}, alias="script")
        module = Module(command=[sys.executable, "-c", code], env={"FLAVOUR": "sour"})
        return [script, Task(module, "any", alias="program")]

    assert run_of(tmp_path, execute).value == {"script": "sweet", "program": ["sour"]}


def test_a_program_that_takes_too_long_ends_with_its_process(tmp_path: Path) -> None:
    module = Module(command=["sleep", "600"])
    run = run_of(tmp_path, lambda: Task(module, "any", timeout=0.5))
    assert run.reason is not None
    assert "sleep@node1#0 took more than its 0.5 s" in run.reason.text
