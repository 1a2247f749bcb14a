"""The pictures of the documents show what there is now."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.photographs import PHOTOGRAPHS, RECORD, SCALE, size_of
from tests.pictured_pages import GUIDE, PICTURED
from tests.pictures import FOLDER, PICTURES, REPOSITORY, main


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_one_that_is_drawn_now(name: str) -> None:
    assert PICTURES[name]() == (FOLDER / f"{name}.svg").read_text("utf-8"), (
        "draw it anew with `make pictures`, and look at it"
    )


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_photograph_is_of_what_there_is_now(name: str) -> None:
    noted = json.loads((FOLDER / RECORD).read_text("utf-8"))
    assert noted[name] == PHOTOGRAPHS[name].digest(), (
        "take it anew with `make pictures`, and look at it"
    )


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_photograph_is_as_wide_as_its_page_and_not_empty(name: str) -> None:
    width, height = size_of((FOLDER / f"{name}.png").read_bytes())
    assert width == SCALE * PHOTOGRAPHS[name].width
    assert height > width / 4


def test_no_picture_is_left_over() -> None:
    drawn = {f"{name}.svg" for name in PICTURES} | {f"{name}.png" for name in PHOTOGRAPHS}
    assert {one.name for one in FOLDER.iterdir()} == {*drawn, RECORD}


def test_without_a_browser_the_drawings_are_made_and_it_is_said_how_to_get_one(
    tmp_path: Path,
) -> None:
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        main(tmp_path, path=str(tmp_path))
    assert {one.name for one in tmp_path.iterdir()} == {f"{name}.svg" for name in PICTURES}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fetches_nothing(name: str) -> None:
    drawn = PICTURES[name]()
    found = re.findall(r"""(?:href|src)="(?!#)|url\((?!["']?#)|@import""", drawn)
    assert not found


@pytest.mark.parametrize(
    "name", [f"{one}.svg" for one in PICTURES] + [f"{one}.png" for one in PHOTOGRAPHS]
)
def test_a_picture_is_shown_by_a_page(name: str) -> None:
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]
    assert any(f"pictures/{name})" in page.read_text("utf-8") for page in pages)


@pytest.mark.parametrize("name", PICTURED)
def test_a_swarm_of_a_page_is_shown_on_that_page(name: str) -> None:
    page = (GUIDE / f"{PICTURED[name].page}.md").read_text("utf-8")
    assert f"(../pictures/{name}.svg)" in page
