"""`--secret`: where values come from, and what is never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.secrets_given import Ask, given_by, sources_of
from swarmdsl.control.secrets import SECRET_BYTES_MAX, Secrets
from swarmdsl.errors import SecretsWrong
from tests.unit.cli.command_line import CommandLine, write

ENVIRONMENT = {"TOKEN": "sesame", "PATH": "/bin"}

FETCH = """
    from swarmdsl import Swarm, Task
    from swarmdsl.light import secret

    def fetch() -> int:
        return len(secret("token"))

    class Fetch(Swarm):
        def execute(self):
            return Task(fetch, method="any", secrets=["token"])
"""


def values(*texts: str, ask: Ask | None = None) -> dict[str, str | bytes]:
    return dict(given_by(sources_of(texts), ENVIRONMENT, ask).values)


def test_a_value_is_taken_from_a_variable_or_the_one_of_its_own_name() -> None:
    assert values("a=env:TOKEN", "token") == {"a": "sesame", "token": "sesame"}


def test_daemons_do_not_inherit_the_variable_that_held_it() -> None:
    given = given_by(sources_of(["token"]), ENVIRONMENT, None)
    assert given.environment == {"PATH": "/bin"}
    assert "sesame" not in repr(given)


def test_a_person_is_asked_where_there_is_no_variable() -> None:
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return "typed"

    assert values("token", "key", ask=ask) == {"token": "sesame", "key": "typed"}
    assert prompts == ["key: "]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"sesame\n", b"sesame"),
        (b"sesame\r\n", b"sesame"),
        (b"sesame", b"sesame"),
        (b"two\nlines\n\n", b"two\nlines\n"),
        (b"\xff\xfe\n", b"\xff\xfe\n"),
    ],
)
def test_a_file_is_taken_without_the_line_break_at_the_end_of_a_text(
    tmp_path: Path, written: bytes, value: bytes
) -> None:
    file = tmp_path / "token.txt"
    file.write_bytes(written)
    assert values(f"token=file:{file}") == {"token": value}


def test_a_file_that_is_too_long_is_not_read_whole_and_refused(tmp_path: Path) -> None:
    file = tmp_path / "long"
    file.write_bytes(b"x" * (2 * SECRET_BYTES_MAX))
    with pytest.raises(SecretsWrong, match="at most"):
        Secrets(values(f"token=file:{file}"))


@pytest.mark.parametrize("text", ["token=sesame", "token=sesame:x", "token=env:", "token="])
def test_a_value_in_the_command_line_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(UsageError, match="every user of this machine") as caught:
        sources_of([text])
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("text", ["s3cr3t!", "=sesame", ""])
def test_what_may_be_a_value_in_place_of_a_name_is_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="letters, digits and _") as caught:
        sources_of([text])
    assert not text or text not in str(caught.value)


def test_a_secret_is_given_once() -> None:
    with pytest.raises(UsageError, match="--secret token: it is given twice"):
        sources_of(["token", "token=env:T"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("key=env:KEY", "there is no such variable"),
        ("key", "no variable KEY, and nobody can be asked here"),
        ("key=file:/nowhere/at/all", "No such file"),
    ],
)
def test_a_value_that_is_not_there_is_told_with_the_way_to_give_it(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        values(text)


def test_a_run_without_its_secrets_is_not_started(swarm: CommandLine, folder: Path) -> None:
    write(folder / "fetch.py", FETCH)
    ended = swarm("run", "fetch.py", "--home", str(folder / "home"))
    assert ended.code == Exit.USAGE
    assert "token is declared by fetch, and was not given" in ended.err
    assert list((folder / "home").rglob("run.sqlite")) == []


def test_a_simulation_takes_secrets_and_its_trace_holds_none(
    swarm: CommandLine, folder: Path
) -> None:
    write(folder / "fetch.py", FETCH)
    words = ("simulate", "fetch.py", "--seeds", "3", "--quiet", "--jobs", "1")
    assert swarm(*words).code == Exit.USAGE
    trace = folder / "trace.txt"
    one = ("simulate", "fetch.py", "--seed", "1", "--trace", str(trace), "--secret", "token")
    ended = swarm(*one, environment=ENVIRONMENT)
    assert ended.code == Exit.OK, ended.err
    assert "secrets.get" in trace.read_text("utf-8")
    assert "sesame" not in trace.read_text("utf-8")
