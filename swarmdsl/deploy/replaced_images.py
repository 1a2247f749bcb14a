"""Images that have taken the place of those that a run began with, noted in its folder.

Whoever makes a container of the run looks here, now and when the run is resumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

FILE = "replaced-images.json"


def replaced_images(run_folder: Path) -> dict[str, str]:
    """By the name of a daemon the image that it has now; nothing for those that never changed.

    >>> replaced_images(Path("/nowhere"))
    {}
    """
    try:
        return msgspec.json.decode((run_folder / FILE).read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}


def keep_replaced_images(run_folder: Path, images: Mapping[str, str]) -> None:
    """Note that these daemons have these images from now on; whoever reads it reads all of it.

    Raises:
        OSError: it cannot be written.
    """
    noted = {**replaced_images(run_folder), **images}
    part = run_folder / f"{FILE}.part"
    part.write_bytes(msgspec.json.encode(noted, order="sorted"))
    part.rename(run_folder / FILE)
