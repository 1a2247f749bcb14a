"""Swarms whose tasks, of every kind, read one secret; the value itself is nowhere in this file."""

from __future__ import annotations

import os
from hashlib import sha256

from swarmdsl import Daemon, Limits, Module, Swarm, Task, module, on
from swarmdsl.light import secret
from tests.e2e.gated_swarm import pass_gate

SECRETS = ["token"]


@module(secrets=SECRETS)
def fetch() -> str:
    """Read it in a worker, before the gate `fetch` and behind it."""
    digest = sha256(secret("token", bytes)).hexdigest()
    pass_gate("fetch")
    assert sha256(secret("token", bytes)).hexdigest() == digest
    return digest


class Sign(Daemon):
    """Reads it in a daemon of its own."""

    @on
    def sign(self, digest: str) -> str:
        """Compare what another has read."""
        assert sha256(secret("token").encode()).hexdigest() == digest
        return digest


SCRIPT = """
from hashlib import sha256
from swarmdsl.light import World, secret

def main():
    digest = sha256(secret("token", bytes)).hexdigest()
    assert list(World().inputs.values()) == [digest]
    return digest
"""

PROGRAM = """
"$SWARM_PYTHON" -m swarmdsl.light secret token | sha256sum | sed 's/^\\([0-9a-f]*\\).*/"\\1"/'
"""


def compare(signed: list[str], read: list[str], written: list[str]) -> str:
    """The one digest that all of them have."""
    [digest] = {*signed, *read, *written}
    return digest


class Secretive(Swarm):
    """A function, a daemon module, a script and a program."""

    limits = Limits(controller_grace_s=60.0)

    def execute(self) -> Task:
        """The graph."""
        fetched = Task(fetch, "any")
        signed = Task(Module(Sign, secrets=SECRETS), "any", alias="signed")(fetched)
        read = Task(Module(SCRIPT, name="script"), "all", alias="read", secrets=SECRETS)(fetched)
        program = Module(command=["sh", "-c", PROGRAM], name="program", yields=str)
        written = Task(program, "all", alias="written", secrets=SECRETS)
        return Task(compare, "any")([signed, read, written])


def betray() -> int:
    """Tell it in an error."""
    raise PermissionError(f"401 for Bearer {secret('token')}")


class Careless(Swarm):
    """It fails twice, and its error tells the secret."""

    def execute(self) -> Task:
        """The graph."""
        return Task(betray, "any", secrets=SECRETS, retries=1)


CARELESS = """
from swarmdsl.light import secret

def main():
    raise ValueError(secret("token"))
"""


class CarelessScript(Swarm):
    """The same in a process of its own."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Module(CARELESS, name="script"), "any", secrets=SECRETS)


class CarelessProgram(Swarm):
    """It writes the secret to its log, and fails."""

    def execute(self) -> Task:
        """The graph."""
        words = '"$SWARM_PYTHON" -m swarmdsl.light secret token >&2; exit 3'
        program = Module(command=["sh", "-c", words], name="program", yields=None)
        return Task(program, "any", secrets=SECRETS)


def die() -> int:
    """Print it as the last words of this process."""
    print(f"last words: {secret('token')}", flush=True)
    os._exit(3)


class Dying(Swarm):
    """Its worker writes the secret to its log, and is gone."""

    limits = Limits(restarts=0)

    def execute(self) -> Task:
        """The graph."""
        return Task(die, "any", secrets=SECRETS)
