"""The entry point of a module that is an image: the command that its container was made with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from swarmdsl.daemon.contained_protocol import ENTRY_FILE
from swarmdsl.errors import BundleError
from swarmdsl.topology.model import ModuleSpec


def entered(module: ModuleSpec, file: Path = Path(ENTRY_FILE)) -> ModuleSpec:
    """The module of an image as a program, whose command is what the image had as its own.

    Args:
        module: of kind `image`.
        file: that holds the command.

    Raises:
        BundleError: this is no container of such an image.
    """
    try:
        command = msgspec.json.decode(file.read_bytes(), type=tuple[str, ...])
    except (OSError, msgspec.DecodeError) as error:
        raise BundleError(
            module.name, f"the entry point of image {module.image!r} is not known here: {error}"
        ) from error
    return replace(module, command=command)
