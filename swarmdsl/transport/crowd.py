"""How many connections an endpoint may keep open for those who dialled it."""

from __future__ import annotations

import resource

CONNECTIONS_MAX = 4_096
"""Connections that an endpoint keeps open for those who dialled it."""

CONNECTIONS_MIN = 256
"""As many are kept however few files there are: a small swarm must run anywhere."""

ACCEPTED_MAX = 1_001
"""That may be accepted before an endpoint looks at how many there are."""

FILES_KEPT = 512
"""Descriptors for everything else: dialled connections, the transport itself, the user's files."""

FILES_WANTED = CONNECTIONS_MAX + ACCEPTED_MAX + FILES_KEPT


def connections_max() -> int:
    """How many connections an endpoint may keep, by the open files that this process may have.

    The soft limit is raised to what is wanted where the hard one permits it, as runtimes of other
    languages do. Where it does not, fewer connections are kept; below some 2,000 files a flood that
    comes while nobody looks can still end the process.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < FILES_WANTED:
        soft = FILES_WANTED if hard < 0 else min(FILES_WANTED, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft < 0:
        return CONNECTIONS_MAX
    return max(CONNECTIONS_MIN, min(CONNECTIONS_MAX, soft - ACCEPTED_MAX - FILES_KEPT))
