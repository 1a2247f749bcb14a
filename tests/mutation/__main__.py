"""Tells where each planted bug shows first, counted from seed 0: what the table should say.

python -m tests.mutation [NAME...]
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutation.mutation import Mutation
from tests.mutation.mutations import MUTATIONS
from tests.mutation.planting import AT_ONCE, PACKAGE, Found, first_broken, hunt


def told(mutation: Mutation, found: Found) -> str:
    """One line about one bug."""
    if found is None:
        return f"{mutation.name}: SURVIVES in {mutation.swarm}"
    seed = found["seed"]
    blame = ""
    if seed is not None and first_broken(PACKAGE, mutation.swarm, [seed]) is not None:
        blame = " (AND WITHOUT THE BUG)"
    where = "without faults" if seed is None else f"seed {seed}"
    violation = str(found["violation"]).partition("\n")[0]
    return f"{mutation.name}: {mutation.swarm}, {where}{blame}: {violation}"


def main(*names: str) -> None:
    """Hunt for all bugs, or for those named."""
    chosen = [one for one in MUTATIONS if not names or one.name in names]
    with TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        hunts = [pool.submit(hunt, one, Path(folder).resolve() / one.name, 0) for one in chosen]
        for one, found in zip(chosen, hunts, strict=True):
            sys.stdout.write(f"{told(one, found.result())}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
