"""A round that is far larger than what a sender may keep in memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from swarmdsl import Limits, Run, Swarm, Task
from swarmdsl.control.happenings import Happening, IrregularitiesCounted
from swarmdsl.light import Daemon, on

VALUES = 50_000
BOUND = 100


def numbers() -> Iterator[int]:
    yield from range(VALUES)


class Relay(Daemon):
    """Passes on what it gets."""

    @on
    def pass_on(self, number: int) -> int:
        return number


def total(given: list[int]) -> list[int]:
    return [len(given), sum(given)]


class Large(Swarm):
    def __init__(self, *, relayed: bool, bound: int) -> None:
        super().__init__(limits=Limits(unconfirmed_messages=bound, batch_messages=BOUND))
        self.relayed = relayed

    def execute(self) -> Task:
        source = Task(numbers, method="any")
        if self.relayed:
            source = Task(Relay, method="any")(source)
        return Task(total, method="any")(source)


def run_large(
    home: Path, *, relayed: bool, bound: int = BOUND
) -> tuple[Run, dict[str, dict[str, int]]]:
    """The run, and what became of its pushes by link."""
    links: dict[str, dict[str, int]] = {}

    def observe(happening: Happening) -> None:
        if isinstance(happening, IrregularitiesCounted):
            links.update({name: dict(counts) for name, counts in happening.links.items()})

    swarm = Large(relayed=relayed, bound=bound)
    return swarm.run(home=home, observers=[observe]), links


def test_a_gather_of_many_values_spills_all_but_the_bound(tmp_path: Path) -> None:
    run, links = run_large(tmp_path, relayed=False)
    assert run.value == [VALUES, VALUES * (VALUES - 1) // 2]
    assert links["numbers -> total"]["spilled"] == VALUES - BOUND
    assert sorted(file.name for file in run.folder.iterdir()) == sorted(
        file.name for file in run_large(tmp_path, relayed=False, bound=VALUES)[0].folder.iterdir()
    )


def test_a_gather_behind_a_daemon_module_spills_on_both_links(tmp_path: Path) -> None:
    run, links = run_large(tmp_path, relayed=True)
    assert run.value == [VALUES, VALUES * (VALUES - 1) // 2]
    assert set(links) == {"numbers -> Relay", "Relay -> total"}
    assert all(counts["spilled"] >= VALUES - 2 * BOUND for counts in links.values())


PROGRAM = """
from swarmdsl import Limits, Swarm, Task

def texts():
    for number in range(40):
        yield "x" * 1_000_000

def total(given: list) -> int:
    return len(given)

class Heavy(Swarm):
    limits = Limits(unconfirmed_bytes=1_000_000)

    def execute(self):
        return Task(total, method="any")(Task(texts, method="any"))
"""
LIMITED = """
import resource
from heavy import Heavy

resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))
run = Heavy().run(home="home")
print(run.state.value, run.reason.text)
"""


def test_a_disk_that_takes_no_more_fails_the_run_with_the_folder(tmp_path: Path) -> None:
    (tmp_path / "heavy.py").write_text(PROGRAM, "utf-8")
    (tmp_path / "limited.py").write_text(LIMITED, "utf-8")
    ended = subprocess.run(
        [sys.executable, "limited.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.startswith("FAILED texts@node1#0 in round 0 raised SpillFailed: "), ended
    assert str(Path("home") / "runs") in ended.stdout
    assert "File too large. Make room there" in ended.stdout
