"""Which instance is meant by an alias and a node."""

from __future__ import annotations

import pytest

from swarmdsl.control.addressee import addressee
from swarmdsl.errors import CallFailed
from tests.handmade import link, task, topology

TOPOLOGY = topology(
    [task("model", "daemon", ["n1", "n2", "n3"]), task("numbers")],
    [link("numbers", "model", "add"), link("model")],
)
SEATED = {0: [0, 2]}


def refused(alias: str, node: str | None = None) -> str:
    with pytest.raises(CallFailed) as raised:
        addressee(TOPOLOGY, SEATED, alias, node)
    return str(raised.value)


def test_the_only_instance_needs_no_node() -> None:
    found = addressee(TOPOLOGY, {0: [1]}, "model", None)
    assert (found.name, found.daemon, found.candidate) == ("model@n2#0", "model@n2#0", 1)


def test_one_of_several_is_named_by_its_node() -> None:
    assert addressee(TOPOLOGY, SEATED, "model", "n3").name == "model@n3#0"


def test_several_are_listed() -> None:
    assert refused("model") == "model: it has 2 instances; name one: node= n1, n3"


def test_any_of_several_will_do_where_their_code_is_asked() -> None:
    assert addressee(TOPOLOGY, SEATED, "model", None, whichever=True).name == "model@n1#0"


def test_a_node_that_could_host_one_and_does_not_is_told_with_those_that_do() -> None:
    assert refused("model", "n2") == "model: it has no instance on n2; its instances are on n1, n3"


def test_one_that_is_lost_for_good_is_neither_called_nor_counted() -> None:
    gone = {"model@n1#0"}
    assert addressee(TOPOLOGY, SEATED, "model", None, gone=gone).name == "model@n3#0"
    with pytest.raises(CallFailed, match="model: its daemon model@n1#0 is lost for good"):
        addressee(TOPOLOGY, SEATED, "model", "n1", gone=gone)
    with pytest.raises(CallFailed, match="model: its daemon model@n1#0 is lost for good"):
        addressee(TOPOLOGY, {0: [0]}, "model", None, gone=gone)


def test_a_name_that_is_much_like_another_is_told_with_that_one() -> None:
    text = "no task is named so; there are: model"
    assert refused("modle") == f"modle: {text} (did you mean model?)"
    assert refused("x") == f"x: {text}"


def test_a_function_answers_no_calls() -> None:
    assert refused("numbers") == ("numbers: it is a function, and only daemon modules answer calls")


def test_before_the_first_round_there_is_nobody() -> None:
    with pytest.raises(CallFailed, match="no round of it has begun"):
        addressee(TOPOLOGY, {}, "model", None)
