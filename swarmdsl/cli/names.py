"""A name that there is not, with the one that was probably meant."""

from __future__ import annotations

from collections.abc import Sequence

NAMES_SHOWN_MAX = 12


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """Say so.

    >>> unknown("task", "mapers", ["mappers", "reducer"])
    "the run has no task 'mapers'; did you mean 'mappers'?"
    >>> unknown("node", "x", ["node1"]), unknown("global", "x", [])
    ("the run has no node 'x'; it has node1", "the run has no global 'x'; it has none at all")
    """
    import difflib  # only mistakes need it

    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"the run has no {what} {name!r}; did you mean {near[0]!r}?"
    shown = ", ".join(known[:NAMES_SHOWN_MAX]) or "none at all"
    more = f", and {len(known) - NAMES_SHOWN_MAX} more" if len(known) > NAMES_SHOWN_MAX else ""
    return f"the run has no {what} {name!r}; it has {shown}{more}"
