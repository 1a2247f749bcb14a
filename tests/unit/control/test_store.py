"""The store against what it promises, and its versions against a dictionary."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from swarmdsl.control.records import EventRow, GlobalRow, ResultRow, RunRecord, ValueRow
from swarmdsl.control.schema import SCHEMA_VERSION
from swarmdsl.control.store import ABSENT, Store
from swarmdsl.errors import StoreUnreadable

RUN = RunRecord(
    id="20261121-040600-3f9a",
    swarm="Count",
    topology_hash="9f86d081",
    state="STARTING",
    created_at=1_795_234_560.0,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store.create(path, RUN)
    yield store
    store.close()


@pytest.fixture
def reader(store: Store, path: Path) -> Iterator[Store]:
    reader = Store.open(path)
    yield reader
    reader.close()


# ---------------------------------------------------------------------------------------- run


def test_a_new_store_holds_its_run(reader: Store) -> None:
    assert reader.run() == RUN


def test_the_state_carries_its_reason_and_end(store: Store, reader: Store) -> None:
    store.set_state("FAILED", reason_kind="raise", reason="merge raised", ended_at=2.5)
    assert reader.run() == replace(
        RUN, state="FAILED", reason_kind="raise", reason="merge raised", ended_at=2.5
    )


def test_a_run_is_never_started_twice(store: Store, path: Path) -> None:
    with pytest.raises(FileExistsError):
        Store.create(path, RUN)
    assert store.run() == RUN


def test_a_reader_cannot_write(reader: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.set_global("weights", b"1")


def test_a_closed_store_is_one_file_that_needs_no_right_to_write(path: Path) -> None:
    Store.create(path, RUN).close()
    assert [one.name for one in path.parent.iterdir()] == ["run.sqlite"]
    path.chmod(stat.S_IRUSR)
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        reader = Store.open(path)
        assert reader.run() == RUN
        reader.close()
    finally:
        path.parent.chmod(stat.S_IRWXU)


def test_a_reader_outlives_the_writer(path: Path) -> None:
    store = Store.create(path, RUN)
    reader = Store.open(path)
    store.set_state("COMPLETED")
    store.close()
    assert reader.run().state == "COMPLETED"
    reader.close()


def test_a_store_is_there_whole_or_not_at_all(path: Path) -> None:
    """Its maker is killed before it has tables: who lists the runs must not meet the half."""
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from swarmdsl.control import store\n"
        "from tests.unit.control.test_store import RUN\n"
        "store._make_tables = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "store.Store.create(Path(sys.argv[1]), RUN)\n"
    )
    assert run_and_die(program, path) == -signal.SIGKILL
    assert not path.exists()


def run_and_die(program: str, path: Path) -> int:
    """Run a program that kills itself; how it ended."""
    repository = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    words = [sys.executable, "-c", program, str(path)]
    return subprocess.run(words, env=environment, check=False).returncode


def test_what_is_committed_survives_a_killed_writer(path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from swarmdsl.control.store import Store\n"
        "from tests.unit.control.test_store import RUN\n"
        "store = Store.create(Path(sys.argv[1]), RUN)\n"
        "with store.batch():\n    store.set_global('kept', b'1')\n"
        "with store.batch():\n"
        "    store.set_global('lost', b'1')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run_and_die(program, path)
    reader = Store.open(path)
    assert [row.tag for row in reader.list_globals()] == ["kept"]
    reader.close()


# ------------------------------------------------------------------------------------- refusal


def test_a_missing_file_is_refused_and_not_made(path: Path) -> None:
    with pytest.raises(StoreUnreadable, match="unable to open"):
        Store.open(path)
    assert not path.exists()


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreUnreadable, match="is not the store of a run"):
        Store.open(path)


def test_an_empty_file_is_refused(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreUnreadable, match="is not the store of a run"):
        Store.open(path)


def test_a_newer_schema_is_refused_with_a_remedy(path: Path) -> None:
    Store.create(path, RUN).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StoreUnreadable, match="upgrade swarmdsl to read it"):
        Store.open(path)


# ------------------------------------------------------------------------------------- batches


def test_nothing_of_a_batch_is_seen_before_its_end(store: Store, reader: Store) -> None:
    with store.batch():
        store.set_global("weights", b"1")
        assert reader.list_globals() == []
    assert reader.get_global("weights") == (1, b"1")


def test_a_batch_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyError), store.batch():
        store.set_global("weights", b"1")
        store.keep_value("merge", "merge@a#0", 0, 0, b"1", 0)
        raise KeyError
    assert store.list_globals() == []
    assert store.values("merge") == []


def test_a_batch_inside_a_batch_is_part_of_it(store: Store) -> None:
    with pytest.raises(KeyError), store.batch():
        with store.batch():
            store.set_global("weights", b"1")
        raise KeyError
    assert store.get_global("weights") is None


def test_a_store_can_be_written_after_a_failed_batch(store: Store) -> None:
    with pytest.raises(KeyError), store.batch():
        raise KeyError
    assert store.set_global("weights", b"1") == 1


# ------------------------------------------------------------------------------------- globals

TAGS = st.sampled_from(["weights", "lr", "ünïcode"])
VERSIONS = st.integers(min_value=0, max_value=6)


class Globals(RuleBasedStateMachine):
    """The store's globals and a dictionary of (version, value) never disagree."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name, "run.sqlite")
        self.store = Store.create(path, RUN)
        self.reader = Store.open(path)
        self.model: dict[str, tuple[int, bytes]] = {}

    def version(self, tag: str) -> int:
        return self.model.get(tag, (ABSENT, b""))[0]

    @rule(tag=TAGS, value=st.binary(max_size=8))
    def set(self, tag: str, value: bytes) -> None:
        self.model[tag] = self.version(tag) + 1, value
        assert self.store.set_global(tag, value) == self.version(tag)

    @rule(tag=TAGS, version=VERSIONS, value=st.binary(max_size=8))
    def compare_and_set(self, tag: str, version: int, value: bytes) -> None:
        won = version == self.version(tag)
        answer = self.store.compare_and_set(tag, version, value)
        assert answer == (version + 1 if won else None)
        if won:
            self.model[tag] = version + 1, value

    @rule(tag=TAGS, value=st.binary(max_size=8))
    def fail_in_a_batch(self, tag: str, value: bytes) -> None:
        with pytest.raises(KeyError), self.store.batch():
            self.store.set_global(tag, value)
            raise KeyError

    @invariant()
    def both_sides_agree(self) -> None:
        rows = [GlobalRow(tag=t, version=n, value=v) for t, (n, v) in sorted(self.model.items())]
        assert self.store.list_globals() == self.reader.list_globals() == rows
        assert all(self.store.get_global(tag) == held for tag, held in self.model.items())

    def teardown(self) -> None:
        self.reader.close()
        self.store.close()
        self.folder.cleanup()


