"""What a task sees of its swarm."""

from __future__ import annotations

import pytest

from swarmdsl.errors import CallFailed, OutsideTask
from swarmdsl.light import (
    Globals,
    ResultMethod,
    Results,
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
