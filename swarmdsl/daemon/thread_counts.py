"""How many threads the libraries of a process compute with, as its environment says; pure.

The slots of a node already fill its cores, so a library gets one thread, or as many as its task
asks processors for. What somebody else has said holds: of all these variables, or of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

OPENMP = "OMP_NUM_THREADS"  # read by the other libraries too, where theirs is missing
THREAD_COUNTS = (
    OPENMP,
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
OURS = "SWARM_THREAD_COUNTS"  # which of them are no words of the user's, so that they may change


def with_thread_counts(
    environment: Mapping[str, str], said: Mapping[str, str] | None = None, cpu: float = 0.0
) -> dict[str, str]:
    """An environment in which the variables that nobody has set say how many threads to use.

    Args:
        environment: of the process that starts another, which may be a result of this function.
        said: what is set for the new one alone; it holds.
        cpu: processors that its task asks for; below one, it has one thread all the same.

    Who sets `OMP_NUM_THREADS` means all libraries, so then nothing is added.

    >>> worker = with_thread_counts({"MKL_NUM_THREADS": "2"})
    >>> worker["OMP_NUM_THREADS"], worker["MKL_NUM_THREADS"]
    ('1', '2')
    >>> script = with_thread_counts(worker, cpu=2.5)
    >>> script["OMP_NUM_THREADS"], script["MKL_NUM_THREADS"]
    ('3', '2')
    >>> with_thread_counts(worker, {"OMP_NUM_THREADS": "8"})
    {'MKL_NUM_THREADS': '2', 'OMP_NUM_THREADS': '8'}
    """
    ours = {OURS, *environment.get(OURS, "").split(",")}
    theirs = {name: value for name, value in environment.items() if name not in ours}
    theirs |= said or {}
    if OPENMP in theirs:
        return theirs
    added = [name for name in THREAD_COUNTS if name not in theirs]
    count = str(max(1, ceil(cpu)))
    return {**theirs, **dict.fromkeys(added, count), OURS: ",".join(added)}
