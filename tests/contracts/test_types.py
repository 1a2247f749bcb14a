"""The contract of types: each kind is a port, has a fingerprint, and travels unchanged."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Inventory, Task
from swarmdsl.api import run_topology
from swarmdsl.compiler import Compilation
from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.wire.codec import Decoder, encode_values
from swarmdsl.wire.mismatch import mismatch
from swarmdsl.wire.structure import declared
from swarmdsl.wire.types import accepts, describe, matches
from tests.contracts.types_case import (
    KINDS,
    RECEIVERS,
    SENDERS,
    STRANGERS,
    Kind,
    shown,
    told,
)
from tests.contracts.types_refused import (
    CHANGED_CHOICES,
    DEFAULTS,
    STUCK,
    UNREADABLE,
    Disc,
    Shape,
)
from tests.unit.compiler.building import compiled

EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def fingerprint(annotation: object) -> str:
    return describe(annotation).fingerprint


def received() -> list[Task]:
    """Each kind on its way from its sender to its receiver."""
    return [Task(RECEIVERS[kind.name], "any")(Task(SENDERS[kind.name], "any")) for kind in KINDS]


def test_no_two_kinds_have_one_name() -> None:
    assert max(Counter(kind.name for kind in KINDS).values()) == 1


@EVERY_KIND
def test_a_kind_feeds_itself_and_its_other_ways_of_writing(kind: Kind) -> None:
    assert accepts(kind.type, kind.type)
    if kind.same is not None:
        assert accepts(kind.type, kind.same)
        assert accepts(kind.same, kind.type)
        assert fingerprint(kind.type) == fingerprint(kind.same)


@EVERY_KIND
def test_a_kind_does_not_feed_what_differs_by_little(kind: Kind) -> None:
    assert not accepts(kind.type, kind.changed)
    assert fingerprint(kind.type) != fingerprint(kind.changed)


@EVERY_KIND
def test_a_value_of_a_kind_is_one_and_comes_back_as_it_was(kind: Kind) -> None:
    assert matches(kind.type, kind.value)
    (back,) = Decoder(kind.type).decode(encode_values([kind.value]))
    assert shown(back) == shown(kind.value)


def test_every_kind_is_refused_where_another_is_taken() -> None:
    found = compiled(
        [Task(STRANGERS[kind.name], "any")(Task(SENDERS[kind.name], "any")) for kind in KINDS]
    ).diagnostics
    whole = {one.graph_path.partition(" ")[0] for one in found if one.code == "SW201"}
    partly = {one.graph_path for one in found if one.code == "SW207"}  # a member of a union
    refused = whole | {
        name
        for name in (f"send_{kind.name}" for kind in KINDS)
        if any(name in one for one in partly)
    }
    assert refused == {f"send_{kind.name}" for kind in KINDS}


def test_every_kind_is_a_port_and_travels_through_a_run_unchanged(tmp_path: Path) -> None:
    made = compiled(Task(told, "any")(received()), Inventory.local(nodes=1, cores=2))
    assert [one.message for one in made.diagnostics] == []
    run = run_topology(made.require(), made.bundles, home=tmp_path, types=made.sink_types)
    assert run.state.value == "COMPLETED", run.reason.details
    assert run.value == sorted(kind.name for kind in KINDS)


def test_of_a_time_with_a_zone_the_instant_travels_and_not_the_zone() -> None:
    east = dt.datetime(2026, 1, 2, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    (back,) = Decoder(dt.datetime).decode(encode_values([east]))
    assert (back, back.tzinfo) == (east, dt.UTC)


# ------------------------------------------------------------------------- what does not travel


def one_error(made: Compilation) -> Diagnostic:
    """The only error that was found."""
    errors = [one for one in made.diagnostics if one.severity == "error"]
    assert [one.message for one in errors[1:]] == []
    return errors[0]


@pytest.mark.parametrize(("annotation", "part"), STUCK, ids=str)
def test_what_has_no_form_that_travels_is_a_finding(annotation: Any, part: str) -> None:
    def send() -> Any:
        raise AssertionError

    send.__annotations__ = {"return": annotation}
    found = one_error(compiled(Task(send, "any")))
    assert found.code == "SW210"
    assert f"{part}, which cannot travel" in found.message


@pytest.mark.parametrize(("annotation", "said"), UNREADABLE, ids=str)
def test_what_no_push_can_be_read_as_is_a_finding(annotation: Any, said: str) -> None:
    def send() -> Any:
        raise AssertionError

    def receive(value: Any) -> None:
        raise AssertionError(value)

    send.__annotations__ = {"return": annotation}
    receive.__annotations__ = {"value": annotation}
    made = compiled(Task(receive, "any")(Task(send, "any")))
    found = one_error(made)
    assert found.code == "SW209"
    assert said in found.message


@pytest.mark.parametrize("changed", DEFAULTS, ids=str)
def test_a_fingerprint_tells_whether_a_field_may_be_left_out(changed: tuple[Any, Any]) -> None:
    needed, optional = changed
    assert fingerprint(needed) != fingerprint(optional)
    assert not accepts(needed, optional)
    found = mismatch(declared(needed), declared(optional))
    assert found is not None
    assert (found.where, found.sent, found.read) == ("Point.x", "int", "int, or left out")


@pytest.mark.parametrize("changed", CHANGED_CHOICES, ids=str)
def test_a_fingerprint_tells_a_changed_choice(changed: tuple[Any, Any]) -> None:
    before, after = changed
    assert fingerprint(before) != fingerprint(after)
    assert fingerprint(list[before]) != fingerprint(list[after])  # type: ignore[valid-type]


def test_a_base_that_nothing_can_be_made_of_is_a_finding_at_the_port_alone() -> None:
    def draw() -> Disc:
        raise AssertionError

    def show(shape: Shape) -> None:
        raise AssertionError(shape)

    found = one_error(compiled(Task(show, "any")(Task(draw, "any"))))
    assert (found.code, found.graph_path) == ("SW209", "show")
    assert "nothing tells how to make a Shape of plain data" in found.message
