"""`swarm status`: one run, its tasks, and what each instance waits for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from swarmdsl.cli.chosen import again, chosen_run, going_on
from swarmdsl.cli.command import Command
from swarmdsl.cli.documents import reason_of
from swarmdsl.cli.durations import shown_s, shown_time
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.ps import document_of_standing
from swarmdsl.cli.standing import LOST, STYLES, Standing, standing_of
from swarmdsl.cli.table import table
from swarmdsl.cli.values import as_json
from swarmdsl.control.home import RunFolder
from swarmdsl.control.processes import Processes, processes_of
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
    processes = _processes(folder, standing)
    if command.format == "json":
        command.streams.show(as_json(_document(folder, standing, processes)))
    else:
        command.streams.show("\n".join(_lines(command, standing, processes)) + "\n")
    if standing.state == LOST:
        command.streams.say(f"next   {going_on(command, folder)}")
    return Exit.OK


def _processes(folder: RunFolder, standing: Standing) -> Processes:
    """Those of a run that has not ended; one that has has none."""
    if standing.progress is None:
        return Processes()
    return processes_of(folder, standing.progress.names)


def _document(folder: RunFolder, standing: Standing, processes: Processes) -> dict[str, Any]:
    progress = standing.progress or Progress()
    return {
        **document_of_standing(standing),
        "reason": reason_of(standing.record),
        "round_since": progress.round_since,
        "daemons_lost": progress.lost,
        "daemons_absent": list(progress.absent),
        "missing": dict(progress.missing),
        "values": progress.values,
        "results": progress.results,
        "controller_pid": processes.controller,
        "daemon_pids": dict(processes.daemons),
        "instances": [_instance(one) for one in progress.instances],
        "folder": str(folder.path),
    }


def _instance(one: InstanceProgress) -> dict[str, Any]:
    return {
        "instance": one.instance,
        "task": one.alias,
        "node": one.node,
        "daemon": one.daemon,
        "thief": one.thief or None,
        "phase": _SHORT[one.phase],
        "since": one.since,
        "waits_for": list(one.waits_for),
    }


def _lines(command: Command, standing: Standing, processes: Processes) -> Iterator[str]:
    streams, record, now = command.streams, standing.record, time.time()
    style = STYLES.get(standing.state, "warning")
    text = (record.reason or "").partition("\n")[0]
    yield f"run      {record.id}  {record.swarm}"
    yield f"state    {streams.paint(standing.state, style, streams.out)}" + (
        f": {text}" if text else ""
    )
    if standing.state == LOST:
        written = f"{shown_time(standing.since)}, {shown_s(now - standing.since)} ago"
        yield f"since    the last that its process wrote: {written}"
    else:
        yield f"since    {shown_s(now - standing.since)}"
    if standing.progress is None:
        yield f"more     {again(command, 'results', record.id)}"
        yield f"logs     {again(command, 'logs', record.id)}"
        return
    yield _daemons(standing, standing.progress, processes)
    yield from _pids(processes)
    yield from _progress(standing.progress, now)
    yield from _round(command, standing, now)


def _daemons(standing: Standing, progress: Progress, processes: Processes) -> str:
    lost = f", {progress.lost} lost so far" if progress.lost else ""
    if standing.state == LOST:
        living = f"{len(processes.daemons)} of {progress.daemons} live"
        return f"daemons  {living}, and none is connected{lost}"
    return f"daemons  {progress.connected} of {progress.daemons} connected{lost}"


def _pids(processes: Processes) -> Iterator[str]:
    """The numbers of the processes."""
    named = [f"{name} {pid}" for name, pid in processes.daemons.items()]
    if processes.controller is not None:
        named.insert(0, f"controller {processes.controller}")
    if named:
        more = len(named) - DAEMONS_SHOWN_MAX
        rest = f" and {more} more: --format json has all" if more > 0 else ""
        yield f"pids     {', '.join(named[:DAEMONS_SHOWN_MAX])}{rest}"


def _stopping(progress: Progress) -> Iterator[str]:
    """That a stop was asked for, and what comes before it."""
    if progress.stop_asked_at is None:
        return
    asked = f"stopping asked for at {shown_time(progress.stop_asked_at)}"
    if progress.round is None or progress.round_finished:
        yield asked
    else:
        yield f"{asked}; round {progress.round}, in progress, is finished first"


def _progress(progress: Progress, now: float) -> Iterator[str]:
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
    counts_of_round = f"{progress.values} pushes to the run and {progress.results} results"
    yield f"has      {counts_of_round}, of this round"


def _round(command: Command, standing: Standing, now: float) -> Iterator[str]:
    """Where the tasks and instances stand; of a lost run, where they stood at its last sign."""
    progress = standing.progress
    if progress is None or progress.round is None:
        return
    yield ""
    if standing.state == LOST:
        now = standing.since
        yield "as it was then:"
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
        case Phase.WORKING if one.thief:
            return f"{one.phase.value} in {one.thief}, which was idle"
        case phase:
            return str(phase.value)
