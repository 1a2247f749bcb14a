"""The pictures of the documents are those that are drawn now."""

from __future__ import annotations

import re

import pytest

from tests.pictures import FOLDER, PICTURES


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_one_that_is_drawn_now(name: str) -> None:
    assert PICTURES[name]() == (FOLDER / f"{name}.svg").read_text("utf-8"), (
        "draw it anew with `make pictures`, and look at it"
    )


def test_no_picture_is_left_over() -> None:
    assert {one.stem for one in FOLDER.iterdir()} == set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fetches_nothing(name: str) -> None:
    drawn = PICTURES[name]()
    found = re.findall(r"""(?:href|src)="(?!#)|url\((?!["']?#)|@import""", drawn)
    assert not found
