"""A daemon's process between two peers in C: integers from one, through Python, to the other.

The test is the controller: it welcomes the daemon, starts the round, and confirms its reports.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import pytest

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.reports import CONTROLLER, AnyReport, LinkRefused, WorkConfirmed
from swarmdsl.topology.codec import to_json, topology_hash
from swarmdsl.topology.model import Limits, Topology
from swarmdsl.wire.messages import RoundStart, Stop
from swarmdsl.wire.session.events import Accepted
from tests.conformance.sides import EXIT_S, RUN, Ours, Sides
from tests.handmade import link, task, topology

FEED, PASS_ON, DRAIN = "worker@feed#0", "worker@python#0", "worker@drain#0"
COUNT = 3_000
CODE = """
from collections.abc import Iterator

def pass_on(values: list[int]) -> Iterator[int]:
    yield from values
"""
DAEMON = """
import sys
import msgspec
from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.life import run_daemon

arguments = msgspec.json.decode(sys.argv[1], type=DaemonArguments)
sys.exit(run_daemon(arguments, sys.argv[2].encode()))
"""


def swarm() -> Topology:
    """A chain of three tasks, of which Python has the middle one."""
    chain = topology(
        [
            task("feed", nodes=["feed"]),
            task("pass_on", nodes=["python"]),
            task("drain", nodes=["drain"]),
        ],
        [link("feed", "pass_on", "values", gather=True), link("pass_on", "drain", "numbers")],
        limits=Limits(inbox_messages=256, unconfirmed_messages=COUNT),
    )
    code = tuple(replace(one, entry=f"passing:{one.name}") for one in chain.modules)
    return replace(chain, modules=code)


class Bench:
    """The daemon's process, and the test as its controller."""

    def __init__(self, sides: Sides, folder: Path) -> None:
        self.topology = swarm()
        self.sides = sides
        (folder / "passing.py").write_text(CODE, "utf-8")
        self.controller: Ours = sides.ours(CONTROLLER, AnyReport, topology_hash(self.topology))
        arguments = DaemonArguments(
            run=RUN,
            name=PASS_ON,
            incarnation=0,
            address=sides.address("python"),
            controller=sides.address(CONTROLLER),
            run_folder=str(folder),
        )
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-c", DAEMON),
                msgspec.json.encode(asdict(arguments)).decode(),
                to_json(self.topology),
            ],
            env={"PYTHONPATH": f"{folder}:{':'.join(sys.path)}"},
        )
        sides.until(lambda: bool(self.controller.of(Accepted)))

    def start_round(self) -> None:
        """Tell the daemon who takes part, and where."""
        everybody = {0: [0], 1: [0], 2: [0]}
        addresses = {FEED: "ipc:///nobody", DRAIN: self.sides.address("sink")}
        number = self.controller.switchboard.number_of(PASS_ON)
        start = RoundStart(number, 0, 0, everybody, [], addresses)
        self.controller.switchboard.say(PASS_ON, start)

    def told(self, kind: type) -> list[object]:
        """The daemon's reports of a kind."""
        return [report for report in self.controller.values if isinstance(report, kind)]

    def stop(self) -> int:
        """Let the daemon leave; its exit code."""
        number = self.controller.switchboard.number_of(PASS_ON)
        self.controller.switchboard.say(PASS_ON, Stop(number, "over"))
        self.sides.until(lambda: self.process.poll() is not None)
        return self.process.wait()

    def close(self) -> None:
        """End the process, if it has not ended."""
        self.process.kill()
        self.process.wait(EXIT_S)


@pytest.fixture
def bench(sides: Sides, tmp_path: Path) -> Iterator[Bench]:
    """A daemon that has connected with its controller."""
    one = Bench(sides, tmp_path)
    yield one
    one.close()


def test_integers_pass_from_c_through_python_to_c(bench: Bench, sides: Sides) -> None:
    hashed = topology_hash(bench.topology)
    sink = sides.sink(name=DRAIN, topology=hashed)
    source = sides.source(
        address=sides.address("python"),
        name=FEED,
        topology=hashed,
        count=COUNT,
        unconfirmed=COUNT,
        drop=1_000,
    )
    bench.start_round()
    assert sides.until_left(source) == 0
    assert source.lines[-1] == f"confirmed {COUNT + 1}"
    assert sink.told(f"ended round=0 position={COUNT} count={COUNT}") is not None
    assert bench.told(WorkConfirmed) == [WorkConfirmed("pass_on@python#0", 0)]
    assert bench.stop() == 0
    assert sides.until_left(sink) == 0
    assert sink.counts == {}


def test_a_daemon_and_a_source_in_c_agree_on_why_it_is_refused(bench: Bench, sides: Sides) -> None:
    schema = '{"kind":"record","name":"Hit","fields":[["x","int"]]}'
    source = sides.source(
        address=sides.address("python"),
        name=FEED,
        topology=topology_hash(bench.topology),
        schema=schema,
    )
    assert sides.until_left(source) == 1
    reason = f"what is pushed on link 0 is int at {PASS_ON} and Hit at {FEED}"
    assert source.told(f"reset final=1 {reason}") is not None
    sides.until(lambda: bool(bench.told(LinkRefused)))
    assert bench.told(LinkRefused) == [LinkRefused(FEED, PASS_ON, reason)]
    assert bench.stop() == 0
