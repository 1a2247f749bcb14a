"""The twins that are awaited ask what the calls ask, in a loop that the task runs itself."""

from __future__ import annotations

import asyncio

import pytest

from swarmdsl.errors import CallFailed, GlobalMissing
from swarmdsl.light import Globals, ResultMethod, Results, World, entered
from tests.unit.light.asked import Asked


def test_globals_are_got_and_set() -> None:
    asked = Asked({"globals.get": 7, "globals.set": 2})

    async def work() -> object:
        return await Globals().async_set("w", 8), await Globals().async_get("w")

    with entered(asked.context()):
        assert asyncio.run(work()) == (2, 7)
    assert asked.calls == [
        ("globals.set", {"tag": "w", "value": 8}),
        ("globals.get", {"tag": "w"}),
    ]


def test_what_globals_there_are_is_asked_and_a_missing_one_may_have_a_default() -> None:
    asked = Asked({"globals.tags": ["w"], "globals.get": GlobalMissing("globals.get", "none")})

    async def work() -> object:
        with pytest.raises(KeyError):
            await Globals().async_get("v")
        return await Globals().async_get("v", 5), await Globals().async_keys()

    with entered(asked.context()):
        assert asyncio.run(work()) == (5, ["w"])


def test_results_are_added_and_selected() -> None:
    asked = Asked({"results.select": {"n1": 1}})

    async def work() -> dict[str, object]:
        await Results().async_add("loss", 1)
        return await Results().async_select("loss", 5, ResultMethod.LAST, iteration=0)

    with entered(asked.context()):
        assert asyncio.run(work()) == {"n1": 1}
    assert asked.calls == [
        ("results.add", {"tag": "loss", "value": 1}),
        ("results.select", {"tag": "loss", "iteration": 0, "size": 1}),
    ]


def test_rounds_and_a_stop_are_asked_for() -> None:
    asked = Asked()

    async def work() -> None:
        await World().async_schedule_next_iter(["n1"], "trainers")
        await World().async_stop_swarm()

    with entered(asked.context()):
        asyncio.run(work())
    assert asked.calls == [
        ("round.request", {"alias": "trainers", "node_ids": ["n1"]}),
        ("round.stop", {}),
    ]


def test_questions_that_are_gathered_are_asked_one_after_the_other() -> None:
    asked = Asked({"globals.get": 7})

    async def work() -> tuple[object, object]:
        first, second = await asyncio.gather(Globals().async_get("a"), Globals().async_get("b"))
        return first, second

    with entered(asked.context()):
        assert asyncio.run(work()) == (7, 7)
    assert [arguments["tag"] for _, arguments in asked.calls] == ["a", "b"]


def test_thread_that_carries_the_context_may_read_it_and_not_ask() -> None:
    asked = Asked()

    async def work() -> int:
        refused = pytest.raises(CallFailed, match=r"Globals\[\.\.\.\]: only the task's own thread")
        with refused:
            await asyncio.to_thread(lambda: Globals()["w"])
        return await asyncio.to_thread(lambda: World().iteration)

    with entered(asked.context()):
        assert asyncio.run(work()) == 3
    assert asked.calls == []
