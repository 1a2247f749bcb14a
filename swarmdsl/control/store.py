"""What a run has to remember: one SQLite file in its folder.

The controller is the only writer, in one thread. Readers open the file for themselves, while it is
written or long after. Values are bytes that somebody else has encoded; the store never looks
inside.

A write is committed when its call returns, or, inside `batch()`, when the batch ends. What is
committed survives the death of the process; the last moments before a power cut may be lost, but
never half of a batch.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from swarmdsl.control.records import EventRow, GlobalRow, ResultRow, RunRecord, ValueRow
from swarmdsl.control.rollback import check_version
from swarmdsl.control.schema import SCHEMA, SCHEMA_VERSION
from swarmdsl.control.statistics_table import StatisticsTable
from swarmdsl.control.store_file import lay_out, prepare_to_write
from swarmdsl.errors import StoreUnreadable

READER_WAIT_S = 5.0  # the writer locks readers out only while it closes
END_OF_VALUES = -1  # the place of an instance's note that it has finished a round
DRAFT_SUFFIX = ".draft"  # of a store that is being made
READ = "?"  # begins the effect of a question, and of nothing else
ABSENT = 0  # the version of a global that nobody has set

_INSERT_RUN = (
    "INSERT INTO run VALUES (:id, :swarm, :topology_hash, :state, :created_at, :reason_kind,"
    " :reason, :ended_at)"
)
_RESULTS = "SELECT tag, node, task, instance, iteration, value FROM results"


class Store:
    """The store of one run, open for writing (`create`) or for reading (`open`).

    Attributes:
        statistics: what its daemons have measured.

    >>> import tempfile
    >>> run = RunRecord(id="r", swarm="Count", topology_hash="9f", state="RUNNING", created_at=0.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store.create(Path(folder, "run.sqlite"), run)
    ...     first = store.set_global("weights", b"1.0")
    ...     second = store.compare_and_set("weights", first, b"2.0")
    ...     late = store.compare_and_set("weights", first, b"3.0")
    ...     now = store.get_global("weights")
    ...     store.close()
    >>> first, second, late, now
    (1, 2, None, (2, b'2.0'))
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        self._connection = connection
        self.statistics = StatisticsTable(connection)

    @classmethod
    def create(cls, path: Path, run: RunRecord) -> Store:
        """A new store for this run. It has its name only once it can be read.

        Raises:
            FileExistsError: there is one already; a run is never started twice.
        """
        if path.exists():
            raise FileExistsError(path)
        draft = path.with_suffix(DRAFT_SUFFIX)
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            _make_tables(connection, run)
        draft.rename(path)
        connection = sqlite3.connect(path, isolation_level=None)
        prepare_to_write(connection)
        return cls(connection)

    @classmethod
    def in_memory(cls, run: RunRecord) -> Store:
        """A new store that nobody else can read and that ends with its process."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        _make_tables(connection, run)
        return cls(connection)

    @classmethod
    def open(cls, path: Path, *, to_write: bool = False) -> Store:
        """The store of a run, to read from; any attempt to write fails unless `to_write`.

        Raises:
            StoreUnreadable: there is no file, it is no store, or its schema is newer than ours.
        """
        try:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={'rw' if to_write else 'ro'}",
                uri=True,
                isolation_level=None,
                timeout=READER_WAIT_S,
            )
        except sqlite3.Error as error:
            raise StoreUnreadable(path, f"cannot be opened: {error}") from error
        try:
            check_version(connection, path, READER_WAIT_S)
        except StoreUnreadable:
            connection.close()
            raise
        store = cls(connection)
        if to_write:
            prepare_to_write(connection)
            store.statistics.make()
        return store

    @classmethod
    @contextmanager
    def reading(cls, path: Path) -> Iterator[Store]:
        """The store of a file, to read from inside the block.

        Raises:
            StoreUnreadable: as `open`; or what is read turns out to be damaged.
        """
        store = cls.open(path)
        try:
            yield store
        except sqlite3.DatabaseError as error:
            raise StoreUnreadable(path, f"cannot be read: {error}") from error
        finally:
            store.close()

    def close(self) -> None:
        """Give the file back. After its writer is done it is one file, readable anywhere."""
        self._connection.execute("PRAGMA busy_timeout = 0")
        with suppress(sqlite3.DatabaseError):  # A reader, no right to write, or a damaged file.
            self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """All writes inside become one commit at its end; an exception undoes all of them.

        A batch inside a batch is part of the outer one.
        """
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:  # Commits at its end, or rolls back.
            yield

    # ---------------------------------------------------------------------------------- run

    def run(self) -> RunRecord:
        """The run as it stands."""
        return RunRecord(**dict(self._connection.execute("SELECT * FROM run").fetchone()))

    def set_state(
        self,
        state: str,
        *,
        reason_kind: str | None = None,
        reason: str | None = None,
        ended_at: float | None = None,
    ) -> None:
        """Replace the run's state, with its reason and its end."""
        self._connection.execute(
            "UPDATE run SET state = ?, reason_kind = ?, reason = ?, ended_at = ?",
            (state, reason_kind, reason, ended_at),
        )

    # ------------------------------------------------------------------------------ globals

    def set_global(self, tag: str, value: bytes) -> int:
        """Set a global whatever it was; its new version, from 1."""
        with self.batch():
            held = self.get_global(tag)
            version = (ABSENT if held is None else held[0]) + 1
            self._connection.execute("DELETE FROM globals WHERE tag = ? AND NOT held", (tag,))
            self._connection.execute(
                "INSERT INTO globals (tag, version, value) VALUES (?, ?, ?)",
                (tag, version, value),
            )
        return version

    def compare_and_set(self, tag: str, version: int, value: bytes) -> int | None:
        """Set a global if it still has this version (`ABSENT` if it is not there yet).

        Returns:
            Its new version, or None if somebody else was first; then nothing has changed.
        """
        with self.batch():
            held = self.get_global(tag)
            if version != (ABSENT if held is None else held[0]):
                return None
            return self.set_global(tag, value)

    def get_global(self, tag: str, version: int | None = None) -> tuple[int, bytes] | None:
        """The version and the value of a global, the newest or one that is held; None without."""
        row = self._connection.execute(
            "SELECT version, value FROM globals WHERE tag = ? AND version = coalesce(?, version)"
            " ORDER BY version DESC LIMIT 1",
            (tag, version),
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def hold_global(self, tag: str, version: int) -> None:
        """Keep a version until the round is over: who has read it may have to read it again."""
        self._connection.execute(
            "UPDATE globals SET held = 1 WHERE tag = ? AND version = ? AND NOT held",
            (tag, version),
        )

    def global_tags(self) -> list[str]:
        """The tag of every global, sorted."""
        rows = self._connection.execute("SELECT DISTINCT tag FROM globals ORDER BY tag")
        return [row[0] for row in rows]

    def list_globals(self) -> list[GlobalRow]:
        """Every global, by tag."""
        rows = self._connection.execute(
            "SELECT tag, max(version) AS version, value FROM globals GROUP BY tag ORDER BY tag"
        )
        return [GlobalRow(**dict(row)) for row in rows]

    # ------------------------------------------------------------------------------ results

    def add_result(
        self, tag: str, node: str, task: str, instance: str, iteration: int, value: bytes
    ) -> None:
        """Append a result; none is ever replaced."""
        self._connection.execute(
            "INSERT INTO results (tag, node, task, instance, iteration, value)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (tag, node, task, instance, iteration, value),
        )

    def select_results(
        self,
        tag: str | None = None,
        iteration: int | None = None,
        node: str | None = None,
        task: str | None = None,
        upto: int | None = None,
    ) -> list[ResultRow]:
        """The results that have all of these, in the order in which they were added.

        `upto` leaves out what was added after the one of this number (`last_result`).
        """
        wanted = {"tag": tag, "iteration": iteration, "node": node, "task": task}
        asked = {column: value for column, value in wanted.items() if value is not None}
        conditions = [f"{column} = :{column}" for column in asked]
        conditions += [] if upto is None else ["number <= :upto"]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = self._connection.execute(
            f"{_RESULTS}{where} ORDER BY number", {**asked, "upto": upto}
        )
        return [ResultRow(**dict(row)) for row in rows]

    def last_result(self) -> int:
        """The number of the result that was added last; 0 if there is none."""
        row = self._connection.execute("SELECT coalesce(max(number), 0) FROM results").fetchone()
        return int(row[0])

    # ------------------------------------------------------------------------------ effects

    def effect(self, instance: str, iteration: int, effect: str) -> bytes | None:
        """The answer that a call with an effect was given; None if there was no such call."""
        row = self._connection.execute(
            "SELECT answer FROM effects WHERE instance = ? AND iteration = ? AND effect = ?",
            (instance, iteration, effect),
        ).fetchone()
        return None if row is None else bytes(row[0])

    def keep_effect(self, instance: str, iteration: int, effect: str, answer: bytes) -> None:
        """Remember the answer to a call, in the same commit as its effect."""
        self._connection.execute(
            "INSERT INTO effects (instance, iteration, effect, answer) VALUES (?, ?, ?, ?)",
            (instance, iteration, effect, answer),
        )

    def keep_read(self, instance: str, iteration: int, effect: str, answer: bytes) -> None:
        """Remember likewise what a question was answered from, by the name of the call."""
        self.keep_effect(instance, iteration, READ + effect, answer)

    def read(self, instance: str, iteration: int, effect: str) -> bytes | None:
        """From what a question was answered; None if it was not asked."""
        return self.effect(instance, iteration, READ + effect)

    def hand_over_reads(self, instance: str, heir: str, iteration: int) -> None:
        """What an instance has asked in a round counts as asked by another.

        So who does its work anew reads what that one read, and not what that one has set since.
        """
        self._connection.execute(
            "UPDATE OR REPLACE effects SET instance = ? WHERE instance = ? AND iteration = ?"
            " AND effect LIKE ?",
            (heir, instance, iteration, f"{READ}%"),
        )

    def forget_handlers_effects(self, instance: str, iteration: int) -> None:
        """Forget what was answered to an instance's handlers, whose names have a dot."""
        self._connection.execute(
            "DELETE FROM effects WHERE instance = ? AND iteration = ? AND effect LIKE '%.%'",
            (instance, iteration),
        )

    def begin_round(self, iteration: int) -> None:
        """Forget the calls of rounds that are over, and the versions that were held for them."""
        self._connection.execute("DELETE FROM effects WHERE iteration < ?", (iteration,))
        self._connection.execute(
            "DELETE FROM globals WHERE version <"
            " (SELECT max(version) FROM globals AS newest WHERE newest.tag = globals.tag)"
        )
        self._connection.execute("UPDATE globals SET held = 0 WHERE held")

    def drop_earlier_values(self, alias: str, before: int) -> None:
        """Forget what was pushed in rounds before the last one that `earlier_values` tells of."""
        self._connection.execute(
            "DELETE FROM run_values WHERE alias = :alias AND iteration <"
            " (SELECT max(iteration) FROM run_values WHERE alias = :alias AND iteration < :before)",
            {"alias": alias, "before": before},
        )

    # ----------------------------------------------------------------------------- memories

    def keep_memory(self, instance: str, kind: str, version: tuple[int, int], value: bytes) -> None:
        """Keep what an instance needs to go on in another process, unless a newer one is kept.

        Args:
            instance: its name.
            kind: what it is; each kind is kept by itself.
            version: the incarnation that said so, and a number that grows within it.
            value: what to keep.
        """
        self._connection.execute(
            "INSERT INTO memories (instance, kind, incarnation, number, value)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (instance, kind) DO UPDATE SET"
            " incarnation = excluded.incarnation, number = excluded.number, value = excluded.value"
            " WHERE (excluded.incarnation, excluded.number) >= (incarnation, number)",
            (instance, kind, *version, value),
        )

    def memory(self, instance: str, kind: str) -> bytes | None:
        """What was kept last; None if nothing was."""
        row = self._connection.execute(
            "SELECT value FROM memories WHERE instance = ? AND kind = ?", (instance, kind)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def forget_memory(self, instance: str, kind: str) -> None:
        """Keep nothing of this kind for an instance any more."""
        self._connection.execute(
            "DELETE FROM memories WHERE instance = ? AND kind = ?", (instance, kind)
        )

    # ------------------------------------------------------------------------------- values

    def keep_value(
        self, alias: str, instance: str, iteration: int, seq: int, value: bytes, incarnation: int
    ) -> bool:
        """Keep a push to the run, unless it is a repeat: the first one stays.

        Returns:
            Whether it was kept.
        """
        cursor = self._connection.execute(
            "INSERT INTO run_values (alias, iteration, instance, seq, value, incarnation)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (alias, iteration, instance, seq, value, incarnation),
        )
        return cursor.rowcount == 1

    def drop_values(self, alias: str, instance: str, iteration: int, incarnation: int) -> None:
        """Forget what another incarnation pushed in a round that this one will do once more."""
        self._connection.execute(
            "DELETE FROM run_values WHERE alias = ? AND instance = ? AND iteration = ?"
            " AND incarnation <> ?",
            (alias, instance, iteration, incarnation),
        )

    def void(self, instance: str, iteration: int) -> None:
        """Forget all that an instance left in a round that others do in its place."""
        for table in ("run_values", "results", "effects"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE instance = ? AND iteration = ?",  # noqa: S608
                (instance, iteration),
            )

    def end_values(self, alias: str, instance: str, iteration: int, incarnation: int) -> None:
        """Note that an instance has pushed all that it had for the run in a round, if anything."""
        self.keep_value(alias, instance, iteration, END_OF_VALUES, b"", incarnation)

    def values(self, alias: str, iteration: int | None = None) -> list[ValueRow]:
        """What a task pushed to the run in a round, by default in the last one that it finished.

        By instance, then in the order of its pushes; never by arrival.
        """
        rows = self._connection.execute(
            "SELECT alias, instance, iteration, seq, value FROM run_values WHERE alias = :alias"
            " AND iteration = coalesce("
            ":iteration, (SELECT max(iteration) FROM run_values WHERE alias = :alias))"
            " AND seq > :end ORDER BY instance, incarnation, seq",
            {"alias": alias, "iteration": iteration, "end": END_OF_VALUES},
        )
        return [ValueRow(**dict(row)) for row in rows]

    def counts(self, iteration: int, aliases: Sequence[str]) -> tuple[int, int]:
        """How many values the run has of these tasks in a round, and how many results."""
        values = "SELECT alias, count(*) FROM run_values WHERE iteration = ? AND seq > ? GROUP BY 1"
        rows = self._connection.execute(values, (iteration, END_OF_VALUES)).fetchall()
        of_tasks = sum(int(count) for alias, count in rows if alias in aliases)
        results = "SELECT count(*) FROM results WHERE iteration = ?"
        return of_tasks, int(self._connection.execute(results, (iteration,)).fetchone()[0])

    def earlier_values(self, alias: str, before: int, first: int) -> Iterator[bytes]:
        """As `values`, of the last round before the given one, without the first few."""
        cursor = self._connection.execute(
            "SELECT value FROM run_values WHERE alias = :alias AND iteration ="
            " (SELECT max(iteration) FROM run_values WHERE alias = :alias AND iteration < :before)"
            " AND seq > :end ORDER BY instance, incarnation, seq LIMIT -1 OFFSET :first",
            {"alias": alias, "before": before, "end": END_OF_VALUES, "first": first},
        )
        with closing(cursor):
            for row in cursor:
                yield row["value"]

    # ------------------------------------------------------------------------------ journal

    def begin_controller(self, engine: str, sockets: str, at: float) -> int:
        """Note that a controller begins to look after the run; its incarnation, from 0."""
        row = self._connection.execute("SELECT count(*) FROM controllers").fetchone()
        incarnation = int(row[0])
        self._connection.execute(
            "INSERT INTO controllers VALUES (?, ?, ?, ?)", (incarnation, engine, sockets, at)
        )
        return incarnation

    def controller(self) -> tuple[str, str] | None:
        """The engine and the folder of sockets of the last controller; None if there was none."""
        row = self._connection.execute(
            "SELECT engine, sockets FROM controllers ORDER BY incarnation DESC LIMIT 1"
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def note(self, record: bytes, *, forget_earlier: bool = False) -> None:
        """Append to the journal; with `forget_earlier` nothing else remains in it."""
        if forget_earlier:
            self._connection.execute("DELETE FROM journal")
        self._connection.execute("INSERT INTO journal (record) VALUES (?)", (record,))

    def journal(self) -> list[bytes]:
        """Every record, in the order in which they were written."""
        rows = self._connection.execute("SELECT record FROM journal ORDER BY number")
        return [bytes(row[0]) for row in rows]

    # ------------------------------------------------------------------------------- events

    def add_event(
        self, at: float, kind: str, subject: str, iteration: int | None, text: str
    ) -> None:
        """Append an event."""
        self._connection.execute(
            "INSERT INTO events (at, kind, subject, iteration, text) VALUES (?, ?, ?, ?, ?)",
            (at, kind, subject, iteration, text),
        )

    def events(self) -> list[EventRow]:
        """Every event, in the order in which they were added."""
        rows = self._connection.execute(
            "SELECT at, kind, subject, iteration, text FROM events ORDER BY number"
        )
        return [EventRow(**dict(row)) for row in rows]

    def events_of(self, kinds: Sequence[str]) -> list[EventRow]:
        """The events of these kinds, in order."""
        marks = ", ".join("?" * len(kinds))
        rows = self._connection.execute(
            f"SELECT at, kind, subject, iteration, text FROM events WHERE kind IN ({marks})"  # noqa: S608
            " ORDER BY number",
            tuple(kinds),
        )
        return [EventRow(**dict(row)) for row in rows]

    def events_since(self, kind: str) -> list[EventRow]:
        """The last event of this kind and all that came after it; none if there is none."""
        rows = self._connection.execute(
            "SELECT at, kind, subject, iteration, text FROM events WHERE number >="
            " (SELECT max(number) FROM events WHERE kind = ?) ORDER BY number",
            (kind,),
        )
        return [EventRow(**dict(row)) for row in rows]


def _make_tables(connection: sqlite3.Connection, run: RunRecord) -> None:
    """One commit: a reader finds either nothing, or a run."""
    lay_out(connection)
    connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};")
    connection.execute(_INSERT_RUN, asdict(run))
    connection.execute("COMMIT")
