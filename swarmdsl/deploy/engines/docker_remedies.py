"""What to do about what Docker says: it tells what is wrong, and seldom how to mend it. Pure."""

from __future__ import annotations

import re

_REMEDIES = (
    (
        re.compile(r"no space left on device", re.IGNORECASE),
        "make room: `swarm prune --images`, then `docker system prune`, remove what nothing uses",
    ),
    (
        re.compile(r"network with name (\S+) already exists"),
        r"it is none of this run's: `docker network rm \1` removes it",
    ),
    (
        re.compile(r"container name \"/?([^\"]+)\" is already in use"),
        r"it is none of this run's: `docker rm --force \1` removes it",
    ),
    (
        re.compile(r"could not find an available,? non-overlapping IPv4 address pool"),
        "too many networks are there: `swarm prune` removes those of runs that have ended",
    ),
)


def with_remedy(problem: str) -> str:
    """What Docker says, and how to mend it if that is known.

    >>> with_remedy("write /data: no space left on device")
    'write /data: no space left on device; make room: `swarm prune --images`, ...'
    >>> with_remedy("invalid reference format")
    'invalid reference format'
    """
    for pattern, remedy in _REMEDIES:
        if found := pattern.search(problem):
            return f"{problem}; {found.expand(remedy)}"
    return problem


def unreachable(place: str, error: BaseException) -> str:
    """Why no Docker Engine can be spoken with, and what to do.

    >>> unreachable("unix:///var/run/docker.sock", PermissionError(13, "Permission denied"))
    'no Docker Engine answers at unix:///var/run/docker.sock: [Errno 13] Permission denied; ...'
    """
    root = root_of(error)
    if isinstance(root, PermissionError):
        remedy = (
            "only root and the group of that file may use it: have yourself put into that group "
            "(`docker`, mostly) and log in again"
        )
    else:
        remedy = "is it running? `docker info` should answer"
    return (
        f"no Docker Engine answers at {place}: {words_of(error)}; {remedy}; "
        "DOCKER_HOST names another one"
    )


def gone(what: str, error: BaseException) -> str:
    """What could not be done since the Docker Engine does not answer any more, and what to do."""
    return (
        f"{what}: the Docker Engine does not answer any more ({words_of(error)}); when it runs "
        "again, `swarm prune` removes what the run has left in it"
    )


def root_of(error: BaseException) -> BaseException:
    """The innermost reason: docker-py wraps what the system said four times."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def words_of(error: BaseException) -> str:
    """What the innermost reason says, or what it is if it says nothing.

    >>> words_of(EOFError())
    'EOFError'
    """
    root = root_of(error)
    return str(root) or type(root).__name__
