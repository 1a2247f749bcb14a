"""How a test starts an example that fails, and reads what its user is told."""

from __future__ import annotations

import json
import os
import re
import time

from swarmdsl.control.progress import Phase
from tests.chaos.battered_run import SILENCE_MAX_S, BatteredRun
from tests.e2e.failures.cases import Example


def start(
    run: BatteredRun, example: Example, way: str = "", *, nodes: str = "1", **settings: object
) -> None:
    """Run an example that fails this way; the settings are those of the targets."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }
    environment = {f"FAILURE_{name.upper()}": text for name, text in texts.items()}
    run.run(*example.words(run.sources, nodes), FAILURE=way, **environment)


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


def await_news_of_work(run: BatteredRun, instance: str) -> None:
    """Wait until the controller has heard that an instance is at work."""
    deadline = time.monotonic() + SILENCE_MAX_S
    while not _is_at_work(run, instance):
        assert time.monotonic() < deadline, run.described()
        os.sched_yield()


def _is_at_work(run: BatteredRun, instance: str) -> bool:
    instances = run.stored.progress().instances
    return any(one.instance == instance and one.phase is Phase.WORKING for one in instances)
