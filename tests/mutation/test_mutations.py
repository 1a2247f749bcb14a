"""Planted bugs are found: each within 1,000 seeds of the simulator, which finds none without it.

Each bug is planted in a copy of the package, and a process that imports the copy simulates one of
the swarms of `tests/sim/swarms/`. What is planted, and why: docs/design/testing.md. Where each bug
shows first, for the table: `python -m tests.mutation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.mutation.mutations import MUTATIONS, Mutation
from tests.mutation.planting import AT_ONCE, PACKAGE, ROOT, SEEDS, Found, first_broken, hunt

pytestmark = [pytest.mark.mutation, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def hunted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Mutation], Found]]:
    """What was found of each mutation; all that were selected are hunted at once, two at a time."""
    folder = tmp_path_factory.mktemp("planted")
    chosen = [item.name for item in request.session.items]
    hunts: dict[str, Future[Found]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for one in MUTATIONS:
            if any(f"[{one.name}]" in name for name in chosen):
                hunts[one.name] = pool.submit(hunt, one, folder / one.name, one.seed)
        yield lambda mutation: hunts[mutation.name].result()
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_planted_bug_is_found(mutation: Mutation, hunted: Callable[[Mutation], Found]) -> None:
    found = hunted(mutation)
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
