"""Parameters with the name of what is handed in, and no annotation."""

from __future__ import annotations

from typing import Any

import pytest

from swarmdsl.dsl import Task
from swarmdsl.light import Daemon, World, on
from tests.unit.compiler.building import compiled


def lines() -> list[str]:
    return ["a"]


def start(local, world: World) -> int:  # type: ignore[no-untyped-def]
    return len(local.list_dir(world.alias))


def after(lines: list[str], globals, results) -> int:  # type: ignore[no-untyped-def] # noqa: A002
    return len(lines)


def lone(world) -> int:  # type: ignore[no-untyped-def]
    return 1


def two(lines, world) -> int:  # type: ignore[no-untyped-def]
    return 1


def values(places, location: str = "") -> int:  # type: ignore[no-untyped-def]
    return 1


class Keeper(Daemon):
    def on_start(self, local) -> None:  # type: ignore[no-untyped-def]
        """As if it had been handed in."""

    @on
    def keep(self, text: list[str], world) -> None:  # type: ignore[no-untyped-def]
        """As if it had been handed in."""


def hints(task: Task, source: Any = None) -> set[tuple[str, str]]:
    """The codes and hints of what is found."""
    found = compiled(task if source is None else task(Task(source, "any"))).diagnostics
    return {(one.code, one.hint.partition(",")[0]) for one in found}


ONE = "write local: Local (from swarmdsl.light import Local)"


def test_a_parameter_that_nothing_supplies_is_told_to_be_annotated() -> None:
    assert hints(Task(start, "any")) == {("SW202", ONE), ("SW203", ONE)}


def test_each_that_nothing_supplies_is_told_for_itself_and_all_where_annotations_lack() -> None:
    told = compiled(Task(after, "any")(Task(lines, "any"))).diagnostics
    assert [one.hint.partition(" (")[0] for one in told] == [
        "write globals: Globals, results: Results",
        "write globals: Globals",
        "write results: Results",
    ]
    assert "import Globals, Results), for them to be handed in" in told[0].hint


def test_a_parameter_that_takes_a_push_by_mistake_is_told_too() -> None:
    assert hints(Task(lone, "any"), lines) == {
        ("SW203", "write world: World (from swarmdsl.light import World)")
    }


def test_a_parameter_that_a_push_fits_as_well_as_another_is_told_too() -> None:
    source = Task(lines, "any", alias="source")
    told = compiled(Task(two, "any")(source)).diagnostics
    assert {one.hint.partition(" (")[0] for one in told} == {"write world: World"}
    assert {one.code for one in told} == {"SW202", "SW203"}


def test_methods_of_a_daemon_are_told_likewise() -> None:
    found = compiled(Task(Keeper, "any")(Task(lines, "any"))).diagnostics
    told = {(one.code, one.hint.partition(" (")[0]) for one in found}
    assert {("SW208", "write world: World"), ("SW208", "write local: Local")} <= told


@pytest.mark.parametrize("source", [None, lines])
def test_parameters_of_other_names_are_told_as_before(source: Any) -> None:
    assert not any(hint.startswith("write ") for _, hint in hints(Task(values, "any"), source))
