"""The names of secrets: what a topology says of them. It never holds their values."""

from __future__ import annotations

import re

from swarmdsl.topology.model import Topology

WANTED = "a name of up to 64 letters, digits and _ that begins with no digit"
"""What a message says that a name is to be."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def is_secret_name(value: object) -> bool:
    """Whether something may name a secret: an identifier that is also a variable's name in a shell.

    >>> is_secret_name("hospital_token"), is_secret_name("hospital-token"), is_secret_name(3)
    (True, False, False)
    """
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def readers_of_secrets(topology: Topology) -> dict[str, list[str]]:
    """Every secret that tasks declare, by name, with the aliases of those tasks."""
    found: dict[str, list[str]] = {}
    for task in topology.tasks:
        for name in task.secrets:
            found.setdefault(name, []).append(task.alias)
    return dict(sorted(found.items()))
