"""SW317: the names of secrets."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW317": Code(
        title="a secret has no proper name",
        explanation="""
            `secrets=` is a list of names: letters, digits and `_`, at most 64, and no digit first,
            so that each can also be the name of an environment variable. It never holds a value:
            values are given when the swarm is run, as with `swarm run --secret NAME`, and no file
            of a run holds them.
        """,
        bad="""
            Task(fetch, secrets=["hospital-token"])
        """,
        good="""
            Task(fetch, secrets=["hospital_token"])
        """,
    ),
}
