"""Two workers of one node, moved by hand: one has much to do, the other nothing."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.daemon.work import Run, Work
from swarmdsl.topology.model import DaemonGroup, Limits, Topology
from tests.handmade import link, task, topology
from tests.sim.hand_driven import World

BUSY, IDLE = "worker@n1#0", "worker@n1#1"
LONG_S = 0.5


LETTERS = "abcdef"


def two_workers(limits: Limits | None, *, later_on: str, source_on: str) -> Topology:
    """`source` feeds the letters, all of the busy worker, and `total` gathers what they give.

    The idle one has `other`, which nothing feeds; and perhaps `later`, which `a` feeds.
    """
    names = ["source", *LETTERS, "total", "other", "later"]
    made = topology(
        [task(name) for name in names],
        [
            *(link("source", name, "number") for name in LETTERS),
            *(link(name, "total", "values", gather=True) for name in LETTERS),
            link("a", "later", "number"),
            *(link(name) for name in ("total", "other", "later")),
        ],
        limits=limits,
    )
    hosts = dict.fromkeys(names, BUSY) | {
        "other": IDLE,
        "later": later_on,
        "source": source_on,
    }
    tasks = tuple(replace(one, candidates=(hosts[one.alias],)) for one in made.tasks)
    group = DaemonGroup(name="worker", kind="worker", nodes=("n1",), per_node=(2,))
    return replace(made, tasks=tasks, groups=(group,))


class StolenWorld(World):
    """A world in which the idle worker may be made to ask, and the busy one to lend.

    Attributes:
        runs: the tasks whose functions were called, in order.
        at_work: what each worker is at.
    """

    def __init__(
        self, limits: Limits | None = None, *, later_on: str = IDLE, source_on: str = BUSY
    ) -> None:
        super().__init__(two_workers(limits, later_on=later_on, source_on=source_on))
        self.runs: list[str] = []
        self.at_work: dict[str, Work] = {}
        self.settle()

    def rest(self, name: str, seconds: float = 0.01) -> None:
        """A worker finds no work, and so again after a while."""
        for _ in range(2):
            self.daemons[name].core.time_is(self.now_s)
            assert self.daemons[name].core.next_work() is None
            self.now_s += seconds
        self.daemons[name].carry_out()
        self.settle()

    def begin(self, name: str) -> Work:
        """A worker begins its next piece of work."""
        work = self.at_work[name] = self.daemons[name].begin()
        if isinstance(work, Run):
            self.runs.append(work.hosted.spec.alias)
        return work

    def kill(self, name: str, *, silently: bool = False) -> None:
        """End a daemon, and with it what it is at."""
        self.at_work.pop(name, None)
        super().kill(name, silently=silently)

    def end(self, name: str) -> None:
        """And does it; each run gives the number of its letter."""
        daemon, work = self.daemons[name], self.at_work.pop(name)
        if isinstance(work, Run):
            alias = work.hosted.spec.alias
            value = sum(work.arguments["values"]) if alias == "total" else GIVEN[alias]
            assert daemon.push(work, value)
        assert daemon.flush(work)
        daemon.finish(work, LONG_S if isinstance(work, Run) else 0.0)
        self.settle()

    def do(self, name: str) -> str:
        """A worker does its next piece of work; returns whose that was."""
        work = self.begin(name)
        self.end(name)
        return work.hosted.spec.alias

    def ask(self) -> None:
        """The source is done, and the other worker has asked for work."""
        self.do(IDLE)
        self.do(BUSY)
        self.rest(IDLE)

    def lend(self) -> None:
        """`a` is at work, and of the five that wait behind it the last three are under way."""
        self.ask()
        self.begin(BUSY)

    def finish(self) -> list[object]:
        """All do what there is to do; returns the values of the run."""
        for _ in range(40):
            for name in (BUSY, IDLE):
                if name in self.at_work:
                    self.end(name)
                daemon = self.daemons.get(name)
                if daemon is not None and not daemon.left:
                    self._go_on(name)
            self.tick()
            self.settle()
        return self.controller.values

    def _go_on(self, name: str) -> None:
        core = self.daemons[name].core
        core.time_is(self.now_s)
        work = core.next_work()
        self.daemons[name].carry_out()
        if work is not None:
            self.at_work[name] = work
            if isinstance(work, Run):
                self.runs.append(work.hosted.spec.alias)


GIVEN = {"source": 1, "other": 5, "later": 7} | {
    letter: 10 * number for number, letter in enumerate(LETTERS, 1)
}
VALUES = [210, 5, 7]
ALL_ONCE = sorted(["source", *LETTERS, "total", "other", "later"])