TestGlobals = Globals.TestCase


# ------------------------------------------------------------------------------------- results


def add(store: Store, tag: str, node: str, iteration: int, task: str = "train") -> ResultRow:
    row = ResultRow(
        tag=tag,
        node=node,
        task=task,
        instance=f"{task}@{node}#0",
        iteration=iteration,
        value=f"{tag} {node} {iteration}".encode(),
    )
    store.add_result(row.tag, row.node, row.task, row.instance, row.iteration, row.value)
    return row


def test_results_are_selected_by_what_is_asked(store: Store, reader: Store) -> None:
    rows = [
        add(store, "loss", "n1", 0),
        add(store, "loss", "n2", 0),
        add(store, "loss", "n1", 1),
        add(store, "accuracy", "n1", 1, task="score"),
    ]
    assert reader.select_results() == rows
    assert reader.select_results("loss") == rows[:3]
    assert reader.select_results("loss", iteration=0) == rows[:2]
    assert reader.select_results(iteration=1, node="n1") == rows[2:]
    assert reader.select_results(task="score") == rows[3:]
    assert reader.select_results("loss", node="n3") == []


def test_results_are_only_ever_added(store: Store) -> None:
    row = add(store, "loss", "n1", 0)
    add(store, "loss", "n1", 0)
    assert store.select_results() == [row, row]


def test_a_tag_is_data_and_never_a_query(store: Store) -> None:
    row = add(store, "x'; DROP TABLE results; --", "n1", 0)
    assert store.select_results(row.tag) == [row]


# -------------------------------------------------------------------------------------- values


def value(instance: str, iteration: int, seq: int, content: bytes) -> ValueRow:
    return ValueRow(alias="merge", instance=instance, iteration=iteration, seq=seq, value=content)


def test_the_first_value_is_kept_and_a_repeat_ignored(store: Store) -> None:
    assert store.keep_value("merge", "merge@a#0", 0, 0, b"first", 0)
    assert not store.keep_value("merge", "merge@a#0", 0, 0, b"again", 0)
    assert store.values("merge") == [value("merge@a#0", 0, 0, b"first")]


def test_values_are_those_of_the_latest_round_or_the_one_asked_for(store: Store) -> None:
    store.keep_value("merge", "merge@a#0", 0, 0, b"old", 0)
    store.keep_value("merge", "merge@a#0", 3, 0, b"new", 0)
    store.keep_value("other", "other@a#0", 7, 0, b"other", 0)
    assert store.values("merge") == [value("merge@a#0", 3, 0, b"new")]
    assert store.values("merge", 0) == [value("merge@a#0", 0, 0, b"old")]
    assert store.values("merge", 1) == store.values("nobody") == []


