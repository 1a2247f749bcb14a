"""`%swarm`: the command line in a cell, which knows the swarms of the notebook by their names."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from swarmdsl.api import Swarm
from swarmdsl.cli.entry import carry_out
from swarmdsl.cli.streams import standard_streams


class Magic:
    """The magic, and the names of the notebook that it looks at.

    Args:
        names: the notebook's.
    """

    def __init__(self, names: Mapping[str, object]) -> None:
        self._names = names

    def swarm(self, line: str) -> object:
        """Carry out a command, as in `%swarm status` or `%swarm validate Words --nodes 4`.

        Where a command takes a target, a swarm of the notebook is one by its name. `%swarm graph
        Words` alone gives the swarm, which its cell draws.
        """
        try:
            argv = shlex.split(line)
        except ValueError as problem:
            standard_streams().say(f"%swarm: {problem}")
            return None
        swarms = {name: one for name, one in self._names.items() if _is_swarm(one)}
        match argv:
            case ["graph", name] if name in swarms:
                found = swarms[name]
                return found() if isinstance(found, type) else found
            case _:
                carry_out(argv, os.environ, swarms)
                return None


def _is_swarm(found: object) -> bool:
    if isinstance(found, type):
        return issubclass(found, Swarm) and found is not Swarm
    return isinstance(found, Swarm)
