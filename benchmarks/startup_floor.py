"""A first result from a pool of the standard library: two processes that are forked at once."""

from __future__ import annotations

from multiprocessing import get_context

from benchmarks.startup_work import PROCESSES, first, tell, then

if __name__ == "__main__":
    with get_context("fork").Pool(PROCESSES) as pool:
        tell(pool.apply(then, (pool.apply(first),)))
