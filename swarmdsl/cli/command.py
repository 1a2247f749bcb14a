"""One command, as the verbs see it: arguments, settings, environment and streams."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from swarmdsl.cli.exits import UsageError
from swarmdsl.cli.settings import Settings
from swarmdsl.cli.streams import Streams
from swarmdsl.control.home import default_home


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Everything that a verb needs to know from outside.

    Attributes:
        verb: its name.
        arguments: as parsed.
        settings: what may come from other places than a flag.
        environment: of this process.
        streams: where to write.
        at_hand: swarms that are targets by these names, as those of a notebook are.
    """

    verb: str
    arguments: Namespace
    settings: Settings
    environment: Mapping[str, str]
    streams: Streams
    at_hand: Mapping[str, object] = field(default_factory=dict)

    @property
    def format(self) -> str:
        """How to write the output."""
        return self.settings.format(self.verb)

    @property
    def home(self) -> Path:
        """Where runs are kept."""
        given = self.settings.find("home")
        return (
            default_home(self.environment)
            if given is None
            else Path(given.text).expanduser().absolute()
        )

    def target(self) -> str:
        """The one target of this command.

        Raises:
            UsageError: there is none; the message shows the ways to name one.
        """
        if self.arguments.target:
            return str(self.arguments.target)
        return self.usual_target()

    def usual_target(self) -> str:
        """The target that a variable or `[tool.swarm]` names.

        Raises:
            UsageError: neither does; the message shows the ways to name one.
        """
        given = self.settings.find("target")
        if given is None:
            raise UsageError(
                "no target is named, and pyproject.toml here has no [tool.swarm] target.\n\n"
                f"Name one:              swarm {self.verb} words.py\n"
                f"One of several:        swarm {self.verb} words.py:WordCount\n"
                "Or in pyproject.toml:  [tool.swarm]\n"
                '                       target = "words.py"'
            )
        return given.text
