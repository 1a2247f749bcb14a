"""What a task sees of its swarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from swarmdsl.errors import CallFailed, GlobalMissing, OutsideTask
from swarmdsl.light import (
    Globals,
    ResultMethod,
    Results,
    TaskContext,
    World,
    entered,
    schedule_next_iter,
    stop_swarm,
)
from tests.unit.light.asked import Asked


def test_setting_a_global_gives_its_version() -> None:
    asked = Asked({"globals.set": 4})
    with entered(asked.context()):
        assert Globals().set("w", [1]) == 4
    assert asked.calls == [("globals.set", {"tag": "w", "value": [1]})]


def test_reading_a_global_asks_each_time() -> None:
    asked = Asked({"globals.get": "now"})
    with entered(asked.context()):
        world = World()
        assert [world.globals["w"], world.globals["w"]] == ["now", "now"]
    assert len(asked.calls) == 2


def shared() -> TaskContext:
    """A task of a run with two globals."""
    values: dict[str, object] = {"epochs": 10, "rate": 0.5}

    def controller(method: str, arguments: Mapping[str, object], /) -> object:
        if method == "globals.tags":
            return sorted(values)
        if arguments["tag"] not in values:
            raise GlobalMissing(method, "no global is named so; set so far: epochs, rate")
        return values[str(arguments["tag"])]

    return replace(Asked().context(), call=controller)


def test_globals_are_a_mapping() -> None:
    with entered(shared()):
        found = World().globals
        assert ["epochs" in found, "epoch" in found] == [True, False]
        assert (list(found), len(found), [*found.keys()]) == (["epochs", "rate"], 2, [*found])
        assert dict(found) == dict(found.items()) == {"epochs": 10, "rate": 0.5}
        assert (found.get("rate"), found.get("epoch"), found.get("epoch", 7)) == (0.5, None, 7)
        assert repr(found) == "<Globals: epochs, rate>"


def test_a_global_that_nobody_has_set_is_a_key_error_that_names_those_there_are() -> None:
    with entered(shared()), pytest.raises(KeyError) as raised:
        World().globals["epoch"]
    assert isinstance(raised.value, CallFailed)
    assert str(raised.value) == "World.globals: no global is named so; set so far: epochs, rate"


@pytest.mark.parametrize("tag", [0, None, ("a", "b")])
def test_a_global_is_named_by_a_text(tag: Any) -> None:
    asked = Asked()
    with entered(asked.context()):
        with pytest.raises(KeyError, match="named by a text, and not by"):
            World().globals[tag]
        with pytest.raises(CallFailed, match="named by a text, and not by"):
            World().globals[tag] = 1
    assert asked.calls == []


def test_globals_are_shown_where_there_is_nobody_to_ask() -> None:
    assert repr(World().globals) == "<Globals>"


def test_results_are_selected_from_this_round_unless_another_is_named() -> None:
    asked = Asked({"results.select": {}})
    with entered(asked.context()):
        Results().select("loss")
        Results().select("loss", iteration=0)
    assert [arguments["iteration"] for _, arguments in asked.calls] == [3, 0]


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((), -1),
        ((2,), 2),
        ((-1, ResultMethod.ALL), -1),
        ((2, ResultMethod.UNSPECIFIED), 2),
        ((-1, ResultMethod.LAST), 1),
        ((5, ResultMethod.LAST), 1),
    ],
)
def test_results_are_selected_of_all_nodes_of_some_or_of_the_last(
    arguments: tuple[object, ...], size: int
) -> None:
    asked = Asked({"results.select": {}})
    with entered(asked.context()):
        Results().select("loss", *arguments)  # type: ignore[arg-type]
    assert asked.calls == [("results.select", {"tag": "loss", "iteration": 3, "size": size})]


@pytest.mark.parametrize("size", [0, -2, True, 1.0])
def test_size_that_is_no_number_of_nodes_is_refused(size: int) -> None:
    with entered(Asked().context()), pytest.raises(CallFailed, match="give -1 for all nodes"):
        Results().select("loss", size)


def test_method_that_there_is_not_is_refused_with_those_there_are() -> None:
    with entered(Asked().context()), pytest.raises(CallFailed, match=r"ResultMethod\.LAST"):
        Results().select("loss", method="last")  # type: ignore[arg-type]


def test_a_round_is_asked_for_with_its_nodes_as_a_list() -> None:
    asked = Asked()
    with entered(asked.context()):
        World().schedule_next_iter(("n1", "n2"), "trainers")
        schedule_next_iter()
    assert asked.calls == [
        ("round.request", {"alias": "trainers", "node_ids": ["n1", "n2"]}),
        ("round.request", {"alias": None, "node_ids": None}),
    ]


def test_a_stop_is_asked_for() -> None:
    asked = Asked()
    with entered(asked.context()):
        World().stop_swarm()
        stop_swarm()
    assert asked.calls == [("round.stop", {})] * 2


def test_the_round_and_the_inputs_are_those_of_the_task() -> None:
    with entered(Asked().context(inputs={"workers": [1, 2]})):
        assert (World().iteration, World().inputs) == (3, {"workers": [1, 2]})


def test_outside_a_task_everything_says_how_to_test_it() -> None:
    with pytest.raises(OutsideTask, match=r"World\.iteration works only .*light\.entered"):
        World().iteration
