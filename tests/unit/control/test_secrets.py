"""Who is told a secret, what is kept of it, and what is said when one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.control.calls import Calls
from swarmdsl.control.core import ControlCore
from swarmdsl.control.detach import descriptor_with, secrets_from
from swarmdsl.control.launch import LaunchOptions
from swarmdsl.control.records import RunRecord
from swarmdsl.control.secrets import (
    NO_SECRETS,
    SECRET_BYTES_MAX,
    SECRETS_MAX,
    SecretCalls,
    Secrets,
    redacted,
    require_secrets,
)
from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import AnyReport, LinkRefused, WorkFailed, WorkRetried, WorkStarted
from swarmdsl.errors import SecretsWrong
from swarmdsl.topology.model import Topology
from swarmdsl.wire.answers import value_of
from swarmdsl.wire.codec import encode_blob
from swarmdsl.wire.messages import Call
from tests.handmade import chain

VALUE = "open-sesame"


def declaring(**secrets: tuple[str, ...]) -> Topology:
    """The chain, whose tasks declare these."""
    made = chain()
    tasks = (replace(one, secrets=secrets.get(one.alias, ())) for one in made.tasks)
    return replace(made, tasks=tuple(tasks))


class Bench:
    """Calls on a store, of which one task may know one secret."""

    def __init__(self, store: Store) -> None:
        topology = declaring(total=("token",))
        secrets = SecretCalls(topology, Secrets({"token": VALUE}))
        self._calls = Calls(ControlCore(topology, "r"), store, lambda added: None, secrets)

    def ask(self, name: object, instance: str = "total@n2#0", effect: str = "") -> tuple[bool, Any]:
        arguments = encode_blob({"name": name})
        ok, answer = self._calls.answer(Call(1, 7, instance, 0, "secrets.get", arguments, effect))
        return ok, value_of(answer)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    run = RunRecord(id="r", swarm="s", topology_hash="h", state="RUNNING", created_at=0.0)
    made = Store.create(tmp_path / "run.sqlite", run)
    yield made
    made.close()


def test_a_task_is_told_what_it_declares(store: Store) -> None:
    assert Bench(store).ask("token") == (True, VALUE.encode())


def test_a_task_is_not_told_what_another_declares(store: Store) -> None:
    other = chain().tasks[0].alias
    ok, problem = Bench(store).ask("token", f"{other}@n1#0")
    assert not ok
    assert f"{other} does not declare the secret 'token'; it declares none" in problem
    assert "secrets=['token']" in problem


def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(store: Store) -> None:
    ok, problem = Bench(store).ask("tokn")
    assert not ok
    assert "did you mean 'token'?" in problem


def test_wrong_arguments_are_refused(store: Store) -> None:
    ok, problem = Bench(store).ask(3)
    assert not ok
    assert "its arguments are wrong" in problem


@pytest.mark.parametrize("effect", ["0", "1.7"])
def test_no_answer_is_recorded_whoever_asks(store: Store, tmp_path: Path, effect: str) -> None:
    bench = Bench(store)
    with store.batch():
        assert bench.ask("token", effect=effect) == bench.ask("token", effect=effect)
    assert store.effect("total@n2#0", 0, effect) is None
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert files
    assert not any(VALUE.encode() in data for data in files)


def test_exactly_what_is_declared_is_to_be_given() -> None:
    topology = declaring(total=("key", "token"))
    require_secrets(topology, {"key", "token"})
    with pytest.raises(SecretsWrong) as caught:
        require_secrets(topology, {"tokn", "other"})
    assert caught.value.problems == (
        "key is declared by total, and was not given",
        "token is declared by total, and was not given",
        "other was given, and no task declares it",
        "tokn was given, and no task declares it; did you mean 'token'?",
    )
    assert "--secret NAME" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("a-b", VALUE, "'a-b' is not a name"),
        ("token", "", "token is empty"),
        ("token", 3, "token is of type int; give text or bytes"),
        ("token", "\ud800", "token has half a character, a surrogate; give its bytes"),
        ("token", b"x" * (SECRET_BYTES_MAX + 1), f"has at most {SECRET_BYTES_MAX}"),
    ],
)
def test_what_is_no_secret_is_refused_without_its_value(
    name: str, value: Any, problem: str
) -> None:
    with pytest.raises(SecretsWrong, match=problem) as caught:
        Secrets({name: value})
    assert VALUE not in str(caught.value)


def test_too_many_are_refused() -> None:
    with pytest.raises(SecretsWrong, match="a run takes 256"):
        Secrets({f"s{number}": "a" for number in range(SECRETS_MAX + 1)})


def test_nothing_that_holds_them_shows_them() -> None:
    secrets = Secrets({"token": VALUE})
    options = LaunchOptions(home=Path(), environment={}, secrets=secrets)
    assert VALUE not in repr(secrets) + repr(options) + str(secrets)
    assert "token" in repr(options)
    assert repr(NO_SECRETS) == "<Secrets none>"


def test_another_process_reads_them_from_memory() -> None:
    largest = {f"s{number}": bytes([number]) * SECRET_BYTES_MAX for number in range(1, 4)}
    found = secrets_from(descriptor_with(Secrets(largest)))
    assert {name: found[name] for name in found.names} == largest


def test_reports_are_stored_and_told_without_values() -> None:
    redaction = Secrets({"token": VALUE}).redaction()
    said: list[AnyReport] = [
        WorkFailed("a@n#0", 0, "ValueError", f"bad {VALUE}", f"Traceback: bad {VALUE}"),
        WorkRetried("a@n#0", 0, 1, 2, 0.1, "ValueError", f"bad {VALUE}"),
        LinkRefused("a", "b", f"no {VALUE}"),
    ]
    told = [redacted(one, redaction) for one in said]
    assert VALUE not in repr(told)
    assert all("***" in repr(one) for one in told)
    started = WorkStarted("a@n#0", 0)
    assert redacted(started, redaction) is started
