"""Reads what a run has left in its folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from swarmdsl.control.claim import is_claimed
from swarmdsl.control.home import RunFolder, written_at
from swarmdsl.control.journal import RoundDecided, decode_record
from swarmdsl.control.progress import OF_THE_RUN, ROUND_BEGINS, Progress, progress_of
from swarmdsl.control.records import EventRow, GlobalRow, RunRecord
from swarmdsl.control.resumable import why_not_resumable
from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.control.store import Store
from swarmdsl.stats.summary import RunStatistics, Told, summary
from swarmdsl.stats.totals import decode_totals, since
from swarmdsl.topology.codec import read
from swarmdsl.topology.fused import Executed, executed
from swarmdsl.topology.model import RUN, LinkSpec, Topology
from swarmdsl.wire.codec import decode_blob, is_readable


def record_of(folder: RunFolder) -> RunRecord:
    """What a run is and how it stands; one that nobody looks after any more has failed.

    Raises:
        StoreUnreadable: it has no store, or one that cannot be read.
    """
    claimed = is_claimed(folder.path)  # asked first: a run may end in between
    with Store.reading(folder.store) as store:
        record, controller = store.run(), store.controller()
    if claimed or RunState(record.state).final:
        return record
    why_not = why_not_resumable(None if controller is None else controller[0])
    ways_on = f"{why_not}; `swarm kill {record.id}` ends it for good"
    return replace(
        record,
        state=RunState.FAILED.value,
        reason_kind=ReasonKind.CONTROLLER_FAILED.value,
        reason="the process that looked after the run ended without a word; "
        + (ways_on if why_not else f"`swarm resume {record.id}` goes on with it"),
    )


def is_lost(record: RunRecord) -> bool:
    """Whether nobody looks after a run that has not ended; a controller that fails says when."""
    failed = record.reason_kind == ReasonKind.CONTROLLER_FAILED.value
    return failed and record.ended_at is None


def last_sign(folder: RunFolder) -> float:
    """When a controller last wrote to the store of a run, in seconds since 1970."""
    log = folder.store.with_name(f"{folder.store.name}-wal")  # SQLite's own, beside the store
    return max(written_at(file) or 0.0 for file in (folder.store, log))


def _last_decided(journal: Iterable[bytes]) -> RoundDecided | None:
    """The roster that the controller decided last."""
    last = None
    for record in map(decode_record, journal):
        if isinstance(record, RoundDecided):
            last = record
    return last


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """A run on disk. Each question opens the store, so a run in progress can be read too.

    Attributes:
        folder: of the run.
        topology: that it executes.
        types: the type of one push of each last task, where this process knows it; else values
            come back as plain data.
    """

    folder: RunFolder
    topology: Topology
    types: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: RunFolder) -> StoredRun:
        """The run in a folder.

        Raises:
            TopologyError: its topology cannot be read.
        """
        topology, _ = read(folder.topology)
        return cls(folder=folder, topology=topology)

    @cached_property
    def executed(self) -> Executed:
        """What its daemons and its controller make of the topology."""
        return executed(self.topology)

    def _store(self) -> AbstractContextManager[Store]:
        return Store.reading(self.folder.store)

    def record(self) -> RunRecord:
        """What the run is and how it stands; one that nobody looks after any more has failed."""
        return record_of(self.folder)

    def is_unattended(self) -> bool:
        """Whether the run has not ended, and nobody looks after it."""
        return is_lost(self.record())

    def has_ended(self) -> bool:
        """Whether the run is in a final state."""
        with self._store() as store:
            return RunState(store.run().state).final

    def sockets(self) -> Path | None:
        """The folder of sockets of the controller that began last; None if none has."""
        with self._store() as store:
            found = store.controller()
        return None if found is None else Path(found[1])

    def engine(self) -> str | None:
        """What started its daemons, by the name that its last controller knew; None without one."""
        with self._store() as store:
            found = store.controller()
        return None if found is None else found[0]

    def progress(self) -> Progress:
        """How far it is."""
        with self._store() as store:
            of_the_run = store.events_of(OF_THE_RUN)
            of_the_round = store.events_since(ROUND_BEGINS)
            decided = _last_decided(store.journal())
            number = -1 if decided is None else decided.round
            sinks = [link.source for link in self.topology.links if link.destination == RUN]
            values, results = store.counts(number, sinks)
        members = {} if decided is None else decided.members
        progress = progress_of(self.executed.topology, members, of_the_run, of_the_round)
        return replace(progress, values=values, results=results)

    def events_of(self, kinds: Sequence[str]) -> list[EventRow]:
        """What it has told of these kinds, in order."""
        with self._store() as store:
            return store.events_of(kinds)

    def seated(self) -> Mapping[int, Sequence[int]]:
        """Per task that has taken part in a round, the candidates that took part last."""
        with self._store() as store:
            decided = _last_decided(store.journal())
        if decided is None:
            return {}
        found = self.executed
        at = {task.alias: position for position, task in enumerate(found.topology.tasks)}
        places = (at[found.alias_of.get(task.alias, task.alias)] for task in self.topology.tasks)
        earlier = decided.earlier
        return {own: earlier[place] for own, place in enumerate(places) if place in earlier}

    def value(self) -> Any:
        """What the last task pushed to the run in its last round; by alias if there are several."""
        sinks = {link.source: link for link in self.topology.links if link.destination == RUN}
        with self._store() as store:
            values = {alias: self._value(store, link) for alias, link in sinks.items()}
        return next(iter(values.values())) if len(values) == 1 else values

    def _value(self, store: Store, link: LinkSpec) -> Any:
        annotation = self.types.get(link.source)
        wanted = annotation if annotation is not None and is_readable(annotation) else Any
        kept = [decode_blob(row.value, wanted) for row in store.values(link.source)]
        if link.gather:
            return kept
        return kept[-1] if kept else None

    def results(self, tag: str | None, iteration: int | None = None) -> list[dict[str, Any]]:
        """Results in the order in which they were added."""
        with self._store() as store:
            rows = store.select_results(tag=tag, iteration=iteration)
        return [
            {
                "tag": row.tag,
                "node": row.node,
                "task": row.task,
                "iteration": row.iteration,
                "value": decode_blob(row.value),
            }
            for row in rows
        ]

    def statistics(self, *, recent: bool = False) -> RunStatistics:
        """What its daemons have measured: all of it, or between their last two tellings."""
        with self._store() as store:
            told = [*store.statistics.last()]
        totals: list[Told] = []
        for newest, before in told:
            one = decode_totals(newest.totals)
            if recent and before is not None:
                one = since(one, decode_totals(before.totals))
            totals.append((newest.daemon, one))
        return summary(self.executed.topology, totals)

    def globals(self) -> dict[str, Any]:
        """Every global, by tag."""
        return {row.tag: decode_blob(row.value) for row in self.global_rows()}

    def global_rows(self) -> list[GlobalRow]:
        """Every global with its version, by tag; the values encoded."""
        with self._store() as store:
            return store.list_globals()
