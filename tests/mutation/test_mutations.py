"""Planted bugs are found: each within 1,000 seeds of the simulator, which finds none without it.

Each bug is planted in a copy of the package, and a process that imports the copy simulates one of
the swarms of `tests/sim/swarms/`. What is planted, and why: docs/design/testing.md. Where each bug
shows first, for the table: `python -m tests.mutation`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.mutation import Mutation
from tests.mutation.mutations import MUTATIONS
from tests.mutation.planting import PACKAGE, ROOT, SEEDS, first_broken, hunt

pytestmark = [pytest.mark.mutation, pytest.mark.timeout(600)]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_planted_bug_is_found(mutation: Mutation, tmp_path: Path) -> None:
    found = hunt(mutation, tmp_path / "planted", mutation.seed)
    assert found is not None, (
        f"{mutation.bug} No run of {mutation.swarm} with {SEEDS} seeds shows it: find the fault, "
        f"the swarm or the checker that is missing, or remove the line that nobody needs."
    )
    if found["seed"] not in (None, mutation.seed):  # the others are tried below
        assert first_broken(PACKAGE, mutation.swarm, [found["seed"]]) is None


@pytest.mark.parametrize("swarm", sorted({one.swarm for one in MUTATIONS}))
def test_nothing_is_found_where_nothing_is_planted(swarm: str) -> None:
    """With the very seeds that show the bugs."""
    seeds = sorted({one.seed for one in MUTATIONS if one.swarm == swarm})
    assert first_broken(PACKAGE, swarm, seeds) is None


def test_the_page_tells_of_each_bug_and_of_no_other() -> None:
    page = (ROOT / "docs/design/testing.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{one.file}` | {one.bug} |" for one in MUTATIONS]
