"""SW9xx: style, and the comments that silence other codes."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW901": Code(
        title="a suppression silences nothing",
        severity="warning",
        explanation="""
            `# swarm: ignore[SW306]` silences that code where it stands: for findings on its line,
            for those in the call that begins on its line, and for those of the statement whose
            first or last line it is on. This one has nothing to silence, so it would hide the next
            mistake there. If the finding depends on the nodes, and comes and goes with them, add
            SW901 to the brackets.
        """,
        bad="""
            return Task(train)  # swarm: ignore[SW306]
        """,
        good="""
            return Task(train)
        """,
    ),
    "SW902": Code(
        title="a suppression names no codes",
        severity="warning",
        explanation="""
            A suppression says which codes it silences, in brackets and separated by commas. Without
            them it silences nothing: a comment that hid everything would hide the next mistake too.
            What stands behind the brackets is the reason, and free text.
        """,
        bad="""
            return Task(train, specified_ids=["warm", "later"])  # swarm: ignore
        """,
        good="""
            return Task(train, specified_ids=["warm", "later"])  # swarm: ignore[SW306] not yet here
        """,
    ),
    "SW903": Code(
        title="a suppression names a code that does not exist",
        severity="warning",
        explanation="""
            Between the brackets of `# swarm: ignore[...]` stand whole codes, as findings show them.
            Families such as SW3 are for `swarm validate --ignore` only.
        """,
        bad="""
            return Task(train, specified_ids=["warm", "later"])  # swarm: ignore[SW360]
        """,
        good="""
            return Task(train, specified_ids=["warm", "later"])  # swarm: ignore[SW306]
        """,
    ),
}
