"""Runs in the background that no name of the notebook refers to any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from swarmdsl.cli.streams import standard_streams
from swarmdsl.runs import BackgroundRun


class LeftBehind:
    """Says so when a cell, run once more, has put a new run in the place of one that goes on.

    The old one is not stopped: it may be meant to go on.

    Args:
        names: the notebook's.
        say: writes a line into the output of the cell.
    """

    def __init__(
        self,
        names: Mapping[str, object],
        say: Callable[[str], object] = lambda text: standard_streams().say(text),
    ) -> None:
        self._names, self._say = names, say
        self._known: dict[str, tuple[str, BackgroundRun]] = {}

    def after_cell(self, *_: object) -> None:
        """Compare the names that there are now with those after the last cell."""
        named = {
            run.id: (name, run)
            for name, run in self._names.items()
            if isinstance(run, BackgroundRun) and not name.startswith("_")
        }
        for old, (name, run) in self._known.items():
            if old not in named and not run.state.final:
                self._say(
                    f"run {old} goes on, and `{name}` is another now. "
                    f"Look at it with %swarm status {old}, end it with %swarm stop {old}"
                )
        self._known = named
