"""How several workers of pytest-xdist share the tests: by file, and what takes long first."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

# None is left over with these at the end.
FIRST = (
    "tests/chaos/",
    "tests/sim/test_campaign.py",
    "tests/e2e/",
    "tests/sim/",
    "tests/contracts/",
    "tests/fuzz/",
    "tests/mutation/",
)
APART = ("tests/mutation/",)  # of other files one worker has all tests, and makes their fixtures


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a worker the tests of one file after another, in the order of `rank`."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        config.option.loadscopereorder = False  # by the number of tests, however long they take
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(APART) else nodeid.partition("::")[0]


def rank(item: pytest.Item) -> int:
    """What to sort items by."""
    ranks = (place for place, start in enumerate(FIRST) if item.nodeid.startswith(start))
    return next(ranks, len(FIRST))
