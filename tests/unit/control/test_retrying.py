"""A task that has failed on one node and is tried on the next, as the core decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from swarmdsl.control.attempts import next_candidate
from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import InstanceRetried
from swarmdsl.control.instructions import Instruction, Note, SendRoster, Tell
from swarmdsl.control.journal import AnyRecord, AttemptFailed, decode_record, encode_record
from swarmdsl.control.state import RunState
from swarmdsl.daemon.reports import WorkConfirmed, WorkFailed, WorkRetried, WorkStarted
from swarmdsl.topology.model import Limits, Topology
from tests.handmade import link, task, topology

NODES = ["n1", "n2", "n3"]
WORKERS = [f"worker@{node}#0" for node in NODES]


def swarm() -> Topology:
    """`ask` is tried on three nodes, with what `read` gives it."""
    spec, code = task("ask", nodes=NODES)
    spec = replace(spec, method="any", count=1, retries=4, retries_elsewhere=True)
    return topology(
        [task("read", nodes=["n1"]), (spec, code)],
        [link("read", "ask", "value"), link("ask")],
        limits=Limits(restarts=0),
        max_iteration=2,
    )


class Bench:
    """A core, and what it has given."""

    def __init__(self, core: ControlCore) -> None:
        self.core = core
        self.given: list[Instruction] = []
        for daemon in WORKERS:
            core.connected(daemon)

    def fail(self, node: str, failures: int) -> None:
        name = f"ask@{node}#0"
        self.core.reported(f"worker@{node}#0", WorkStarted(name, self.core.round))
        self.core.reported(f"worker@{node}#0", self.failure(node, failures))

    def failure(self, node: str, failures: int) -> WorkRetried:
        name, number = f"ask@{node}#0", self.core.round
        return WorkRetried(name, number, failures, 5, 0.1, "OSError", "no answer", leaves=True)

    def collect(self) -> list[Instruction]:
        self.given += self.core.drain()
        return self.given

    @property
    def rosters(self) -> list[tuple[int, int, dict[int, int]]]:
        """Where `ask` is, by candidate, with the revision and how often it has failed."""
        rosters = [one for one in self.collect() if isinstance(one, SendRoster)]
        return [(one.revision, one.members[1][0], dict(one.failures)) for one in rosters]

    @property
    def records(self) -> list[AnyRecord]:
        return [one.record for one in self.collect() if isinstance(one, Note)]

    @property
    def told(self) -> list[tuple[str, int, str]]:
        tells = (one.happening for one in self.collect() if isinstance(one, Tell))
        retried = (one for one in tells if isinstance(one, InstanceRetried))
        return [(one.instance, one.failures, one.node) for one in retried]


def running() -> Bench:
    return Bench(ControlCore(swarm(), "r"))


def again(records: Iterable[AnyRecord]) -> Bench:
    """Another controller, that has read the journal."""
    kept = [decode_record(encode_record(record)) for record in records]
    return Bench(ControlCore.recovered(swarm(), "r", kept))


def test_the_next_candidate_follows_and_after_the_last_the_first() -> None:
    spec = swarm().tasks[1]
    assert [next_candidate(spec, one, frozenset()) for one in range(3)] == [1, 2, 0]
    assert next_candidate(spec, 0, {WORKERS[1]}) == 2
    assert next_candidate(spec, 0, {WORKERS[1], WORKERS[2]}) == 0


def test_each_failure_puts_another_candidate_in_the_place_and_is_counted() -> None:
    bench = running()
    for failures, node in enumerate([*NODES, "n1"], 1):
        bench.fail(node, failures)
    assert bench.rosters == [
        (0, 0, {}),
        (1, 1, {1: 1}),
        (2, 2, {1: 2}),
        (3, 0, {1: 3}),
        (4, 1, {1: 4}),
    ]
    assert bench.told[:2] == [("ask@n1#0", 1, "n2"), ("ask@n2#0", 2, "n3")]


def test_a_failure_that_is_told_again_or_by_one_that_is_gone_changes_nothing() -> None:
    bench = running()
    bench.fail("n1", 1)
    known = len(bench.rosters)
    bench.fail("n1", 1)
    bench.core.reported(WORKERS[2], bench.failure("n3", 2))
    assert len(bench.rosters) == known


def test_what_a_process_says_after_its_death_is_void_for_the_next_does_it_again() -> None:
    topology = replace(swarm(), limits=Limits(restarts=3))
    bench = Bench(ControlCore(topology, "r"))
    bench.core.exited(WORKERS[0], None, 9, 0.0)
    bench.core.reported(WORKERS[0], bench.failure("n1", 1))
    assert bench.told == []


def test_the_round_ends_with_the_one_that_has_succeeded_and_the_next_begins_with_the_first() -> (
    None
):
    bench = running()
    bench.fail("n1", 1)
    for name, daemon in (("read@n1#0", WORKERS[0]), ("ask@n2#0", WORKERS[1])):
        bench.core.reported(daemon, WorkConfirmed(name, 0))
    assert not bench.core.between_rounds
    [channel] = bench.core.open_ends_of(WORKERS[1])
    bench.core.ended(channel, 0)
    bench.core.proceed()
    assert (bench.core.round, bench.rosters[-1]) == (1, (0, 0, {}))


def test_another_controller_knows_where_it_is_tried_and_how_often_it_has_failed() -> None:
    bench = running()
    bench.fail("n1", 1)
    failed = AttemptFailed(task=1, candidate=0, failures=1, problem="OSError: no answer")
    assert failed in bench.records
    other = again(bench.records)
    assert other.rosters[-1] == (1, 1, {1: 1})
    other.fail("n1", 1)  # told once more, for nobody had confirmed it
    assert other.rosters[-1] == (1, 1, {1: 1})


def test_the_reason_of_the_run_lists_what_has_failed_where() -> None:
    bench = running()
    bench.fail("n1", 1)
    bench.fail("n2", 2)
    bench.core.reported(WORKERS[2], WorkFailed("ask@n3#0", 0, "ValueError", "", ""))
    assert bench.core.state is RunState.FAILED
    assert bench.core.reason is not None
    assert bench.core.reason.text == (
        "ask@n3#0 in round 0 raised ValueError; before, attempt 1 on n1: OSError: no answer; "
        "attempt 2 on n2: OSError: no answer"
    )


def test_with_no_other_node_left_it_is_tried_where_it_was() -> None:
    bench = running()
    for daemon in WORKERS[1:]:
        bench.core.exited(daemon, None, 9, 0.0)
    bench.fail("n1", 1)
    assert bench.rosters[-1][1:] == (0, {1: 1})
    assert bench.told == [("ask@n1#0", 1, "")]
