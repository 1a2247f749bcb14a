"""What the run tells of daemon modules that begin anew without what they had in memory."""

from __future__ import annotations

from swarmdsl.cli.lines import lines_of
from swarmdsl.cli.view import RunView
from swarmdsl.control.happenings import DaemonLost
from swarmdsl.control.instructions import Tell
from swarmdsl.control.journal import DaemonRestarted, MemoryBegun
from swarmdsl.control.remembered import Remembered
from swarmdsl.daemon.reports import MemoryMade
from tests.handmade import chain
from tests.sim.hand_driven import World
from tests.unit.control.test_core import TO_RUN, Bench, running

DOUBLE = "double@n2#0"
LOSS = ", without its memory: double has no snapshot()"


def told_of_the_loss(core: Bench) -> str:
    core.exited(DOUBLE, None, 9, now_s=5.0)
    (lost,) = (
        one.happening
        for one in core.collect()
        if isinstance(one, Tell) and isinstance(one.happening, DaemonLost)
    )
    (line,) = lines_of(RunView(), lost)
    return line


def test_a_module_that_has_handled_pushes_and_saves_nothing_is_said_to_forget() -> None:
    core = running(restarts=1)
    core.reported(DOUBLE, MemoryMade(DOUBLE))
    assert told_of_the_loss(core).endswith(f"; it is started anew in 0.1 s{LOSS}")


def test_one_that_has_handled_nothing_has_nothing_to_forget() -> None:
    assert told_of_the_loss(running(restarts=1)).endswith("; it is started anew in 0.1 s")


def test_the_end_of_the_run_repeats_who_has_forgotten() -> None:
    core = running(restarts=1)
    core.reported(DOUBLE, MemoryMade(DOUBLE))
    core.exited(DOUBLE, None, 9, now_s=0.0)
    core.tick(10.0)
    core.connected(DOUBLE)
    core.work("source@n1#0", DOUBLE, "total@n2#0")
    core.ended(TO_RUN, 0)
    core.proceed()
    assert core.reason is not None
    assert core.reason.text.endswith("; started anew without their memory: double@n2#0")


def test_a_controller_that_comes_back_knows_who_has_forgotten() -> None:
    remembered = Remembered(chain())
    remembered.recall(MemoryBegun(DOUBLE))
    assert remembered.memories.lost == {}
    remembered.recall(DaemonRestarted(DOUBLE, 1))
    assert remembered.memories.lost == {DOUBLE: "double"}


def test_each_process_that_handles_pushes_tells_so_once() -> None:
    world = World(chain())
    world.settle()
    source = world.daemons["worker@n1#0"]
    run = source.begin()
    for value in (1, 2):
        source.push(run, value)
        world.settle()
        world.daemons[DOUBLE].perform()
    world.settle()
    assert world.controller.reports.count(MemoryMade(DOUBLE)) == 1
    source.push(run, 3)
    world.restart(DOUBLE)
    world.daemons[DOUBLE].perform()
    world.settle()
    assert world.controller.reports.count(MemoryMade(DOUBLE)) == 2
