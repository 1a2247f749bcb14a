"""SW5xx: how pushes travel, and the bounds of their channels."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW601": Code(
        title="an option of an edge has a wrong value",
        explanation="""
            `delivery=` is `at_least_once` or `at_most_once`; `overflow=` is `block`, `drop_oldest`
            or `drop_newest`; `wait=` is `block` or `spin`. `response_timeout=` is a number of
            seconds above 0, and `linger=` one from 0 to 1. They hold for the edges of one
            call.
        """,
        bad="""
            show(watch, delivery="at_most_one")
        """,
        good="""
            show(watch, delivery="at_most_once")
        """,
    ),
    "SW602": Code(
        title="the options of an edge contradict one another",
        explanation="""
            What is delivered at least once is never dropped, so `overflow="drop_oldest"` and
            `overflow="drop_newest"` need `delivery="at_most_once"`. And on an edge on which nothing
            is pushed there is nothing to deliver: its source yields None, and it only says what
            comes first.
        """,
        bad="""
            show(watch, overflow="drop_oldest")
        """,
        good="""
            show(watch, delivery="at_most_once", overflow="drop_oldest")
        """,
    ),
    "SW603": Code(
        title="a limit is wrong",
        explanation="""
            `Swarm.limits` is a `Limits`, or a dict from the names of limits to their values. Counts
            and sizes are whole numbers from 1, times are seconds above 0. The page about limits
            says what each of them bounds and what happens there.
        """,
        bad="""
            class Example(Swarm):
                limits = Limits(inbox_messages=0)
        """,
        good="""
            class Example(Swarm):
                limits = Limits(inbox_messages=64)
        """,
    ),
}
