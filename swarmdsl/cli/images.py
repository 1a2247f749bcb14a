"""What a command was told about images."""

from __future__ import annotations

from swarmdsl.cli.command import Command
from swarmdsl.deploy.engine import DEFAULT_BASE_IMAGE


def base_image_of(command: Command) -> str:
    """What images are made from."""
    given = command.settings.find("base_image")
    return DEFAULT_BASE_IMAGE if given is None else given.text


def registry_of(command: Command) -> str:
    """Where the nodes of a cluster find them; "" for nowhere."""
    given = command.settings.find("registry")
    return "" if given is None else given.text
