"""`swarm status`: one run, its tasks, and what each instance waits for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from swarmdsl.cli.chosen import again, chosen_run
from swarmdsl.cli.command import Command
from swarmdsl.cli.documents import reason_of
from swarmdsl.cli.durations import shown_s, shown_time
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.ps import document_of_standing
from swarmdsl.cli.standing import LOST, STYLES, Standing, standing_of
from swarmdsl.cli.table import table
from swarmdsl.cli.values import as_json
from swarmdsl.control.home import RunFolder
from swarmdsl.control.progress import InstanceProgress, Phase, Progress, counts
from swarmdsl.control.reasons import since

DAEMONS_SHOWN_MAX = 8  # in one line
INSTANCES_SHOWN_MAX = 20  # a screen; the JSON has all
_ORDER = (Phase.LOST, Phase.MISSING, Phase.WORKING, Phase.UNCONFIRMED, Phase.WAITING)
_SHORT = {
    Phase.WAITING: "waiting",
    Phase.WORKING: "working",
    Phase.UNCONFIRMED: "unconfirmed",
    Phase.DONE: "done",
    Phase.LOST: "lost",
    Phase.MISSING: "missing",
}
_INSTANCE_COLUMNS = ("instance", "for", "what")


def status(command: Command) -> Exit:
    """Show where a run stands, the newest by default.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        UsageError: there is no run at all.
    """
    folder = chosen_run(command)
    standing = standing_of(folder)
    if command.format == "json":
        command.streams.show(as_json(_document(folder, standing)))
    else:
        command.streams.show("\n".join(_lines(command, standing, time.time())) + "\n")
    if standing.state == LOST:
        command.streams.say(f"go on  {again(command, 'resume', folder.id)}")
    return Exit.OK


def _document(folder: RunFolder, standing: Standing) -> dict[str, Any]:
    progress = standing.progress or Progress()
    return {
        **document_of_standing(standing),
        "reason": reason_of(standing.record),
        "round_since": progress.round_since,
        "daemons_lost": progress.lost,
        "daemons_absent": list(progress.absent),
        "missing": dict(progress.missing),
        "instances": [_instance(one) for one in progress.instances],
        "folder": str(folder.path),
    }


def _instance(one: InstanceProgress) -> dict[str, Any]:
    return {
        "instance": one.instance,
        "task": one.alias,
        "node": one.node,
        "daemon": one.daemon,
        "phase": _SHORT[one.phase],
        "since": one.since,
        "waits_for": list(one.waits_for),
    }


def _lines(command: Command, standing: Standing, now: float) -> Iterator[str]:
    streams, record = command.streams, standing.record
    style = STYLES.get(standing.state, "warning")
    text = (record.reason or "").partition("\n")[0]
    yield f"run      {record.id}  {record.swarm}"
    yield f"state    {streams.paint(standing.state, style, streams.out)}" + (
        f": {text}" if text else ""
    )
    yield f"since    {shown_s(now - standing.since)}"
    if standing.progress is None:
        yield f"more     {again(command, 'results', record.id)}"
        return
    yield from _progress(command, standing.progress, now)


def _stopping(progress: Progress) -> Iterator[str]:
    """That a stop was asked for, and what comes before it."""
    if progress.stop_asked_at is None:
        return
    asked = f"stopping asked for at {shown_time(progress.stop_asked_at)}"
    if progress.round is None or progress.round_finished:
        yield asked
    else:
        yield f"{asked}; round {progress.round}, in progress, is finished first"


def _progress(command: Command, progress: Progress, now: float) -> Iterator[str]:
    lost = f", {progress.lost} lost so far" if progress.lost else ""
    yield f"daemons  {progress.connected} of {progress.daemons} connected{lost}"
    if progress.absent:
        names = ", ".join(progress.absent[:DAEMONS_SHOWN_MAX])
        more = len(progress.absent) - DAEMONS_SHOWN_MAX
        yield f"waiting  for {names}" + (f" and {more} more" if more > 0 else "")
    if progress.missing:
        yield f"missing  {since(progress.missing)}"
    yield from _stopping(progress)
    if progress.round is None or progress.round_since is None:
        return
    over = ", finished" if progress.round_finished else ""
    yield f"round    {progress.round}, began {shown_s(now - progress.round_since)} ago{over}"
    yield ""
    shown = [one for one in _SHORT if progress.missing or one is not Phase.MISSING]
    columns = ("task", *(_SHORT[one] for one in shown))
    yield from table(columns, _tasks(progress.instances, shown), command.streams)
    open_ = [one for one in progress.instances if one.phase is not Phase.DONE]
    if not open_:
        return
    open_.sort(key=lambda one: (_ORDER.index(one.phase), one.since))
    yield ""
    rows = [(one.instance, shown_s(now - one.since), what(one)) for one in open_]
    yield from table(_INSTANCE_COLUMNS, rows[:INSTANCES_SHOWN_MAX], command.streams)
    if len(rows) > INSTANCES_SHOWN_MAX:
        yield f"and {len(rows) - INSTANCES_SHOWN_MAX} more: --format json has all"


def _tasks(instances: Sequence[InstanceProgress], shown: Sequence[Phase]) -> list[list[str]]:
    counted = counts(instances)
    return [
        [alias, *(str(of_task[phase]) if of_task[phase] else "-" for phase in shown)]
        for alias, of_task in counted.items()
    ]


def what(one: InstanceProgress) -> str:
    """What an instance does or waits for, as words.

    >>> what(InstanceProgress(instance="b@n#0", alias="b", node="n", daemon="worker@n#0",
    ...                       phase=Phase.WAITING, since=0.0, waits_for=("a",)))
    'waiting for a'
    """
    names = " and ".join(one.waits_for)
    match one.phase:
        case Phase.WAITING:
            return f"waiting for {names or f'its turn on {one.daemon}'}"
        case Phase.UNCONFIRMED:
            return f"finished; waiting for {names or 'the run'} to confirm its pushes"
        case phase:
            return str(phase.value)
