"""SW5xx: what an edge says beyond its two ends."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW501": Code(
        title="an edge has a policy or key that makes no sense",
        explanation="""
            `policy=` says which instances of a task get a push: `broadcast` (all of them, the
            default), `balance` (the one with the most credit), `key` (the one that `key=` chooses)
            or `pair` (the one on the same node). `key=` is the name of a field, a key of a mapping,
            an index, or a function of the value, and means `policy="key"`.
        """,
        bad="""
            Task(work, "all")(jobs, policy="balanced")
        """,
        good="""
            Task(work, "all")(jobs, policy="balance")
        """,
    ),
    "SW502": Code(
        title="the value has no such key",
        explanation="""
            `key=` names something that is not in every value of the edge: no field of the record,
            no key of the mapping, no index of the tuple. A function can compute a key from any
            value.
        """,
        bad="""
            def split() -> Iterator[Word]: ...  # Word has the fields text and times

            Task(count, "all")(Task(split, "any"), key="word")
        """,
        good="""
            Task(count, "all")(Task(split, "any"), key="text")
        """,
    ),
    "SW503": Code(
        title="a pair on different nodes",
        explanation="""
            `policy="pair"` pushes from each instance to the one on the same node. So both tasks
            must run on the same nodes, and on each of them: a task that takes some of its eligible
            nodes may take other ones than its pair.
        """,
        bad="""
            Task(clean, "any")(Task(read, "all"), policy="pair")
        """,
        good="""
            Task(clean, "all")(Task(read, "all"), policy="pair")
        """,
    ),
    "SW504": Code(
        title="a policy for an edge that carries no values",
        explanation="""
            An edge from a task that yields nothing only says what comes first. There are no pushes
            to spread.
        """,
        bad="""
            def prepare() -> None: ...

            Task(work, "all")(Task(prepare, "any"), policy="balance")
        """,
        good="""
            Task(work, "all")(Task(prepare, "any"))
        """,
    ),
}
