"""The pages agree with the tests, with the files they link to, and with one another."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl import Daemon, Limits, Module, Swarm, Task
from swarmdsl.topology.bounds import LIMITS

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
RULES = range(1, 33)

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
RULE = re.compile(r"^### Rule (\d+): .*?\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
DEFINED = re.compile(r"^def (test_\w+)", re.MULTILINE)
STATE = re.compile(r"^\*\*(Carried out|Carried out in part|Not yet)(?:\.\*\*|\*\*)", re.MULTILINE)


def rules() -> list[tuple[int, str]]:
    """Each rule of the semantics: its number and its text."""
    text = (REPOSITORY / "docs/semantics.md").read_text("utf-8")
    return [(int(number), body) for number, body in RULE.findall(text)]


def numbers_of_tests() -> set[int]:
    """The numbers in the names of the tests of the rules."""
    files = (REPOSITORY / "tests/contracts").glob("test_rules*.py")
    name = re.compile(r"^def test_rule_(\d+)_", re.MULTILINE)
    return {int(number) for file in files for number in name.findall(file.read_text("utf-8"))}


def links_of(page: Path) -> Iterator[tuple[Path, str]]:
    """Where the relative links of a page lead: the file, and the heading in it."""
    for target, heading in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        yield (page.parent / target if target else page), heading


def headings_of(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    text = FENCE.sub("", page.read_text("utf-8"))
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_failure_names_tests_that_there_are() -> None:
    named = set(re.findall(r"`(test_\w+)`", (REPOSITORY / "docs/failures.md").read_text("utf-8")))
    files = (REPOSITORY / "tests/e2e/failures").glob("test_*.py")
    there = {name for file in files for name in DEFINED.findall(file.read_text("utf-8"))}
    assert named == there


def test_every_rule_is_there_once_in_order_and_with_its_state() -> None:
    assert [number for number, _ in rules()] == list(RULES)
    assert [number for number, body in rules() if len(STATE.findall(body)) != 1] == []


def test_a_rule_is_carried_out_exactly_if_tests_show_it() -> None:
    for number, body in rules():
        [state] = STATE.findall(body)
        named = re.findall(r"`(tests/[\w/]+\.py)`", body)
        assert all((REPOSITORY / file).is_file() for file in named), f"rule {number}: {named}"
        shown = number in numbers_of_tests() or bool(named)
        assert shown is state.startswith("Carried out"), f"rule {number}: {state}, tested: {shown}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target, heading in links_of(page):
        assert target.exists(), f"{page.name} links to {target}"
        assert not heading or heading in headings_of(target), f"{page.name}: no #{heading}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_files_of_blocks_are_named_for_readers_too(page: Path) -> None:
    """No viewer of Markdown shows a block's title, so the paragraph before it names the file."""
    text = page.read_text("utf-8")
    for found in re.finditer(r'^```\w+ title="([^"]+)"', text, re.MULTILINE):
        before = text[: found.start()].rstrip().rpartition("\n\n")[2]
        assert f"`{found[1]}`" in before, f"{page.name}: {found[1]} is not named before its block"


def test_the_index_leads_to_every_page_but_those_of_single_codes() -> None:
    index = REPOSITORY / "docs/index.md"
    named = {target.resolve() for target, _ in links_of(index)}
    codes = set((REPOSITORY / "docs/codes").glob("SW*.md"))
    assert set(PAGES) - codes - named - {index} == set()


def test_the_page_of_limits_has_each_with_its_default() -> None:
    text = (REPOSITORY / "docs/limits.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([\d.]+) \|", text, re.MULTILINE)
    assert dict(rows) == {name: str(default) for name, default in LIMITS.items()}


def test_the_table_of_daemon_modules_has_all_their_parts() -> None:
    text = (REPOSITORY / "docs/guide/daemon-modules.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    methods = [name for name in vars(Daemon) if not name.startswith("_")]
    hooks = ["on_start", "on_stop", "on_round_end", "produce", "position", "seek"]
    remembering, marks = ["snapshot", "restore"], ["@on", "@every", "@call"]
    for part in [*methods, *hooks, *remembering, *marks]:
        assert any(part in row for row in rows), part


def test_the_table_of_swarms_has_all_their_parts() -> None:
    text = (REPOSITORY / "docs/guide/swarm-classes.md").read_text("utf-8")
    parts, elsewhere = re.findall(r"^\|.*?(?=^[^|]|\Z)", text, re.MULTILINE | re.DOTALL)
    named = {name for one in type.mro(Swarm)[:-1] for name in vars(one) if name[0] != "_"}
    assert named - set(re.findall(r"\b\w+", parts)) == set()
    options = set(re.findall(r"\b\w+", elsewhere))
    assert {"timeout", "retries", "env", "secrets", "resources"} <= options
    for function in (Task, Module, Task.__call__, Limits):
        assert options & set(inspect.signature(function).parameters)
