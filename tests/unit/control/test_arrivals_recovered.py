"""A controller that takes over a run whose nodes come and go."""

from __future__ import annotations

from swarmdsl.control.core import ControlCore
from tests.unit.control.arrivals_bench import ALL, N2, REST, Run, running, swarm
from tests.unit.control.core_bench import since_rest


def test_a_controller_that_takes_over_knows_who_is_gone_who_is_awaited_and_who_was_late() -> None:
    run = Run(ControlCore(swarm("continue", expected=["n3"]), "r"))
    run.lose_node("n3")
    for daemon in ("train@n1#0", N2, "worker@n1#0"):
        run.core.connected(daemon)
    run.lose_node("n2")
    run.finish("train@n1#0", "merge@n1#0")
    run.come_back("n2")
    run.finish("train@n1#0", "merge@n1#0")
    again = Run(
        ControlCore.recovered(swarm("continue", expected=["n3"]), "r", since_rest(run.journal))
    )
    again.core.resume({"train@n1#0", N2, "worker@n1#0"}, 0.0)
    assert again.missing == [("train@n3#0", 0, "its node n3 is not there yet")]
    for daemon in ("train@n1#0", N2, "worker@n1#0"):
        again.core.connected(daemon)
    again.come_back("n3")
    again.finish("train@n1#0", N2, "merge@n1#0")
    assert again.roster.members == ALL
    for _ in range(2):
        again.finish(*again.hosts)
    assert again.why.endswith(
        "without train@n2#0 in 2 rounds up to round 1, train@n3#0 in 3 rounds up to round 2"
    )


def test_it_goes_on_with_a_daemon_that_was_coming() -> None:
    run = running()
    run.lose_node("n2")
    run.come_back("n2")
    again = Run(ControlCore.recovered(swarm(), "r", since_rest(run.journal)))
    again.core.recall_incarnations({N2: 1})
    alive = {"train@n1#0", N2, "train@n3#0", "worker@n1#0"}
    again.core.find(alive, 0.0)
    again.join_node("n2")
    again.core.resume(alive, 0.0)
    for daemon in alive:
        again.core.connected(daemon)
    again.finish(*REST)
    assert (again.roster.members, again.started) == (ALL, [])
