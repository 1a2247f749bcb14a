"""The site of the documents: it builds without a warning, can be searched, and fetches nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import swarmdsl

REPOSITORY = Path(__file__).resolve().parents[2]
FETCHED = re.compile(r"""<(?:script|img|iframe)[^>]*\ssrc="([^"]+)"|<link[^>]*\shref="([^"]+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = ["-b", "html", "-W", "--keep-going", "-q", "-c", "docs/site", "-d", folder / "trees"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *map(str, command), ".", str(folder / "html")],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return folder / "html"


@pytest.mark.timeout(300)
def test_every_page_of_the_documents_is_in_it(site: Path) -> None:
    pages = [*REPOSITORY.glob("docs/**/*.md"), REPOSITORY / "README.md"]
    missing = [
        page
        for page in pages
        if not (site / page.relative_to(REPOSITORY).with_suffix(".html")).is_file()
    ]
    assert not missing


def test_it_can_be_searched(site: Path) -> None:
    index = (site / "searchindex.js").read_text("utf-8")
    assert "docs/guide/streams" in index
    assert '"snapshot"' in index or "snapshot:" in index


def test_it_fetches_nothing_from_elsewhere(site: Path) -> None:
    fetched = {
        one
        for page in site.rglob("*.html")
        for found in FETCHED.findall(page.read_text("utf-8"))
        for one in found
        if one.startswith(("http:", "https:", "//"))
    }
    assert not fetched


def test_the_reference_has_the_public_names(site: Path) -> None:
    reference = (site / "docs/site/reference.html").read_text("utf-8")
    described = set(re.findall(r'id="swarmdsl(?:\.\w+)*\.(\w+)"', reference))
    assert set(swarmdsl.__all__) - {"__version__"} <= described


def test_its_first_page_is_the_front_page(site: Path) -> None:
    assert "url=README.html" in (site / "index.html").read_text("utf-8")
