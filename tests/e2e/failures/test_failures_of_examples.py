"""The rows of docs/failures.md about tasks, each with real processes and on all three examples."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.chaos.battered_run import BatteredRun
from tests.e2e.failures.cases import EXAMPLES, Example

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
    ),
    Row(
        way="takes_too_long",
        kind="task_failed",
        reason="{where} raised TimeLimitExceeded: .* took more than its 0.5 s",
        details="swarmdsl.errors.TimeLimitExceeded: .*",
        options={"timeout": 0.5},
    ),
    Row(
        way="ends_its_process",
        kind="daemon_lost",
        reason=r"daemon .* was lost \(exit code 3\) while .* {where}; it had been started ",
        limits={"restarts": 1},
    ),
    Row(
        way="is_killed",
        kind="daemon_lost",
        reason=r"daemon .* was lost \(SIGKILL\) while .* {where}; it had been started anew once",
        limits={"restarts": 1},
    ),
]


def start(run: BatteredRun, example: Example, way: str = "", **settings: object) -> None:
    """Run an example that fails this way; the settings are those of the targets."""
    environment = {
        f"FAILURE_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }
    run.run(*example.words(run.sources), FAILURE=way, **environment)


def ended(run: BatteredRun) -> tuple[int, str, str | None]:
    """The exit code, and the state and the kind of reason of the run as it is kept."""
    code = run.end()
    record = run.stored.record()
    return code, record.state, record.reason_kind


def reason_told(run: BatteredRun) -> tuple[str, list[str]]:
    """What the user is told at the end: the sentence, and the lines below it."""
    at = next(n for n, line in enumerate(run.said) if re.match("FAILED|STOPPED|COMPLETED", line))
    below = [line.strip() for line in run.said[at + 1 :] if line.startswith("    ")]
    return run.said[at].partition(": ")[2], below


@ON_EACH
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.way)
def test_a_task_that_fails_for_good_ends_the_run_as_the_table_says(
    run: BatteredRun, example: Example, row: Row
) -> None:
    start(run, example, row.way, limits=row.limits, options=row.options)
    assert ended(run) == (1, "FAILED", row.kind), run.described()
    sentence, below = reason_told(run)
    assert re.match(row.reason.format(where=re.escape(example.where)), sentence), run.described()
    if row.details:
        assert below[0] == "Traceback (most recent call last):"
        assert below[1].startswith('File "failing_examples.py"'), "their first line is first"
        assert re.fullmatch(row.details, below[-1])
        assert not any("swarmdsl/" in line for line in below), "none of it is ours"
    else:
        assert below == []
