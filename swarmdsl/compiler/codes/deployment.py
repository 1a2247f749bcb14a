"""SW4xx: what this version and its engines can carry out."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW401": Code(
        title="declared, but not carried out by this version",
        explanation="""
            The declaration is understood, but this version cannot do what it says. It is refused
            rather than ignored, so that a swarm never runs as something else than is written.
        """,
        bad="""
            def add(a: int, b: int, /) -> int: ...
        """,
        good="""
            def add(a: int, b: int) -> int: ...
        """,
    ),
    "SW402": Code(
        title="the image is not used",
        severity="info",
        explanation="""
            Container engines start tasks in the image that their module names. The process engine
            runs them in the Python environment of the swarm.
        """,
        bad="""
            Module("train.py", image="manta:pytorch")
        """,
        good="""
            Module("train.py")
        """,
    ),
}
