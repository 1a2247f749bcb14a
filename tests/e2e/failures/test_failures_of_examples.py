"""The rows of docs/failures.md about tasks, each with real processes and on all three examples."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.chaos.battered_run import BatteredRun
from tests.e2e.failures.cases import EXAMPLES, SKY, Example
from tests.e2e.failures.telling import ended, reason_told, start

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ON_EACH = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.swarm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A way to fail that never ends, and what the table says comes of it.

    Attributes:
        way: to fail.
        kind: of the reason.
        reason: a pattern of it, in which {where} is the instance and its round.
        details: the last line below it, a pattern too.
        limits: of the swarm.
        options: of the tasks.
    """

    way: str
    kind: str
    reason: str
    details: str = ""
    limits: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


RAISED = "ValueError: the instrument is out of order"
ROWS = [
    Row(
        way="raises",
        kind="task_failed",
        reason="{where} raised " + RAISED,
        details=RAISED,
    ),
    Row(
        way="exits",
        kind="task_failed",
        reason="{where} raised SystemExit: 3; a task ends by returning",
        details="SystemExit: 3",
    ),
    Row(
        way="returns_a_wrong_type",
        kind="task_failed",
        reason="{where} raised PushRefused: .* pushed a str, but its links accept ",
        details="swarmdsl.errors.PushRefused: .*",
    ),
    Row(
        way="returns_nothing",
        kind="task_failed",
        reason="{where} raised NothingReturned: .* says that it gives ",
        details="swarmdsl.errors.NothingReturned: .*",
    ),
    Row(
        way="returns_wrong_contents",
        kind="task_failed",
        reason="{where} raised ContentsRefused: .* the type is str, not int",
        details="swarmdsl.errors.ContentsRefused: .*",
    ),
    Row(
        way="takes_too_long",
        kind="task_failed",
        reason="{where} raised TimeLimitExceeded: .* took more than its 0.5 s",
        details="swarmdsl.errors.TimeLimitExceeded: .*",
        options={"timeout": 0.5},
    ),
    Row(
        way="catches_its_interruption",
        kind="task_failed",
        reason="{where} raised TimeLimitExceeded: .* took more than its 0.5 s",
        details="swarmdsl.errors.TimeLimitExceeded: .*",
        options={"timeout": 0.5},
    ),
    Row(
        way="cannot_be_interrupted",
        kind="task_failed",
        reason="{where} took more than its timeout of 0.5 s and did not let itself be interrupted",
        details="TimeLimitExceeded: it did not let itself be interrupted, .*",
        options={"timeout": 0.5},
    ),
    Row(
        way="takes_too_much_memory",
        kind="task_failed",
        reason="{where} raised MemoryLimitExceeded: .* more memory than its limit of 1GiB",
        details="swarmdsl.errors.MemoryLimitExceeded: .*",
        options={"resources": {"memory": "1GiB"}},
    ),
    Row(
        way="ends_its_process",
        kind="daemon_lost",
        reason=r"your code ended the process of .* \(exit code 3\), attempt 2 of 2",
        limits={"restarts": 1},
    ),
    Row(
        way="is_killed",
        kind="daemon_lost",
        reason=r"daemon .* was lost \(SIGKILL\) .* it had been started anew once",
        limits={"restarts": 1},
    ),
]


@ON_EACH
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.way)
def test_a_task_that_fails_for_good_ends_the_run_as_the_table_says(
    run: BatteredRun, example: Example, row: Row
) -> None:
    start(run, example, row.way, limits=row.limits, options=row.options)
    assert ended(run) == (1, "FAILED", row.kind), run.described()
    sentence, below = reason_told(run)
    assert re.match(row.reason.format(where=re.escape(example.where)), sentence), run.described()
    assert example.victim in sentence
    assert f"round {example.round}" in sentence
    if row.details:
        assert below[0] == "Traceback (most recent call last):"
        assert below[1].startswith('File "failing_examples.py"'), "their first line is first"
        assert re.fullmatch(row.details, below[-1])
        assert not any("swarmdsl/" in line for line in below), "none of it is ours"
    else:
        assert below == []


SIZES = {
    "Words": r"mapper_\d@node1#0 in round 0 raised PushTooLarge: .* type dict and \d+ bytes",
    "Digits": r"trainers@node\d#0 in round 0 raised PushTooLarge: .* type Update and \d+ bytes",
    "Sky": r"camera_\d@node1#0 in round 0 raised PushTooLarge: .* type Image and \d+ bytes",
}


@ON_EACH
def test_a_value_that_is_too_large_fails_its_task_by_name(
    run: BatteredRun, example: Example
) -> None:
    start(run, example, limits={"push_bytes": 4_000})
    assert ended(run) == (1, "FAILED", "task_failed"), run.described()
    sentence, _ = reason_told(run)
    assert re.match(SIZES[example.swarm], sentence)
    assert "or raise limits.push_bytes" in sentence


def check_not_started(run: BatteredRun, module: str) -> None:
    assert ended(run) == (1, "FAILED", "start_failed"), run.described()
    sentence, below = reason_told(run)
    assert re.fullmatch(rf"\S+ of module {module} cannot start: {RAISED}", sentence)
    assert below[1].startswith('File "failing_examples.py"'), "their first line is first"
    assert below[-1] == RAISED


@ON_EACH
def test_a_module_that_cannot_be_imported_ends_the_run_before_its_first_round(
    run: BatteredRun, example: Example
) -> None:
    start(run, example, "cannot_be_imported")
    check_not_started(run, "(count|train|Stereo)")


def test_a_daemon_module_that_cannot_be_made_ends_the_run_before_its_first_round(
    run: BatteredRun,
) -> None:
    start(run, SKY, "raises_in_init")
    check_not_started(run, "Stereo")


def test_a_daemon_module_whose_on_start_raises_fails_at_its_first_work(run: BatteredRun) -> None:
    start(run, SKY, "raises_on_start")
    assert ended(run) == (1, "FAILED", "task_failed"), run.described()
    assert reason_told(run)[0] == f"{SKY.where} raised {RAISED}"


OUTSIDE = {
    "script": "raised SystemExit: 3; a task ends by returning",
    "program": "raised ProgramEnded: program sh of .* ended with exit code 3",
    "killed": r"raised ProgramEnded: program sh of .* was ended by signal 9 \(SIGKILL\)",
}


@ON_EACH
@pytest.mark.parametrize("kind", OUTSIDE)
def test_a_script_or_program_that_ends_badly_ends_the_run_with_its_code_or_signal(
    run: BatteredRun, example: Example, kind: str
) -> None:
    start(run, example, beside=kind)
    assert ended(run) == (1, "FAILED", "task_failed"), run.described()
    assert re.match(rf"beside@node\d#0 in round 0 {OUTSIDE[kind]}", reason_told(run)[0])
