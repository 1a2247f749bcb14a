"""The table of codes: what each finding means, why it is one, and what it looks like.

A code is never used twice, not even after its rule is gone. The pages in `docs/codes/` and
`swarm validate --explain` are both made from this table. The first digit is the family: 0 loading,
1 structure, 2 types and values, 3 scheduling, 4 deployment, 5 edges, 6 delivery and limits,
7 capacity, 9 style.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from swarmdsl.compiler.codes import (
    capacity,
    delivery,
    deployment,
    edges,
    flow,
    listening,
    modules,
    networks,
    programs,
    resources,
    scheduling,
    secrets,
    structure,
    style,
)
from swarmdsl.compiler.codes.code import Code, Severity
from swarmdsl.compiler.codes.nearest import nearest

__all__ = ["CODES", "Code", "Severity", "did_you_mean", "explain", "near_code", "pages"]

CODES: Mapping[str, Code] = MappingProxyType(
    structure.TABLE
    | flow.TABLE
    | modules.TABLE
    | scheduling.TABLE
    | resources.TABLE
    | secrets.TABLE
    | deployment.TABLE
    | listening.TABLE
    | networks.TABLE
    | programs.TABLE
    | edges.TABLE
    | delivery.TABLE
    | capacity.TABLE
    | style.TABLE
)


def explain(code: str) -> str:
    """The page of a code, as Markdown.

    Raises:
        KeyError: there is no such code; the message names the nearest one.

    >>> explain("SW101").splitlines()[0]
    '# SW101: task graph has a cycle'
    """
    found = CODES.get(code.upper())
    if found is None:
        raise KeyError(f"there is no code {code!r}; {near_code(code)}")
    return (
        f"# {code.upper()}: {found.title}\n\n"
        f"Severity: {found.severity}\n\n"
        f"{found.explanation}\n\n"
        f"## Reported\n\n```python\n{found.bad}\n```\n\n"
        f"## Instead\n\n```python\n{found.good}\n```\n"
    )


def pages() -> dict[str, str]:
    """Every page of `docs/codes/` by its file name, the list of all codes included."""
    rows = [
        f"| [{code}]({code}.md) | {one.severity} | {one.title} |" for code, one in CODES.items()
    ]
    index = "\n".join(["# Codes", "", "| code | severity | finding |", "|---|---|---|", *rows])
    return {"index.md": f"{index}\n"} | {f"{code}.md": explain(code) for code in CODES}


def did_you_mean(given: object, known: Sequence[str], *, likeness: float = 0.6) -> str:
    """`did you mean 'all'?` for a near miss, else nothing.

    `likeness` is how much of the two must be alike, from 0.0 to 1.0.

    >>> did_you_mean("al", ["all", "any"]), did_you_mean("nonsense", ["all", "any"])
    ("did you mean 'all'?", '')
    """
    near = difflib.get_close_matches(str(given), known, n=1, cutoff=likeness)
    return f"did you mean {near[0]!r}?" if near else ""


def near_code(given: str) -> str:
    """What leads from a text that is no code to those there are.

    >>> near_code("SW360")
    "did you mean 'SW306'?"
    """
    return nearest(given, list(CODES))
