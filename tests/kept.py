"""Runs on disk as their controllers would have left them, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from swarmdsl.control.home import RunFolder, make_run_folder
from swarmdsl.control.journal import RoundDecided, encode_record
from swarmdsl.control.records import RunRecord
from swarmdsl.control.store import Store
from swarmdsl.topology.codec import write
from swarmdsl.topology.model import Topology
from swarmdsl.wire.codec import encode_blob
from tests.handmade import chain

Event = tuple[float, str, str, int | None, str]
ROUND_0 = RoundDecided(0, 0, {0: [0], 1: [0], 2: [0]}, {}, [], {}, [])
"""The first round of `chain`: all of its tasks, on the only candidates that they have."""


def kept(
    home: Path,
    run: str,
    *,
    state: str = "RUNNING",
    created_at: float = 1_000.0,
    ended_at: float | None = None,
    reason: str = "1 round finished",
    events: Sequence[Event] = (),
    shared: Mapping[str, object] | None = None,
    secrets: Sequence[str] = (),
    swarm: Topology | None = None,
    engine: str = "",
) -> RunFolder:
    """Keep a run of `chain`, or of another swarm, under `home`; with an end, if it has one.

    `engine` is that of a controller; by default none has begun.
    """
    folder = make_run_folder(home, run)
    swarm = chain() if swarm is None else swarm
    tasks = tuple(replace(task, secrets=tuple(secrets)) for task in swarm.tasks)
    write(replace(swarm, tasks=tasks), {}, folder.path)
    record = RunRecord(
        id=run, swarm="Chain", topology_hash="9f", state="RUNNING", created_at=created_at
    )
    store = Store.create(folder.store, record)
    if engine:
        store.begin_controller(engine, "/nowhere", created_at)
    for event in events:
        store.add_event(*event)
    if any(kind == "RoundStarted" for _, kind, *_ in events):
        store.note(encode_record(ROUND_0))
    for tag, value in (shared or {}).items():
        store.set_global(tag, encode_blob(value))
    if ended_at is not None:
        store.set_state(state, reason_kind="finished", reason=reason, ended_at=ended_at)
    else:
        store.set_state(state)
    store.close()
    return folder
