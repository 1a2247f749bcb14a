"""The values of secrets, which live in the memory of whoever looks after a run, and nowhere else.

No part of this may reach the store, a file, an environment, a command line or a `repr`.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from swarmdsl.daemon.redaction import Redaction
from swarmdsl.daemon.reports import AnyReport, LinkRefused, WorkFailed, WorkRetried
from swarmdsl.errors import CallFailed, SecretsWrong
from swarmdsl.topology.model import Topology
from swarmdsl.topology.secret_names import WANTED, is_secret_name, readers_of_secrets
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import Call

SECRETS_MAX = 256  # of a run
SECRET_BYTES_MAX = 65_536  # of one value: a chain of certificates, and more


class Secrets:
    """Values by name, never shown.

    Args:
        values: each text or bytes; text becomes UTF-8.

    Raises:
        SecretsWrong: a name is none, or a value is of another type, empty, or too long.

    >>> Secrets({"hospital_token": "abc"})
    <Secrets hospital_token>
    """

    def __init__(self, values: Mapping[str, str | bytes] | None = None) -> None:
        given = values or {}
        problems = list(_problems(given))
        if problems:
            raise SecretsWrong(problems)
        self._values = {name: _as_bytes(value) for name, value in given.items()}

    @classmethod
    def unpacked(cls, packed: bytes) -> Secrets:
        """Those that `packed` packed.

        >>> Secrets.unpacked(Secrets({"token": "abc"}).packed())
        <Secrets token>
        """
        return cls(decode_blob(packed, dict[str, bytes]))

    def packed(self) -> bytes:
        """All of them, for the memory of another process."""
        return encode_blob(self._values)

    @property
    def names(self) -> Collection[str]:
        """What they are called."""
        return self._values.keys()

    def __getitem__(self, name: str) -> bytes:
        return self._values[name]

    def redaction(self) -> Redaction:
        """What takes them out of texts."""
        return Redaction(self._values.values())

    def __repr__(self) -> str:
        return f"<Secrets {', '.join(sorted(self._values)) or 'none'}>"


class SecretCalls:
    """Answers the calls of tasks for secrets: to each task those that it declares.

    Args:
        topology: says which.
        secrets: what was given to the run.
    """

    def __init__(self, topology: Topology, secrets: Secrets) -> None:
        self._declared = {task.alias: task.secrets for task in topology.tasks}
        self._secrets = secrets

    def answer(self, call: Call) -> bytes:
        """The value that a call asks for, encoded. Nobody keeps it, not even for a repeated call.

        Raises:
            CallFailed: the task does not declare it.
            DecodeError: the arguments are wrong.
        """
        name = decode_blob(call.arguments, SecretGet).name
        alias = call.instance.partition("@")[0]
        declared = self._declared.get(alias, ())
        if name not in declared:
            raise CallFailed(call.method, _undeclared(alias, name, declared))
        return encode_blob(self._secrets[name])


class SecretGet(msgspec.Struct, frozen=True):
    """Arguments of `secrets.get`."""

    name: str


def require_secrets(topology: Topology, names: Collection[str]) -> None:
    """Nothing, if exactly those secrets are given that the tasks of a topology declare.

    Raises:
        SecretsWrong: some are missing, or nobody declares them; all of them are named.
    """
    readers = readers_of_secrets(topology)
    problems = [
        f"{name} is declared by {_listed(readers[name])}, and was not given"
        for name in readers
        if name not in names
    ]
    problems += [
        f"{name} was given, and no task declares it{_meant(name, readers)}"
        for name in sorted(names)
        if name not in readers
    ]
    if problems:
        raise SecretsWrong(problems)


def redacted(report: AnyReport, redaction: Redaction) -> AnyReport:
    """A report of a daemon without the values of secrets that its texts may hold."""
    match report:
        case WorkFailed():
            return msgspec.structs.replace(
                report,
                error=redaction.text(report.error),
                problem=redaction.text(report.problem),
                traceback=redaction.end(report.traceback),
                at=redaction.text(report.at),
            )
        case WorkRetried():
            return msgspec.structs.replace(
                report,
                error=redaction.text(report.error),
                problem=redaction.text(report.problem),
            )
        case LinkRefused():
            return msgspec.structs.replace(report, reason=redaction.text(report.reason))
        case _:
            return report


def _problems(values: Mapping[Any, Any]) -> Iterator[str]:
    if len(values) > SECRETS_MAX:
        yield f"{len(values)} secrets are too many; a run takes {SECRETS_MAX}"
    for name, value in values.items():
        has_bytes = isinstance(value, bytes) or (isinstance(value, str) and _is_text(value))
        size = len(_as_bytes(value)) if has_bytes else 0
        if not is_secret_name(name):
            yield f"{name!r} is not {WANTED}"
        elif not isinstance(value, str | bytes):
            yield f"{name} is of type {type(value).__name__}; give text or bytes"
        elif not has_bytes:
            yield f"{name} has half a character, a surrogate; give its bytes"
        elif not size:
            yield f"{name} is empty"
        elif size > SECRET_BYTES_MAX:
            yield f"{name} has {size} bytes; a secret has at most {SECRET_BYTES_MAX}"


def _as_bytes(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def _is_text(value: str) -> bool:
    try:
        _as_bytes(value)
    except UnicodeEncodeError:  # It holds the value, so it goes no further.
        return False
    return True


def _undeclared(alias: str, name: str, declared: Sequence[str]) -> str:
    known = f"it declares {', '.join(declared)}" if declared else "it declares none"
    return (
        f"{alias} does not declare the secret {name!r}; {known}{_meant(name, declared)}. "
        f"Add secrets=[{name!r}] to the task or its module"
    )


def _meant(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _listed(aliases: Sequence[str]) -> str:
    more = f" and {len(aliases) - 5} more" if len(aliases) > 5 else ""
    return f"{', '.join(aliases[:5])}{more}"


NO_SECRETS = Secrets()
