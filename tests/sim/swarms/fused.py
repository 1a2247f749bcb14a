"""Functions that share runs, each of which knows what it must be given, and from whom.

A compiler lets functions share a run only where a worker has hundreds; here they do by name, and
each run is where it is said to be. Whoever is given what was for another says so, and so does
whoever is given what another has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.api import Nodes
from swarmdsl.compiler.pipeline import Compilation
from swarmdsl.light import Globals, Results
from swarmdsl.topology.model import TaskSpec, Topology
from tests.sim.swarms.uneven import FUNCTIONS, Uneven

A, B, C = ["worker@node1#0"], ["worker@node1#1"], ["worker@node2#0"]
Runs = Mapping[str, tuple[Sequence[str], Sequence[str]]]
"""By the name of each run: the workers that may do it, and the functions that share it."""


class Shared(Swarm):
    """A swarm whose functions share runs.

    Attributes:
        runs: that they share.
        apart: nothing shares a run, and all is where it is otherwise.
    """

    runs: Runs
    apart = False

    def compile(self, nodes: Nodes = 1) -> Compilation:
        """The same swarm, with the runs that its functions share."""
        compilation = super().compile(nodes)
        topology = shared(compilation.require(), self.runs, apart=self.apart)
        return replace(compilation, topology=topology)


def shared(topology: Topology, runs: Runs, *, apart: bool = False) -> Topology:
    """The topology, with the runs that these functions share."""
    run_of = {alias: name for name, (_, aliases) in runs.items() for alias in aliases}

    def placed(task: TaskSpec) -> TaskSpec:
        name = run_of.get(task.alias)
        if name is None:
            return task
        return replace(task, candidates=tuple(runs[name][0]), fused=None if apart else name)

    return replace(topology, tasks=tuple(map(placed, topology.tasks)))


def say(name: str) -> list[str]:
    return [name]


def odd(number: int) -> int | None:
    """Even numbers are not told."""
    return number if number % 2 else None


def hear(
    words: list[list[str]],
    name: str,
    wanted: list[str],
    results: Results,
    number: int | None = None,
    wanted_number: int | None = None,
) -> list[str]:
    """Spoils what it has been given, and tells who gave it."""
    heard = [word for one in words for word in one]
    if (heard, number) != (wanted, wanted_number):
        raise ValueError(f"{name} was given {heard}, {number}, not {wanted}, {wanted_number}")
    for one in words:
        one.append("spoilt")
    results.add("heard", heard)
    results.add("number", number)
    return [name]


def note(words: list[list[str]], noted: Globals, results: Results) -> None:
    """Gives nothing, and counts the rounds."""
    rounds = noted["rounds"]
    assert isinstance(rounds, int)
    noted["rounds"] = rounds + 1
    results.add("noted", sorted(word for one in words for word in one))
    results.add("rounds", rounds)


def look(name: str, noted: Globals) -> list[str]:
    """Is given nothing, and comes after what takes a note."""
    return [f"{name} in round {noted['rounds']}"]


def collect(words: list[list[str]]) -> list[str]:
    return [word for one in words for word in one]


def saying(name: str) -> Task:
    return Task(say, alias=name, method="any", inputs={"name": name})


def hearing(
    name: str,
    *words: Task,
    after: Task | None = None,
    number: Task | None = None,
    retries: int = 0,
) -> Task:
    """A function that must be given the words of these, in this order."""
    inputs = {
        "name": name,
        "wanted": [word.alias for word in words],
        "wanted_number": 1 if number is not None and number.alias == "odd" else None,
    }
    heard = Task(hear, alias=name, method="any", inputs=inputs, retries=retries)(after)(words)
    return heard(number)


FUSED: Runs = {
    "says_a": (A, ["say_0", "say_1"]),
    "says_b": (A, ["say_2", "say_3", "even"]),
    "odd": (B, ["odd"]),
    "hears_b": (B, ["hear_0", "note", "hear_1"]),
    "hears_c": (C, ["hear_2", "hear_3"]),
    "lasts_a": (A, ["last_0", "last_1"]),
    "lasts_c": (C, ["look_0", "last_2", "last_3"]),
    "collected": (C, ["collected"]),
}


class Fused(Shared):
    """Layers of functions on three workers that share runs, beside some that do not."""

    limits = Limits(steal_after_s=0.001)
    max_iteration = 2
    runs = FUSED

    def __init__(self) -> None:
        super().__init__()
        self.set_global("rounds", 0)

    def execute(self) -> Task:
        says = [saying(f"say_{number}") for number in range(4)]
        odds = [
            Task(odd, alias=name, method="any", inputs={"number": number})
            for name, number in (("odd", 1), ("even", 2))
        ]
        noted = Task(note, alias="note", method="any")([says[1], says[2]])
        hears = [
            hearing("hear_0", says[3], says[0], number=odds[0]),
            hearing("hear_1", says[0], says[2], number=odds[1]),
            hearing("hear_2", says[1], says[0], number=odds[0]),
            hearing("hear_3", says[2], says[3]),
        ]
        # It may be tried again, so it needs a run of its own.
        alone = hearing("alone", says[2], says[1], retries=1)
        lasts = [
            hearing("last_0", hears[1], hears[0], after=noted),
            hearing("last_1", hears[2], alone, hears[3]),
            hearing("last_2", alone, hears[0]),
            hearing("last_3", hears[3], says[0], hears[2], number=odds[0]),
        ]
        looks = [
            Task(look, alias=name, method="any", inputs={"name": name})(noted)
            for name in ("look_0", "look_1")
        ]
        return Task(collect, alias="collected", method="any")([*lasts, *looks])


class Apart(Fused):
    """The same, where each function has a run of its own."""

    apart = True


MOVED: Runs = {
    name: ([*workers, *(A if workers is C else C)], aliases)
    for name, (workers, aliases) in FUSED.items()
}


class FusedMoved(Fused):
    """The same, where a worker is given up at once, and another does what it had to do."""

    limits = Limits(restarts=0, steal_after_s=0.0)
    runs = MOVED


UNEVEN: Runs = {
    f"multiply_{by:02}..{by + 2:02}": (
        (A, B)[by % 2],
        [f"multiply_{by:02}", f"multiply_{by + 2:02}"],
    )
    for by in range(FUNCTIONS)
    if by % 4 < 2
}


class FusedUneven(Shared, Uneven):
    """Pairs that take long on one worker of a node and none on the other, which steals them."""

    runs = UNEVEN


class ApartUneven(FusedUneven):
    """The same, where each function has a run of its own."""

    apart = True


class Echo(Daemon):
    """A daemon module amid functions that share runs."""

    @on
    def take(self, words: list[str]) -> list[str]:
        return words


def distinct(words: list[list[str]]) -> list[str]:
    """Each once: below a daemon module a value comes at least once."""
    return sorted({word for one in words for word in one})


AROUND_DAEMON: Runs = {
    "says_a": (A, ["say_0", "say_1"]),
    "says_b": (B, ["say_2", "say_3"]),
    "distincts": (C, ["distinct_0", "distinct_1", "distinct_2"]),
}


class FusedAroundDaemon(Shared):
    """What feeds a daemon module shares runs, and so does what it feeds."""

    runs = AROUND_DAEMON

    def execute(self) -> Task:
        says = [saying(f"say_{number}") for number in range(4)]
        echo = Task(Echo, alias="echo", method="any")(says)
        distincts = [
            Task(distinct, alias=f"distinct_{number}", method="any")([echo, *says[:number]])
            for number in range(3)
        ]
        return Task(collect, alias="collected", method="any")(distincts)


class ApartAroundDaemon(FusedAroundDaemon):
    """The same, where each function has a run of its own."""

    apart = True
