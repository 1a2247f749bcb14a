"""`%%swarm_module NAME`: the cell below it is a script, and NAME its module."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping

from swarmdsl.cli.streams import standard_streams
from swarmdsl.dsl import Module


class CellModules:
    """The magic, and the names of the notebook that it adds to.

    Args:
        names: the notebook's.
        say: writes a line into the output of the cell.
    """

    def __init__(
        self,
        names: MutableMapping[str, object],
        say: Callable[[str], object] = lambda text: standard_streams().say(text),
    ) -> None:
        self._names, self._say = names, say

    def swarm_module(self, line: str, cell: str) -> None:
        """Make a module of the cell: source text with a `main()`, which is not executed here.

        As in any script, `main()` is called for each run of a task, in a process of its own.
        """
        name = line.strip()
        if not name.isidentifier():
            self._say(f"%%swarm_module: {name!r} is no name; write %%swarm_module trainer, say")
            return
        self._names[name] = Module(f"{cell}\n", name=name)
