"""The entry point of an image is the command of its module, where that image is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from swarmdsl.daemon.entry_point import entered
from swarmdsl.errors import BundleError
from swarmdsl.topology.model import ModuleSpec
from tests.handmade import task


def module() -> ModuleSpec:
    _, made = task("store")
    return replace(made, kind="image", image="postgres:17")


def test_the_command_is_what_the_container_was_made_with(tmp_path: Path) -> None:
    file = tmp_path / "entry.json"
    file.write_text('["/entry.sh","postgres"]', "utf-8")
    assert entered(module(), file).command == ("/entry.sh", "postgres")


@pytest.mark.parametrize("text", [None, "entry.sh"])
def test_where_there_is_no_such_command_the_image_is_named(
    tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "entry.json"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(BundleError, match="entry point of image 'postgres:17' is not known here"):
        entered(module(), file)
