"""Every code has a program that it is about, and a program that it leaves alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarmdsl.compiler import compile_swarm, load_target, report
from swarmdsl.compiler.codes import CODES, explain, pages
from swarmdsl.compiler.pipeline import Compilation
from swarmdsl.dsl import Inventory

REPOSITORY = Path(__file__).resolve().parents[3]
FIXTURES = REPOSITORY / "tests" / "golden" / "codes"
PAGES = REPOSITORY / "docs" / "codes"


@pytest.fixture(autouse=True)
def import_path() -> Iterator[None]:
    """Every fixture is called `fails` or `passes`, each in a folder of its own."""
    before = list(sys.path)
    yield
    sys.path[:] = before
    sys.modules.pop("fails", None)
    sys.modules.pop("passes", None)


def compiled(file: Path) -> Compilation:
    swarm = load_target(str(file))
    own = getattr(sys.modules[file.stem], "INVENTORY", None)
    return compile_swarm(swarm, own or Inventory.local(nodes=2, cores=4))


@pytest.mark.parametrize("code", CODES)
def test_failing_program_gives_its_code_as_in_the_golden_texts(
    code: str, golden: Callable[[str, str], None]
) -> None:
    folder = FIXTURES / code
    found = compiled(folder / "fails.py").diagnostics
    assert {one.code for one in found} == {code}
    golden(f"codes/{code}/full.txt", report.full(found, folder))
    golden(f"codes/{code}/report.json", report.as_json(found, folder))


@pytest.mark.parametrize("code", CODES)
def test_passing_program_gives_nothing(code: str) -> None:
    found = compiled(FIXTURES / code / "passes.py")
    assert report.full(found.diagnostics) == "no findings\n"
    assert found.topology is not None


@pytest.mark.parametrize("code", CODES)
def test_only_errors_keep_a_topology_back(code: str) -> None:
    found = compiled(FIXTURES / code / "fails.py")
    assert (found.topology is None) is (CODES[code].severity == "error")


def test_no_fixture_is_left_over() -> None:
    assert sorted(path.name for path in FIXTURES.iterdir()) == sorted(CODES)


def test_pages_are_those_of_the_table() -> None:
    on_disk = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.md")}
    assert on_disk == pages(), "write them anew: python -m tests.unit.compiler.test_codes"


def test_explanation_of_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(KeyError, match="did you mean 'SW101'"):
        explain("SW1011")


if __name__ == "__main__":
    for name, text in pages().items():
        (PAGES / name).write_text(text, "utf-8")
