"""What a task may know and nothing of its run may hold: a token, a key, a password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

from swarmdsl.errors import CallFailed
from swarmdsl.light.context import ask, current

GET_SECRET = "secrets.get"  # noqa: S105 - the name of a call


@overload
def secret(name: str) -> str: ...
@overload
def secret(name: str, kind: type[str]) -> str: ...
@overload
def secret(name: str, kind: type[bytes]) -> bytes: ...
def secret(name: str, kind: type[str | bytes] = str) -> str | bytes:
    """The value of a secret that the task, or its module, declares in `secrets=[...]`.

    The controller is asked each time, and keeps the value in its memory alone: no file of the run,
    no environment and no command line holds it. It stays so as long as the task does not push it,
    print it, or put it into globals and results.

    Args:
        name: of the secret.
        kind: `str` for its text, or `bytes` for its bytes, however it was given.

    Raises:
        OutsideTask: no task runs.
        CallFailed: the task does not declare it; or it is no text in UTF-8, and `kind` is `str`.

    >>> from swarmdsl.light import TaskContext, entered
    >>> context = TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0,
    ...                       call=lambda method, arguments: None, secrets={"token": "abc"})
    >>> with entered(context):
    ...     secret("token"), secret("token", bytes)
    ('abc', b'abc')
    """
    given = current("secret").secrets
    found = ask("secret", GET_SECRET, {"name": name}) if given is None else _given(given, name)
    if kind is bytes:
        return found.encode() if isinstance(found, str) else _bytes(found)
    return found if isinstance(found, str) else _text(name, _bytes(found))


def _given(secrets: Mapping[str, str | bytes], name: str) -> str | bytes:
    """What a test gives."""
    if name not in secrets:
        known = ", ".join(sorted(secrets)) or "none"
        raise CallFailed("secret", f"the context has no secret {name!r}; it has: {known}")
    return secrets[name]


def _bytes(found: object) -> bytes:
    if not isinstance(found, bytes):
        problem = f"the answer is of type {type(found).__name__}, and a secret is text or bytes"
        raise CallFailed("secret", problem)
    return found


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:  # It holds the value, so it goes no further.
        problem = f"{name!r} is no text in UTF-8; secret({name!r}, bytes) gives its bytes"
        raise CallFailed("secret", problem) from None