def test_a_round_that_pushed_nothing_has_no_values_not_those_before(store: Store) -> None:
    store.keep_value("merge", "merge@a#0", 0, 0, b"old", 0)
    store.end_values("merge", "merge@a#0", 0, 0)
    store.end_values("merge", "merge@a#0", 1, 0)
    assert store.values("merge") == []
    assert [row.value for row in store.values("merge", 0)] == [b"old"]


def test_of_earlier_rounds_only_the_last_need_be_kept(store: Store) -> None:
    for iteration, content in ((0, b"oldest"), (1, b"older"), (4, b"now")):
        store.keep_value("loop 1", "b@a#0", iteration, 0, content, 0)
        store.keep_value("b", "b@a#0", iteration, 0, content, 0)
    store.drop_earlier_values("loop 1", 4)
    assert [store.values("loop 1", iteration) for iteration in (0, 2)] == [[], []]
    assert [*store.earlier_values("loop 1", 4, 0)] == [b"older"]
    assert [*store.earlier_values("loop 1", 5, 0)] == [b"now"]
    assert len(store.values("b", 0)) == 1, "of the run all is kept"


def test_values_come_by_instance_and_push_whatever_their_arrival(store: Store) -> None:
    for instance, seq in [("m@b#0", 1), ("m@a#0", 1), ("m@b#0", 0), ("m@a#0", 0)]:
        store.keep_value("merge", instance, 0, seq, b"", 0)
    order = [(row.instance, row.seq) for row in store.values("merge")]
    assert order == [("m@a#0", 0), ("m@a#0", 1), ("m@b#0", 0), ("m@b#0", 1)]


# -------------------------------------------------------------------------------------- events


def test_events_are_listed_in_order(store: Store, reader: Store) -> None:
    store.add_event(2.0, "daemon exited", "worker@a#0", 1, "signal 9")
    store.add_event(1.0, "run ended", "run", None, "")
    assert reader.events() == [
        EventRow(at=2.0, kind="daemon exited", subject="worker@a#0", iteration=1, text="signal 9"),
        EventRow(at=1.0, kind="run ended", subject="run", iteration=None, text=""),
    ]


def test_a_version_that_was_read_is_held_until_the_round_is_over(store: Store) -> None:
    first = store.set_global("weights", b"1")
    store.hold_global("weights", first)
    second = store.set_global("weights", b"2")
    store.set_global("weights", b"3")
    assert store.get_global("weights", first) == (first, b"1")
    assert store.get_global("weights", second) is None
    store.begin_round(1)
    assert store.get_global("weights", first) is None
    assert store.get_global("weights") == (3, b"3")
    assert [row.value for row in store.list_globals()] == [b"3"]


def test_results_can_be_read_as_they_were_at_a_time(store: Store) -> None:
    store.add_result("loss", "a", "train", "train@a#0", 0, b"1")
    then = store.last_result()
    store.add_result("loss", "b", "train", "train@b#0", 0, b"2")
    assert [row.value for row in store.select_results("loss", upto=then)] == [b"1"]
    assert [row.value for row in store.select_results("loss")] == [b"1", b"2"]


def test_the_journal_forgets_what_lies_before_a_point_of_rest(store: Store) -> None:
    store.note(b"a")
    store.note(b"b")
    assert store.journal() == [b"a", b"b"]
    store.note(b"rest", forget_earlier=True)
    store.note(b"c")
    assert store.journal() == [b"rest", b"c"]


def test_values_of_another_incarnation_can_be_dropped(store: Store) -> None:
    store.keep_value("merge", "merge@a#0", 0, 0, b"old", 0)
    store.keep_value("merge", "merge@a#0", 0, 0, b"new", 1)
    assert [row.value for row in store.values("merge", 0)] == [b"old", b"new"]
    store.drop_values("merge", "merge@a#0", 0, 1)
    assert [row.value for row in store.values("merge", 0)] == [b"new"]


def test_values_and_results_of_a_round_are_counted(store: Store) -> None:
    for seq in range(3):
        store.keep_value("total", "total@n1#0", 1, seq, b"", 0)
    store.keep_value("loop", "total@n1#0", 1, 0, b"", 0)
    store.end_values("total", "total@n1#0", 1, 0)
    for iteration in range(2):
        store.add_result(
            tag="loss",
            node="n1",
            task="total",
            instance="total@n1#0",
            iteration=iteration,
            value=b"",
        )
    assert store.counts(1, ["total"]) == (3, 1)
    assert store.counts(2, ["total"]) == (0, 0)
