"""What front page, guide and the page of limits show is what happens: each block is carried out.

A block that has a title is written to the file it names. Of a block of kind `console` each line
after `$` is run beside those files, and must print what stands under it; `...` stands for anything.
Blocks are carried out in order, those of a page in one folder. Only `sh` blocks are not run, and
there only `make` and `pip` may stand.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "docs/index.md",
    REPOSITORY / "docs/limits.md",
    *sorted((REPOSITORY / "docs/guide").glob("*.md")),
]
PROGRAMS = {
    "python": [sys.executable],
    "swarm": [sys.executable, "-m", "swarmdsl"],
    "cc": [os.environ.get("CC", "cc")],
    "chmod": ["chmod"],
}
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    info: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    return [
        Block(found["info"], found["text"]) for found in FENCE.finditer(page.read_text("utf-8"))
    ]


def commands_of(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what it is said to print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def carry_out(block: Block, folder: Path, environment: Mapping[str, str]) -> None:
    title = re.search(r'title="([^"]+)"', block.info)
    if title:
        (folder / title[1]).parent.mkdir(exist_ok=True)
        (folder / title[1]).write_text(block.text, encoding="utf-8")
    elif block.info == "console":
        for command, output in commands_of(block.text):
            check_command(command, output, folder, environment)
    else:
        assert block.info == "sh", f"nothing checks a block of {block.info!r}"
        assert all(line.startswith(("make ", "pip ")) for line in block.text.splitlines())


def check_command(command: str, output: str, folder: Path, environment: Mapping[str, str]) -> None:
    name, *arguments = shlex.split(command)
    done = subprocess.run(
        [*PROGRAMS[name], *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    same = doctest.OutputChecker().check_output(output, done.stdout, doctest.ELLIPSIS)
    assert same, f"{command!r} printed\n{done.stdout}\ninstead of\n{output}"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    paths = os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / ".ci/path")))
    return {**os.environ, "PYTHONPATH": paths, "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.mark.e2e
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_shows_what_happens(page: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "examples").symlink_to(REPOSITORY / "examples")
    for block in blocks_of(page):
        carry_out(block, folder, environment)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_make_targets_that_pages_name_exist() -> None:
    targets = set(
        re.findall(r"^(\w+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    named = {
        name
        for page in PAGES
        for name in re.findall(r"(?:^|`)make (\w+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert {"demo", "test"} <= named <= targets


def test_folders_that_the_readme_lists_exist() -> None:
    readme = PAGES[0].read_text("utf-8")
    listed = re.findall(r"^\| `([\w.]+)/` \|", readme, re.MULTILINE)
    assert {"swarmdsl", "modules", "examples", "tests", "docs"} <= set(listed)
    assert all((REPOSITORY / folder).is_dir() for folder in listed)


def test_wrong_output_is_seen(tmp_path: Path, environment: dict[str, str]) -> None:
    wrong = Block("console", "$ python -c 'print(1)'\n2\n")
    with pytest.raises(AssertionError, match="instead of"):
        carry_out(wrong, tmp_path, environment)


def test_unchecked_block_is_seen(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nothing checks"):
        carry_out(Block("python", "x = 1\n"), tmp_path, {})
