"""What tasks ask the controller, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.control.calls import Calls
from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import ResultAdded
from swarmdsl.control.records import RunRecord
from swarmdsl.control.secrets import NO_SECRETS, SecretCalls
from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import CALL_BYTES_MAX
from swarmdsl.wire.answers import value_of
from swarmdsl.wire.codec import encode_blob
from swarmdsl.wire.messages import Call
from tests.handmade import chain


class Bench:
    """Calls on a store, and the results that observers were told of."""

    def __init__(self, store: Store) -> None:
        self.core = ControlCore(chain(), "r")
        self.store = store
        self.told: list[ResultAdded] = []
        secrets = SecretCalls(chain(), NO_SECRETS)
        self._calls = Calls(self.core, store, self.told.append, secrets)

    def raw(
        self, method: str, arguments: bytes, instance: str, iteration: int, effect: str = ""
    ) -> tuple[bool, Any]:
        call = Call(1, 7, instance, iteration, method, arguments, effect)
        ok, answer = self._calls.answer(call)
        return ok, value_of(answer)

    def ask(
        self,
        method: str,
        instance: str = "total@n2#0",
        during: int = 0,
        effect: str = "",
        **arguments: object,
    ) -> tuple[bool, Any]:
        return self.raw(method, encode_blob(arguments), instance, during, effect)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    run = RunRecord(id="r", swarm="s", topology_hash="h", state="RUNNING", created_at=0.0)
    store = Store.create(tmp_path / "run.sqlite", run)
    yield Bench(store)
    store.close()


def test_a_global_is_what_was_set_last_with_its_version(bench: Bench) -> None:
    assert bench.ask("globals.set", tag="w", value=[1]) == (True, 1)
    assert bench.ask("globals.set", tag="w", value={"deep": [2]}) == (True, 2)
    assert bench.ask("globals.get", tag="w") == (True, {"deep": [2]})


def test_an_unknown_global_is_refused_with_those_that_were_set(bench: Bench) -> None:
    assert bench.ask("globals.get", tag="w") == (
        False,
        {"missing": "no global is named 'w'; set so far: none"},
    )
    bench.ask("globals.set", tag="rate", value=1)
    assert "set so far: rate" in bench.ask("globals.get", tag="w")[1]["missing"]


def test_of_very_many_globals_an_error_names_some(bench: Bench) -> None:
    for number in range(100):
        bench.ask("globals.set", tag=f"g{number:02}", value=1)
    told = bench.ask("globals.get", tag="w")[1]["missing"]
    assert told.endswith("g18, g19 and 80 more")


def test_the_tags_of_all_globals_are_told_sorted(bench: Bench) -> None:
    assert bench.ask("globals.tags") == (True, [])
    for tag in ("rate", "epochs", "rate"):
        bench.ask("globals.set", tag=tag, value=1)
    assert bench.ask("globals.tags") == (True, ["epochs", "rate"])


def test_a_second_execution_is_told_the_tags_that_the_first_was(bench: Bench) -> None:
    assert bench.ask("globals.tags", effect="0") == (True, [])
    bench.ask("globals.set", tag="rate", value=1)
    assert bench.ask("globals.tags", effect="0") == (True, [])
    assert bench.ask("globals.tags", effect="1") == (True, ["rate"])


def test_a_result_is_kept_with_where_it_came_from_and_told(bench: Bench) -> None:
    assert bench.ask("results.add", during=3, tag="loss", value=0.5) == (True, None)
    (row,) = bench.store.select_results(tag="loss")
    assert (row.node, row.task, row.instance, row.iteration) == ("n2", "total", "total@n2#0", 3)
    assert bench.told == [ResultAdded(tag="loss", node="n2", alias="total", round=3, value=0.5)]


def test_select_gives_the_newest_result_of_each_node_in_node_order(bench: Bench) -> None:
    for instance, value in (("t@n2#0", 1), ("t@n1#0", 2), ("t@n2#0", 3)):
        bench.ask("results.add", instance, tag="loss", value=value)
    bench.ask("results.add", "t@n1#0", during=1, tag="loss", value=9)
    ok, found = bench.ask("results.select", tag="loss", iteration=0)
    assert (ok, list(found.items())) == (True, [("n1", 2), ("n2", 3)])


@pytest.mark.parametrize(
    ("size", "found"),
    [(-1, {"n1": 2, "n2": 3, "n3": 4}), (1, {"n2": 3}), (2, {"n2": 3, "n3": 4}), (9, None)],
)
def test_select_of_few_nodes_gives_those_that_added_last(
    bench: Bench, size: int, found: dict[str, int] | None
) -> None:
    for instance, value in (("t@n2#0", 1), ("t@n1#0", 2), ("t@n3#0", 4), ("t@n2#0", 3)):
        bench.ask("results.add", instance, tag="loss", value=value)
    answer = bench.ask("results.select", tag="loss", iteration=0, size=size)
    assert answer == (True, found or {"n1": 2, "n2": 3, "n3": 4})


def test_a_round_can_be_asked_for(bench: Bench) -> None:
    assert bench.ask("round.request", alias="total", node_ids=None) == (True, None)
    assert [one.tasks for one in bench.core._remembered.requests] == [(2,)]


def test_a_round_of_what_there_is_not_is_refused(bench: Bench) -> None:
    ok, problem = bench.ask("round.request", alias="nobody", node_ids=None)
    assert not ok
    assert "no task or module is named 'nobody'" in problem
    assert bench.core._remembered.requests == []


def test_a_stop_is_noted(bench: Bench) -> None:
    assert bench.ask("round.stop") == (True, None)
    assert bench.core._remembered.stop_requested


def test_an_unknown_method_is_refused(bench: Bench) -> None:
    assert bench.ask("globals.eat") == (False, "the controller knows no such method")


@pytest.mark.parametrize("arguments", [b"garbage", encode_blob({"tag": 3}), encode_blob([])])
def test_wrong_arguments_are_refused(bench: Bench, arguments: bytes) -> None:
    ok, problem = bench.raw("globals.get", arguments, "total@n2#0", 0)
    assert not ok
    assert problem.startswith("its arguments are wrong: ")


def test_an_answer_that_no_message_can_carry_is_refused(bench: Bench) -> None:
    bench.store.set_global("w", encode_blob(bytes(CALL_BYTES_MAX)))
    ok, problem = bench.ask("globals.get", tag="w")
    assert not ok
    assert "bytes are too many for a call" in problem


# ------------------------------------------------------------------------ carried out once


def test_a_change_that_is_asked_for_again_is_answered_and_not_made_again(bench: Bench) -> None:
    """The answer was lost, or the task runs once more: it says the same word either way."""
    for _ in range(2):
        assert bench.ask("globals.set", effect="0", tag="w", value=1) == (True, 1)
        assert bench.ask("results.add", effect="1", tag="loss", value=0.5) == (True, None)
    assert bench.ask("globals.get", tag="w") == (True, 1)
    assert len(bench.store.select_results()) == 1
    assert len(bench.told) == 1


def test_a_change_is_told_from_others_by_its_number_instance_and_round(bench: Bench) -> None:
    bench.ask("globals.set", effect="0", tag="w", value=1)
    others: list[tuple[str, int, str]] = [
        ("total@n2#0", 0, "1"),
        ("total@n2#0", 1, "0"),
        ("source@n1#0", 0, "0"),
    ]
    versions = [
        bench.ask("globals.set", instance, during, effect, tag="w", value=1)[1]
        for instance, during, effect in others
    ]
    assert versions == [2, 3, 4]


def test_a_request_that_is_repeated_asks_for_one_round(bench: Bench) -> None:
    for _ in range(2):
        bench.ask("round.request", effect="0", alias="total", node_ids=None)
    assert len(bench.core._remembered.requests) == 1


def test_a_change_that_was_refused_may_be_asked_for_again(bench: Bench) -> None:
    for _ in range(2):
        ok, _ = bench.ask("round.request", effect="0", alias="nobody", node_ids=None)
        assert not ok


def test_changes_of_rounds_that_are_over_are_forgotten(bench: Bench) -> None:
    bench.ask("globals.set", effect="0", tag="w", value=1)
    bench.store.begin_round(1)
    assert bench.ask("globals.set", effect="0", tag="w", value=1) == (True, 2)


def test_a_second_execution_is_told_what_the_first_was(bench: Bench) -> None:
    bench.ask("globals.set", tag="w", value=1)
    assert bench.ask("globals.get", tag="w", effect="0") == (True, 1)
    bench.ask("globals.set", tag="w", value=2)
    assert bench.ask("globals.get", tag="w", effect="0") == (True, 1)
    assert bench.ask("globals.get", tag="w", effect="1") == (True, 2)


def test_a_second_execution_sees_the_results_that_the_first_saw(bench: Bench) -> None:
    bench.ask("results.add", instance="total@n1#0", tag="loss", value=1.0)
    assert bench.ask("results.select", tag="loss", iteration=0, effect="0") == (True, {"n1": 1.0})
    bench.ask("results.add", instance="total@n2#0", tag="loss", value=2.0)
    assert bench.ask("results.select", tag="loss", iteration=0, effect="0") == (True, {"n1": 1.0})


def test_a_second_execution_misses_what_the_first_missed(bench: Bench) -> None:
    """What a task does without a global, it does again when it is executed again."""
    assert not bench.ask("globals.get", tag="w", effect="0")[0]
    bench.ask("globals.set", tag="w", value=1)
    assert not bench.ask("globals.get", tag="w", effect="0")[0]
    assert bench.ask("globals.get", tag="w", effect="1") == (True, 1)


def test_of_a_handlers_changes_the_last_is_remembered(bench: Bench) -> None:
    """It asks for one after another, so what comes after tells that the answer before was read."""
    for number in range(1, 1_000):
        bench.ask("globals.set", effect=f"0.{number}", tag="w", value=number)
    assert bench.ask("globals.set", effect="0.999", tag="w", value=999) == (True, 999)
    (count,) = bench.store._connection.execute("SELECT count(*) FROM effects").fetchone()
    assert count == 1
