"""One mistake is one finding: each fault of a table is put into swarms that have none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from swarmdsl.compiler import Compilation, compile_swarm, report
from swarmdsl.dsl import Module, Swarm, Task
from swarmdsl.light import Daemon, on
from tests.unit.compiler.building import TWO

LOCK = threading.Lock()
MAIN = "def main():\n    return 1\n"


def start() -> int:
    return 1


def step(number: int) -> int:
    return number + 1


def also(number: int, offset: int = 0) -> int:
    return number + offset


def total(numbers: list[int]) -> int:
    return sum(numbers)


def both(left: int, right: int) -> int:
    return left + right


def text_of(text: str) -> str:
    return text


def text() -> str:
    return "text"


def either() -> int | bytes:
    return 1


def object_of() -> threading.Thread:
    return threading.Thread()


def bare(value: Any) -> int:
    return int(value)


@dataclass
class Point:
    x: int


def pointed(number: int) -> Point:
    return Point(number)


def closure() -> Callable[..., Any]:
    lock = threading.Lock()

    def work(number: int) -> bool:
        return bool(number) or lock.locked()

    return work


def positional(number: int, /) -> int:
    return number


def misspelt(number: Nubmer) -> int:  # type: ignore[name-defined] # noqa: F821
    return number  # type: ignore[no-any-return]


def yielding(number: int) -> list[str]:  # type: ignore[misc]
    yield str(number)


class Keeper(Daemon):
    @on
    def keep(self, number: int) -> int:
        return number


class Crooked(Daemon):
    @on
    def keep(self, number: int, other: int) -> int:
        return number + other


class Tied(Daemon):
    @on
    def one(self, value: int | str) -> None: ...

    @on
    def other(self, value: int | bytes) -> None: ...


class Wide(Daemon):
    @on
    def keep(self, number: int) -> None: ...

    @on
    def text(self, text: str) -> None: ...


@dataclass
class Parts:
    """The tasks of a good swarm, for a fault to be put in: each has what comes after it."""

    swarm: Swarm
    first: Task
    middle: Task
    last: Task


def chain(swarm: Swarm) -> Parts:
    first = Task(start, "any", alias="first")
    middle = Task(step, "any", alias="middle")(first)
    after = Task(step, "any", alias="after")(middle)
    return Parts(swarm, first, middle, Task(step, "any", alias="last")(after))


def spread(swarm: Swarm) -> Parts:
    first = Task(start, "any", alias="first")
    middle = Task(step, "all", alias="middle")(first)
    summed = Task(total, "any", alias="summed")(middle)
    return Parts(swarm, first, middle, Task(step, "any", alias="last")(summed))


def keeping(swarm: Swarm) -> Parts:
    first = Task(start, "any", alias="first")
    middle = Task(step, "any", alias="middle")(first)
    kept = Task(Keeper, "any", alias="kept")(middle)
    return Parts(swarm, first, middle, Task(total, "any", alias="last")(kept))


def looping(swarm: Swarm) -> Parts:
    swarm.max_iteration = 3
    first = Task(start, "any", alias="first")
    middle = Task(also, "any", alias="middle")(first)
    last = Task(step, "any", alias="last")(middle)
    swarm.loop(last, middle)
    return Parts(swarm, first, middle, last)


GOOD = [chain, spread, keeping, looping]
Fault = Callable[[Parts], Any]


def joined(fault: Callable[[Task], Any], end: str = "last") -> Fault:
    """A fault in a task of its own, after `end`; the swarm then ends there."""

    def put(parts: Parts) -> Any:
        return fault(getattr(parts, end))

    return put


def beside(task: Callable[[], Any]) -> Fault:
    """A fault in a task that hangs together with no other."""
    return lambda parts: [parts.last, task()]


def with_module(module: Any) -> Fault:
    return joined(lambda last: Task(module, "any", alias="extra")(last))


def setting(name: str, value: Any, of: str = "middle") -> Fault:
    def put(parts: Parts) -> Task:
        setattr(getattr(parts, of), name, value)
        return parts.last

    return put


def raising(parts: Parts) -> Task:
    raise LookupError("nothing")


def left_out(parts: Parts) -> Task:
    Task(step, "any", alias="stray")(Task(step, "any", alias="stray too")(parts.last))
    return parts.last


def cycle(parts: Parts) -> Task:
    one = Task(both, "any", alias="one")(parts.last)
    return one(Task(step, "any", alias="back")(one))


def repeated(parts: Parts) -> Task:
    extra = Task(step, "any", alias="extra")(parts.last)
    return extra(parts.last)


def loop_to_a_stranger(parts: Parts) -> Task:
    parts.swarm.loop(Task(start, "any", alias="stray"), parts.last)
    return parts.last


def loop_into_daemon(parts: Parts) -> Task:
    kept = Task(Keeper, "any", alias="extra")(parts.last)
    parts.swarm.max_iteration = 3
    parts.swarm.loop(parts.first, kept)
    return kept


def without_rounds(parts: Parts) -> Task:
    parts.swarm.max_iteration = 1
    if not parts.swarm.loops:
        parts.middle.module = also
        parts.swarm.loop(parts.last, parts.middle)
    return parts.last


def many_misfits(parts: Parts) -> Task:
    texts = [Task(text, "any", alias=f"text{n}") for n in range(4)]
    return Task(total, "any", alias="extra")([parts.last, *texts])


def many_ties(parts: Parts) -> Task:
    starts = [Task(start, "any", alias=f"start{n}") for n in range(4)]
    return Task(both, "any", alias="extra")(starts)(parts.last)


def bad_global(parts: Parts) -> Task:
    parts.swarm.set_global("lock", LOCK)
    return parts.last


def bad_limits(parts: Parts) -> Task:
    parts.swarm.limits = {"inbox_messages": 0}
    return parts.last


def one_port_twice(parts: Parts) -> list[Task]:
    return [Task(Keeper, "any", alias=f"extra{n}", port=3391)(parts.last) for n in range(2)]


def privileged_port(parts: Parts) -> Task:
    extra = Task(Keeper, "any", maximum=1, alias="extra", port=80)  # swarm: ignore[SW416] elsewhere
    return extra(parts.last)


def ported(module: Any, port: Any) -> Fault:
    """A task with a port, on one node of the two."""
    return joined(lambda end: Task(module, "any", maximum=1, alias="extra", port=port)(end))


def called_with_a_number(parts: Parts) -> Task:
    before: Any = [parts.last, 3]
    return Task(step, "any")(before)


FAULTS: dict[str, tuple[str, Fault]] = {
    "execute raises": ("SW001", raising),
    "execute returns nothing": ("SW103", lambda _: None),
    "execute returns a list with a stranger": ("SW103", beside(lambda: 3)),
    "a cycle": ("SW101", cycle),
    "one alias twice": ("SW102", joined(lambda end: Task(step, "any", alias="middle")(end))),
    "an edge twice": ("SW104", repeated),
    "a task called with a number": ("SW105", called_with_a_number),
    "an alias that is no name": ("SW106", setting("alias", "a b")),
    "a chain of tasks left out": ("SW108", left_out),
    "a loop without rounds": ("SW113", without_rounds),
    "a type that does not fit": ("SW201", with_module(text_of)),
    "a parameter that should gather": (
        "SW201",
        joined(lambda end: Task(step, "any", alias="extra")(Task(step, "all", alias="wide")(end))),
    ),
    "many tasks that do not fit": ("SW201", many_misfits),
    "a parameter that nothing supplies": (
        "SW202",
        beside(lambda: Task(step, "any", alias="extra")),
    ),
    "two parameters that fit alike": ("SW202", with_module(both)),
    "many tasks that fit alike": ("SW202", many_ties),
    "two handlers that fit alike": ("SW202", with_module(Tied)),
    "a generator that says it gives a list": ("SW222", with_module(yielding)),
    "a missing file": ("SW204", with_module(Module("nowhere.py"))),
    "a number as a module": ("SW204", setting("module", 3, of="first")),
    "a global that cannot travel": ("SW205", bad_global),
    "a constant that cannot travel": (
        "SW205",
        beside(lambda: Task(bare, "any", alias="extra", inputs={"value": LOCK})),
    ),
    "a constant without a parameter": (
        "SW206",
        joined(lambda end: Task(step, "any", alias="extra", inputs={"numbr": 1})(end)),
    ),
    "a member that nothing takes": (
        "SW207",
        lambda parts: [parts.last, Task(step, "any", alias="extra")(Task(either, "any"))],
    ),
    "a handler of two values": ("SW208", with_module(Crooked)),
    "a result that cannot travel": ("SW210", beside(lambda: Task(object_of, "any", alias="extra"))),
    "a script without main": ("SW213", with_module(Module("x = 1\n", name="extra"))),
    "a script that is not Python": ("SW214", with_module(Module("def (\n", name="extra"))),
    "a requirement that cannot be read": (
        "SW215",
        with_module(Module(step, requirements=["a b"])),
    ),
    "a requirement that is not met": (
        "SW216",
        with_module(Module(step, requirements=["no-such"])),
    ),
    "a closure that holds a lock": (
        "SW217",
        with_module(closure()),
    ),
    "a handler that nothing feeds": ("SW219", with_module(Wide)),
    "records where anything is taken": (
        "SW220",
        joined(lambda end: Task(bare, "any", alias="extra")(Task(pointed, "any")(end))),
    ),
    "a node that is not there": ("SW301", setting("specified_ids", ["nowhere"])),
    "a method that is none": ("SW302", setting("method", "al", of="first")),
    "a maximum that is none": ("SW303", setting("maximum", 0)),
    "a constant that is no mapping": ("SW305", setting("inputs", 3, of="first")),
    "requirements that are no list": ("SW305", with_module(Module(step, requirements="numpy"))),
    "a GPU": ("SW310", setting("gpu", True)),
    "a function of positional parameters": ("SW401", with_module(positional)),
    "a port of two tasks": ("SW411", one_port_twice),
    "a port of one task on two nodes": (
        "SW411",
        joined(lambda end: Task(Keeper, "any", alias="extra", port=3391)(end)),
    ),
    "a port for the superuser": ("SW412", privileged_port),
    "a port that is none": ("SW413", ported(Keeper, "80")),
    "a port that is none, of a function": ("SW413", ported(step, 0)),
    "a port of a function": ("SW414", ported(step, 3391)),
    "a program that is not there": ("SW204", with_module(Module(command=["./nowhere"]))),
    "a port of what cannot be packaged": ("SW204", ported(Module("nowhere.py"), 3391)),
    "an annotation that names nothing": ("SW221", with_module(misspelt)),
    "a node to keep off that is not there": ("SW306", setting("excepted_ids", ["nowhere"])),
    "an environment of a function": ("SW316", setting("env", {"OMP_NUM_THREADS": "1"})),
    "no word for which nodes": ("SW305", setting("strategy", "vertcal")),
    "no word for what follows a loss": ("SW305", setting("on_node_loss", "go on")),
    "a host as a node": ("SW415", setting("specified_ids", ["localhost"])),
    "a host as a node to keep off": ("SW415", setting("excepted_ids", ["127.0.0.1"])),
    "a port that no engine opens": ("SW416", ported(Keeper, 3391)),
    "a policy that is none": (
        "SW501",
        joined(lambda end: Task(step, "any", alias="extra")(end, policy="al")),
    ),
    "a loop into a daemon module": ("SW506", loop_into_daemon),
    "a loop from a stranger": ("SW506", loop_to_a_stranger),
    "an overflow that contradicts": (
        "SW602",
        joined(lambda end: Task(step, "any", alias="extra")(end, overflow="drop_oldest")),
    ),
    "a limit of nothing": ("SW603", bad_limits),
}


def compiled(good: Callable[[Swarm], Parts], fault: Fault) -> Compilation:
    class Example(Swarm):
        def execute(self) -> Any:
            return fault(good(self))

    return compile_swarm(Example(), TWO)


def cases() -> Iterator[Any]:
    for name, (code, fault) in FAULTS.items():
        for good in GOOD:
            yield pytest.param(good, fault, code, id=f"{name} in {good.__name__}")


@pytest.mark.parametrize("good", GOOD)
def test_good_swarms_have_no_findings(good: Callable[[Swarm], Parts]) -> None:
    found = compiled(good, lambda parts: parts.last)
    assert report.full(found.diagnostics) == "no findings\n"


@pytest.mark.parametrize(("good", "fault", "code"), list(cases()))
def test_one_fault_is_one_finding(good: Callable[[Swarm], Parts], fault: Fault, code: str) -> None:
    found = compiled(good, fault).diagnostics
    assert [one.code for one in found] == [code], report.concise(found)
