"""Weights of nodes that change while a swarm stands: what moves, what stays, and what is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.control.claim import holder_of, is_claimed
from swarmdsl.control.home import list_runs
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from tests.e2e.test_scaling import containers_on
from tests.e2e.test_up import TARGET as CLUSTER_TARGET
from tests.e2e.test_up import Home as ClusterHome
from tests.nodes import three_nodes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PATIENCE_S = 60.0
ROUNDS = """
import threading
from pathlib import Path

from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.light import Local

def look(local: Local) -> int:
    threading.Event().wait(0.05)
    Path("looked").open("a").write(f"{local.node}\\n")
    return 1

class Sums(Daemon):
    total = 0

    @on
    def add(self, number: int, local: Local) -> int:
        self.total += number
        Path("summed").open("a").write(f"{local.node} {self.total}\\n")
        return self.total

class Rounds(Swarm):
    max_iteration = 100_000

    def execute(self):
        return Task(Sums, "any", alias="sums")(Task(look, "any", alias="look"))
"""
TARGET = "rounds.py"
LOOKS = """
import threading

from swarmdsl import Swarm, Task

def look() -> int:
    threading.Event().wait(0.2)
    return 1

class Looks(Swarm):
    max_iteration = 100_000

    def execute(self):
        return Task(look, "any", alias="look")
"""


class Home:
    """A project with an inventory of two nodes, and where its swarm stands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self.project = folder / "project"
        self.project.mkdir()
        (self.project / TARGET).write_text(ROUNDS, "utf-8")

    def weigh(self, **weights: float) -> None:
        """Write the inventory with these weights."""
        nodes = (f'[[node]]\nname = "{name}"\nweight = {one}\n' for name, one in weights.items())
        (self.project / "nodes.toml").write_text("\n".join(nodes), "utf-8")

    def up(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.call("up", TARGET, "--nodes", "nodes.toml", *words)

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "swarmdsl", *words, "--home", str(self.folder)],
            cwd=self.project,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )

    def stands(self, *words: str) -> str:
        ended = self.up(*words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def lines(self, file: str) -> list[str]:
        path = self.project / file
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def await_on(self, node: str) -> None:
        """Until the function was run there three times in a row."""
        there = Patience().until(lambda: self.lines("looked")[-3:] == [node] * 3, PATIENCE_S)
        assert there, self.lines("looked")[-10:]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    home.weigh(a=0, b=0.5)
    yield home
    home.call("down", "--timeout", "1s")


def test_a_function_goes_where_the_weights_want_it_and_the_run_goes_on(here: Home) -> None:
    run = here.stands()
    here.await_on("a")
    here.weigh(a=9, b=0.5)
    assert here.up("--dry-run").stdout.splitlines() == [
        f"place tasks      {run}: a has weight 9 now, and had 0",
        "  move task        look from a to b: from the next round on",
    ]
    assert here.stands() == run
    here.await_on("b")
    assert "nothing to do" in here.up().stderr


def test_a_daemon_module_keeps_its_place_and_its_memory(here: Home) -> None:
    here.stands()
    here.await_on("a")
    here.weigh(a=0, b=9)
    kept = "keep task        sums on b: a daemon module stays where it is while its run goes on"
    assert kept in here.up("--dry-run").stdout
    here.stands()
    count = len(here.lines("summed"))
    assert Patience().until(lambda: len(here.lines("summed")) > count + 20, PATIENCE_S)
    summed = [line.split() for line in here.lines("summed")]
    assert summed == [["b", str(total)] for total in range(1, len(summed) + 1)]


def test_the_weights_from_before_bring_it_back(here: Home) -> None:
    here.stands()
    for weight, node in ((9, "b"), (0, "a"), (9, "b")):
        here.weigh(a=weight, b=0.5)
        here.stands()
        here.await_on(node)


def test_another_controller_still_goes_by_them(here: Home) -> None:
    run = here.stands()
    here.weigh(a=9, b=0.5)
    here.stands()
    here.await_on("b")
    (folder,) = list_runs(here.folder)
    holder = holder_of(folder.path)
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    assert Patience().until(lambda: not is_claimed(folder.path), PATIENCE_S)
    (here.project / "looked").unlink()
    assert here.stands() == run
    here.await_on("b")
    assert {*here.lines("looked")} == {"b"}


def test_the_run_tells_who_is_where_by_that(here: Home) -> None:
    here.stands()
    here.await_on("a")
    here.weigh(a=9, b=0.5)
    here.stands()
    stored = StoredRun.open(list_runs(here.folder)[0])
    assert [one.text for one in stored.events_of(["TasksPlaced"])] == ["look on b"]


def test_other_slots_still_need_another_run(here: Home) -> None:
    here.stands()
    nodes = '[[node]]\nname = "a"\nslots = 3\nweight = 9\n[[node]]\nname = "b"\nweight = 0.5\n'
    (here.project / "nodes.toml").write_text(nodes, "utf-8")
    refused = here.up()
    assert refused.returncode == 2
    assert "node a has another slots" in refused.stderr


def test_what_was_compiled_before_has_its_weights_in_it(here: Home) -> None:
    def compiled_up() -> subprocess.CompletedProcess[str]:
        words = ("compile", TARGET, "--nodes", "nodes.toml", "-o", "build")
        command = [sys.executable, "-m", "swarmdsl", *words]
        subprocess.run(command, cwd=here.project, check=True, capture_output=True)
        return here.call("up", "build")

    first = compiled_up()
    assert first.returncode == 0, first.stderr
    here.weigh(a=9, b=0.5)
    refused = compiled_up()
    assert refused.returncode == 2
    assert "node a has another weight" in refused.stderr


# ------------------------------------------------------------------------------------- a cluster


def started_on(home: ClusterHome, since: int) -> list[str]:
    """Where the function was begun, by what the run has told after so many of its events."""
    stored = StoredRun.open(list_runs(home.folder)[0])
    begun = [one.subject for one in stored.events_of(["InstanceStarted"])]
    return [name.partition("@")[2] for name in begun[since:] if name.startswith("look@")]


def test_a_label_of_a_node_moves_a_function_to_another_machine(tmp_path: Path) -> None:
    with three_nodes() as nodes:
        home = ClusterHome(tmp_path, "docker-swarm")
        (home.project / CLUSTER_TARGET).write_text(LOOKS, "utf-8")
        try:
            run = home.stands(**nodes.variables)
            there = Patience().until(lambda: "node1#0" in started_on(home, 0), PATIENCE_S)
            assert there, started_on(home, 0)
            nodes.docker("node", "update", "--label-add", "swarmdsl.weight=9", "node1")
            shown = home.up("--dry-run", **nodes.variables).stdout
            assert shown.splitlines() == [
                f"place tasks      {run}: node1 has weight 9 now, and had 0",
                "  move task        look from node1 to node2: from the next round on",
            ]
            before = containers_on(nodes, run)
            assert home.stands(**nodes.variables) == run
            told = len(started_on(home, 0))
            assert Patience().until(lambda: len(started_on(home, told)) > 4, PATIENCE_S)
            assert {*started_on(home, told + 2)} == {"node2#0"}
            assert containers_on(nodes, run) == before
        finally:
            nodes.docker("node", "update", "--label-rm", "swarmdsl.weight", "node1")
            ended = home.call("down", "--timeout", "10s", variables=nodes.variables)
    assert ended.returncode == 0, ended.stderr
