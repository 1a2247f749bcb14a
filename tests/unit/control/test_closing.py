"""A function is done once it has finished and all that it feeds is: its daemon need not say so."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import InstanceConfirmed, InstanceMissing, RoundFinished
from swarmdsl.control.instructions import Tell
from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.daemon.reports import WorkConfirmed, WorkFinished
from swarmdsl.topology.model import Limits, LinkSpec, ModuleKind, Topology
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import link, task, topology

NODES = ["n1", "n2"]


def row(kind: ModuleKind = "function", rounds: int | None = None) -> Topology:
    """Three tasks in a row over two nodes, the middle one of this kind, and the run."""
    return topology(
        [task("first"), task("middle", kind, ["n2"]), task("last")],
        [
            link("first", "middle", "handle" if kind == "daemon" else "values"),
            link("middle", "last", "values", gather=True),
            link("last"),
        ],
        limits=Limits(restarts=1),
        max_iteration=rounds,
    )


class Bench(ControlCore):
    """A core whose daemons are connected, and what it has told."""

    def __init__(self, found: Topology) -> None:
        super().__init__(found, "r")
        self._found = found
        self.confirmed: list[str] = []
        self.rounds_finished = 0
        self.missing: set[str] = set()
        for group in found.groups:
            for node in group.nodes:
                self.connected(f"{group.name}@{node}#0")

    def host_of(self, name: str) -> str:
        return self._rounds.instances[name].daemon

    def finish(self, *names: str) -> None:
        for name in names:
            self.reported(self.host_of(name), WorkFinished(name, self.round, 0.1, 1))
        self.look()

    def confirm(self, *names: str) -> None:
        for name in names:
            self.reported(self.host_of(name), WorkConfirmed(name, self.round))
        self.look()

    def feed(self, link: int, source: int = 0) -> None:
        self.ended(ChannelKey(link, source, 0), self.round)
        self.look()

    def look(self) -> None:
        told = [one.happening for one in self.drain() if isinstance(one, Tell)]
        self.confirmed += [one.instance for one in told if isinstance(one, InstanceConfirmed)]
        self.rounds_finished += sum(isinstance(one, RoundFinished) for one in told)
        self.missing |= {one.instance for one in told if isinstance(one, InstanceMissing)}


def test_a_row_of_functions_is_done_with_its_last() -> None:
    core = Bench(row())
    core.finish("first@n1#0", "middle@n2#0")
    core.feed(2)
    assert (core.confirmed, core.rounds_finished) == ([], 0)
    core.finish("last@n1#0")
    assert core.confirmed == ["last@n1#0", "middle@n2#0", "first@n1#0"]
    assert core.rounds_finished == 1


def test_the_last_is_not_done_before_the_run_has_what_it_pushed() -> None:
    core = Bench(row())
    core.finish("first@n1#0", "middle@n2#0", "last@n1#0")
    assert (core.confirmed, core.rounds_finished) == ([], 0)
    core.feed(2)
    assert len(core.confirmed) == 3
    assert core.rounds_finished == 1


@pytest.mark.parametrize("works", [["first@n1#0"], ["middle@n2#0"]])
def test_who_works_still_is_not_done_though_what_it_feeds_is(works: Sequence[str]) -> None:
    """It may have been begun anew, after another process of its daemon had pushed."""
    core = Bench(row())
    done = [name for name in ("first@n1#0", "middle@n2#0", "last@n1#0") if name not in works]
    core.finish(*done)
    core.feed(2)
    assert core.rounds_finished == 0
    core.finish(*works)
    assert core.rounds_finished == 1


def test_what_a_process_had_finished_that_is_gone_counts_no_more() -> None:
    core = Bench(row())
    core.finish("first@n1#0", "middle@n2#0")
    core.exited("worker@n2#0", None, 9, 1.0)
    core.tick(100.0)
    core.connected("worker@n2#0")
    core.finish("last@n1#0")
    core.feed(2)
    assert core.confirmed == ["last@n1#0"]
    core.finish("middle@n2#0")
    assert core.confirmed == ["last@n1#0", "middle@n2#0", "first@n1#0"]


def test_a_daemon_module_says_itself_that_it_is_done_and_then_those_that_feed_it_are() -> None:
    core = Bench(row("daemon"))
    core.finish("first@n1#0", "middle@n2#0", "last@n1#0")
    core.feed(2)
    assert core.confirmed == ["last@n1#0"]
    core.confirm("middle@n2#0")
    assert core.confirmed == ["last@n1#0", "middle@n2#0", "first@n1#0"]
    assert core.rounds_finished == 1


def test_what_a_daemon_says_of_one_that_is_done_is_no_news() -> None:
    core = Bench(row(rounds=2))
    core.finish("first@n1#0", "middle@n2#0", "last@n1#0")
    core.feed(2)
    core.confirm("first@n1#0")
    core.proceed()
    core.reported("worker@n1#0", WorkConfirmed("first@n1#0", 0))
    core.look()
    assert (core.round, len(core.confirmed), core.rounds_finished) == (1, 3, 1)


def test_a_row_of_functions_is_done_anew_in_each_round() -> None:
    core = Bench(row(rounds=2))
    for number in range(2):
        assert core.round == number
        core.finish("first@n1#0", "middle@n2#0", "last@n1#0")
        core.feed(2)
        core.proceed()
    assert core.state is RunState.COMPLETED
    assert core.reason is not None
    assert core.reason.kind is ReasonKind.MAX_ITERATION


def both_feed(links: Sequence[LinkSpec]) -> Bench:
    """A function that two others take from, and the run from them."""
    return Bench(
        topology([task("first"), task("left", nodes=NODES), task("right", nodes=["n2"])], links)
    )


def test_who_feeds_several_waits_for_all_their_instances() -> None:
    links = [link("first", "left"), link("first", "right"), link("left"), link("right")]
    core = both_feed(links)
    core.finish("first@n1#0", "left@n1#0", "right@n2#0")
    for number, source in ((2, 0), (2, 1), (3, 0)):
        core.feed(number, source)
    assert core.confirmed == ["left@n1#0", "right@n2#0"]
    core.finish("left@n2#0")
    assert core.confirmed == ["left@n1#0", "right@n2#0", "left@n2#0", "first@n1#0"]


def test_who_takes_each_result_says_itself_that_it_is_done() -> None:
    """What it has pushed for a result is kept until that is confirmed, push by push."""
    each = replace(link("first", "left"), condition="result")
    links = [each, link("left"), link("first", "right"), link("right")]
    core = both_feed(links)
    core.finish("first@n1#0", "left@n1#0", "left@n2#0", "right@n2#0")
    for number, source in ((1, 0), (1, 1), (3, 0)):
        core.feed(number, source)
    assert core.confirmed == ["right@n2#0"]
    core.confirm("left@n1#0", "left@n2#0")
    assert core.confirmed[1:] == ["left@n1#0", "left@n2#0", "first@n1#0"]


def test_who_feeds_a_task_that_lacks_an_instance_says_itself_that_it_is_done() -> None:
    """It must have heard of that, and has counted what it had pushed there."""
    tasks = [task("first"), task("left", nodes=NODES, on_node_loss="continue")]
    links = [link("first", "left"), link("left")]
    core = Bench(topology(tasks, links, limits=Limits(restarts=0)))
    core.finish("first@n1#0")
    core.exited("worker@n2#0", None, 9, 1.0)
    core.finish("left@n1#0")
    core.feed(1)
    assert (core.missing, core.confirmed) == ({"left@n2#0"}, ["left@n1#0"])
    core.confirm("first@n1#0")
    assert core.rounds_finished == 1


def test_closing_looks_once_at_what_one_feeds_however_many_there_are() -> None:
    many = [f"m{number}" for number in range(300)]
    links = [link("first", alias) for alias in many] + [link(alias) for alias in many]
    core = Bench(topology([task("first"), *map(task, many)], links))
    core.finish("first@n1#0")
    with counting(core) as asked:
        for number, alias in enumerate(many):
            core.finish(f"{alias}@n1#0")
            core.feed(len(many) + number)
    assert core.rounds_finished == 1
    assert asked() < 10 * len(many)


@contextmanager
def counting(core: Bench) -> Iterator[Callable[[], int]]:
    """How often it is asked whether a task is done."""
    asked = itertools.count()
    is_done = core._rounds.is_done

    def count(task: int) -> bool:
        next(asked)
        return is_done(task)

    core._rounds.is_done = count  # type: ignore[method-assign]
    yield lambda: next(asked)
