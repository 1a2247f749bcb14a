"""Several functions that run as one are called as if each ran by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.daemon.fused_program import LOOK_AROUND_NS, Around, FusedProgram
from swarmdsl.daemon.program import Along
from swarmdsl.daemon.programs import Code
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Run
from swarmdsl.errors import BundleError, InputUnreadable, PushRefused, SwarmError
from swarmdsl.topology.fused import executed
from swarmdsl.topology.model import Constant, LinkSpec, ModuleSpec, TaskSpec, Topology
from swarmdsl.wire.codec import encode_values, pack_payload
from tests.handmade import link, task, topology

HOST = "worker@n1#0"


def number(value: int) -> tuple[int, bytes]:
    """A value of the function of that number, which is the value."""
    return value, bytes(encode_values([value]).body)


class Scene:
    """An instance of several functions after `a1` and `a2`, and what it pushes."""

    def __init__(
        self,
        folder: Path,
        functions: Sequence[Callable[..., Any]],
        links: Sequence[LinkSpec],
        *,
        inputs: dict[str, Constant] | None = None,
        step_ns: int = 0,
        of: Callable[[], Any] | None = None,
    ) -> None:
        own = [f"b{one}" for one in range(len(functions))]
        tasks = [task(alias) for alias in ("a0", "a1", *own, "last")]
        bare = topology(tasks, links)
        self.topology = self._tagged(bare, own, inputs or {})
        found = executed(self.topology)
        ticks = count(0, step_ns)
        self.looked = 0
        self.entered: list[str] = []
        around = Around(self._as, self._look, lambda: next(ticks))

        def load(module: ModuleSpec, _folder: Path) -> Any:
            by_name = dict(zip(own, functions, strict=True))
            return by_name.get(module.name, (of or source) if module.name != "last" else listed)

        def none(_hosted: object) -> Any:
            raise AssertionError("there are no scripts")

        wiring = Wiring(found.topology, HOST)
        code = Code(wiring, folder, none, load=load, fused=found.parts, around=around)
        at = [one.alias for one in found.topology.tasks].index("b")
        self._hosted = wiring.hosted[at, 0]
        self.program = code.programs[at, 0]
        assert isinstance(self.program, FusedProgram)
        self.pushed: list[object] = []

    @staticmethod
    def _tagged(bare: Topology, own: Sequence[str], inputs: dict[str, Constant]) -> Topology:
        def tag(one: TaskSpec) -> TaskSpec:
            if one.alias in own:
                return replace(one, fused="b", inputs=inputs)
            return replace(one, fused="a" if one.alias.startswith("a") else "last")

        return replace(bare, tasks=tuple(map(tag, bare.tasks)))

    def _as(self, run: Run) -> nullcontext[None]:
        self.entered.append(run.hosted.spec.name)
        return nullcontext()

    def _look(self) -> None:
        self.looked += 1

    def run(self, *came: tuple[int, bytes]) -> list[int]:
        assert isinstance(self.program, FusedProgram)
        return self.program.run(
            Run(self._hosted, 0, {"0": list(came)} if came else {}, {}), self.pushed.append
        )

    @property
    def values(self) -> list[tuple[int, object]]:
        """What was pushed with a number, decoded as an int is written."""
        alongs = (one for one in self.pushed if isinstance(one, Along))
        pairs = (one.value for one in alongs if isinstance(one.value, tuple))
        return [(by, blob[1]) for by, blob in pairs]


def source() -> int:
    return 0


def lists() -> list[int]:
    return []


def text() -> str:
    return ""


def listed(values: list[int]) -> list[int]:
    return values


def twice(value: int) -> int:
    return 2 * value


def gathered(values: list[int]) -> int:
    return 10 * values[0] + values[1]


def silent(value: int) -> int | None:
    return None


def optional(value: int | None) -> int:
    return 7 if value is None else value


def scaled(value: int, by: int) -> int:
    return by * value


def failing(value: int) -> int:
    raise ValueError("no")


def lying(value: int) -> int:
    text: Any = "text"
    number: int = text
    return number


def to_last(source: str) -> LinkSpec:
    return link(source, "last", "values", gather=True)


TWO = [link("a0", "b0"), link("a1", "b1"), to_last("b0"), to_last("b1")]


def test_each_is_given_what_is_its_own_and_gives_it_with_its_number(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [twice, twice], TWO)
    took = scene.run(number(0), number(1))

    assert scene.values == [(0, 0), (1, 2)]
    assert len(took) == 2
    assert scene.entered == ["b0@n1#0", "b1@n1#0"]


def test_what_one_gathers_is_in_the_order_of_the_topology(tmp_path: Path) -> None:
    links = [link(one, "b0", "values", gather=True) for one in ("a1", "a0")] + [to_last("b0")]
    scene = Scene(tmp_path, [gathered], links)
    scene.run(number(0), number(1))
    assert scene.values == [(0, 10)]


def test_what_two_are_given_is_not_one_object(tmp_path: Path) -> None:
    seen: list[list[int]] = []

    def keep(value: list[int]) -> int:
        seen.append(value)
        return 1

    links = [link("a0", one, "value", list[int]) for one in ("b0", "b1")]
    scene = Scene(tmp_path, [keep, keep], [*links, to_last("b0"), to_last("b1")], of=lists)
    scene.run((0, bytes(encode_values([[5]]).body)))
    assert seen == [[5], [5]]
    assert seen[0] is not seen[1]


def test_a_function_that_is_given_nothing_is_given_none_where_it_takes_that(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path, [optional], [link("a0", "b0"), to_last("b0")])
    scene.run()
    assert scene.values == [(0, 7)]


def test_none_is_no_value(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [silent], [link("a0", "b0"), to_last("b0")])
    scene.run(number(0))
    assert scene.values == []


def test_constants_are_each_functions_own(tmp_path: Path) -> None:
    links = [link("a1", "b0"), to_last("b0")]
    scene = Scene(tmp_path, [scaled], links, inputs={"by": Constant(value=9)})
    scene.run(number(1))
    assert scene.values == [(0, 9)]


def test_the_one_that_failed_is_told_with_what_it_was_given(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [twice, failing], TWO)
    with pytest.raises(ValueError, match="no"):
        scene.run(number(0), number(1))
    assert isinstance(scene.program, FusedProgram)
    assert scene.program.told() == "in b1, called with value=1"


def test_a_value_of_another_type_is_refused_in_the_name_of_its_function(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [twice, lying], TWO)
    with pytest.raises(PushRefused, match="b1@n1#0 pushed a str, but its links accept int"):
        scene.run(number(0), number(1))


def test_a_value_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    def holding(value: int) -> list[int]:
        texts: Any = ["text"]
        return list(texts)

    links = [link("a0", "b0"), link("b0", "last", "values", list[int], gather=True)]

    scene = Scene(tmp_path, [holding], links)
    with pytest.raises(SwarmError, match="b0@n1#0 pushed a list that is no list"):
        scene.run(number(0))


def test_a_value_that_goes_nowhere_is_refused(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [twice], [link("a0", "b0"), link("b0", "last", None)])
    with pytest.raises(PushRefused, match="b0@n1#0"):
        scene.run(number(0))


def test_what_is_no_value_of_a_parameter_is_told_with_who_gave_it(tmp_path: Path) -> None:
    links = [link("a0", "b0", "value", str), to_last("b0")]
    scene = Scene(tmp_path, [twice], links, of=text)
    told = (
        "what came from a0 is no int, which b0@n1#0 takes as its parameter value: it is of type str"
    )
    with pytest.raises(InputUnreadable, match=f"^{told}; annotate what a0 pushes"):
        scene.run((0, bytes(encode_values(["text"]).body)))
    assert isinstance(scene.program, FusedProgram)
    assert scene.program.told() == "in b0"


def test_arrays_in_a_value_are_read_again(tmp_path: Path) -> None:
    import numpy as np

    seen: list[Any] = []

    def take(value: Any) -> int:
        seen.append(value)
        return 1

    links = [link("a0", "b0", "value", str), to_last("b0")]
    scene = Scene(tmp_path, [take], links, of=text)
    array = np.arange(4, dtype="f4")
    scene.run((0, pack_payload(encode_values([array]))))
    assert seen[0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("step_ns", "looks"), [(0, 0), (LOOK_AROUND_NS, 2)])
def test_others_are_heard_between_functions_that_take_long(
    step_ns: int, looks: int, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, [twice, twice], TWO, step_ns=step_ns)
    took = scene.run(number(0), number(1))
    assert (took, scene.looked) == ([step_ns] * 2, looks)


def test_code_that_gives_another_type_than_the_topology_says_is_not_begun(tmp_path: Path) -> None:
    def other(value: int) -> str:
        return str(value)

    with pytest.raises(SwarmError, match="compile the swarm again") as raised:
        Scene(tmp_path, [other], [link("a0", "b0"), to_last("b0")])
    assert isinstance(raised.value.__cause__, BundleError)
