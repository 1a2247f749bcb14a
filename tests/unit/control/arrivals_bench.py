"""A run whose nodes come and go, as its core sees it."""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import InstanceJoined
from swarmdsl.control.supervision import StartAgain
from swarmdsl.topology.model import Limits, OnNodeLoss, Topology
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import link, task, topology
from tests.unit.control.core_bench import Bench

NODES = ["n1", "n2", "n3"]
ALL = {0: [0, 1, 2], 1: [0]}
WITHOUT_N2 = {0: [0, 2], 1: [0]}
REST = ("train@n1#0", "train@n3#0", "merge@n1#0")
N2 = "train@n2#0"
LIMITS = Limits(restarts=2, restart_window_s=60.0, start_timeout_s=20.0)


def swarm(
    on_node_loss: OnNodeLoss = "continue",
    *,
    fixed: bool = False,
    expected: Sequence[str] = (),
    limits: Limits = LIMITS,
) -> Topology:
    """`train`, daemon modules on three nodes, feeds `merge`, a function on the first."""
    return topology(
        [
            task("train", "daemon", NODES, on_node_loss=on_node_loss, fixed=fixed),
            task("merge", nodes=["n1"]),
        ],
        [link("train", "merge", "values", gather=True), link("merge")],
        limits=limits,
        max_iteration=5,
        expected=expected,
    )


def mover(count: int = 1) -> Topology:
    """`use` runs on so many of three nodes."""
    return topology(
        [task("use", nodes=NODES, count=count)],
        [link("use")],
        limits=LIMITS,
        max_iteration=9,
    )


class Run(Bench):
    """A run whose time passes when it is told so."""

    now_s = 0.0

    def finish(self, *instances: str) -> None:
        """These are done, and whatever feeds the run has; the next round begins."""
        self.confirm(*instances)
        for number, one in enumerate(self.core._topology.links):
            for source in range(len(NODES)) if one.to_run else ():
                self.core.ended(ChannelKey(number, source, 0), self.core.round)
        self.core.proceed()

    def lose_node(self, node: str, problem: str = "") -> None:
        self.core.node_lost(node, problem)

    def join_node(self, node: str) -> None:
        self.core.node_joined(node, self.now_s)

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        self.core.tick(self.now_s)

    def come_back(self, node: str, *daemons: str) -> None:
        """The node is there, and so are its daemons."""
        self.join_node(node)
        self.pass_time(0.0)
        for daemon in daemons or (f"train@{node}#0",):
            self.core.connected(daemon)

    @property
    def started(self) -> list[tuple[str, int]]:
        found = (one for one in self.collect() if isinstance(one, StartAgain))
        return [(one.daemon, one.incarnation) for one in found]

    @property
    def joined(self) -> list[tuple[str, int]]:
        found = self.told(InstanceJoined)
        return [(one.instance, one.round) for one in found if isinstance(one, InstanceJoined)]


def running(graph: Topology | None = None) -> Run:
    run = Run(ControlCore(graph or swarm(), "r"))
    run.start()
    return run
