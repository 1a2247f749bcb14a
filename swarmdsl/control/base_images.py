"""What a user has chosen about the images of a run: kept beside it, for whoever looks after it."""

from __future__ import annotations

from swarmdsl.control.home import RunFolder
from swarmdsl.deploy.engine import DEFAULT_BASE_IMAGE
from swarmdsl.deploy.registry import DEFAULT


def keep_images(base_image: str, registry: str, engine: str, folder: RunFolder) -> None:
    """Note it in the folder of the run: another process may start it, or go on with it.

    Processes have no image, whatever is set for the engines that have.
    """
    if engine == DEFAULT:
        return
    if base_image != DEFAULT_BASE_IMAGE:
        folder.base_image.write_text(f"{base_image}\n", encoding="utf-8")
    if registry:
        folder.registry.write_text(f"{registry}\n", encoding="utf-8")


def base_image_of(folder: RunFolder) -> str:
    """What the images of a run are made from."""
    if not folder.base_image.exists():
        return DEFAULT_BASE_IMAGE
    return folder.base_image.read_text("utf-8").strip()


def registry_of(folder: RunFolder) -> str:
    """Where they are pushed to; "" for nowhere."""
    return folder.registry.read_text("utf-8").strip() if folder.registry.exists() else ""
