"""How often the process of a daemon looks for garbage.

Python looks through what was made last whenever there are 700 containers more, and through older
ones now and then. What a daemon makes for an instance stays: some hundred objects, none of them
garbage. With thousands of instances they were looked through for a third of a round's time.
"""

from __future__ import annotations

CONTAINERS_PER_INSTANCE = 4
CONTAINERS_MAX = 20_000
"""How many more containers there may be before garbage is looked for. Users' code may make some
that hold much, so it is no more than what is worth it, and the usual where there are few tasks."""


def containers_before_collection(instances: int, usual: int) -> int:
    """After how many new containers to look for garbage, in a daemon with so many instances.

    Args:
        instances: that the daemon hosts.
        usual: the number that is set; 0 is never, which stays.

    >>> [containers_before_collection(number, 700) for number in (1, 1_000, 1_000_000)]
    [700, 4000, 20000]
    >>> containers_before_collection(1_000, 0)
    0
    """
    if not usual:
        return 0
    return max(usual, min(CONTAINERS_PER_INSTANCE * instances, CONTAINERS_MAX))
