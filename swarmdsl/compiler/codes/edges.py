"""SW5xx: what an edge says beyond its two ends."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW501": Code(
        title="an edge has an option that makes no sense",
        explanation="""
            `policy=` says which instances of a task get a push: `broadcast` (all of them, the
            default), `balance` (the one with the most credit), `key` (the one that `key=` chooses)
            or `pair` (the one on the same node). `key=` is the name of a field, a key of a mapping,
            an index, or a function of the value, and means `policy="key"`. `condition=` is
            `Condition.FINISHED` or `Condition.RESULT`.
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
        title="a policy or condition for an edge that carries no values",
        explanation="""
            An edge from a task that yields nothing only says what comes first. There are no pushes
            to spread, and no results to run for.
        """,
        bad="""
            def prepare() -> None: ...

            Task(work, "all")(Task(prepare, "any"), policy="balance")
        """,
        good="""
            Task(work, "all")(Task(prepare, "any"))
        """,
    ),
    "SW505": Code(
        title="a task cannot run for each result",
        explanation="""
            With `condition=Condition.RESULT` a function or script runs once for each value of the
            source. Such a run has one of these values. So a parameter takes either results or what
            is gathered, and where results of several sources go to different parameters, each of
            these must be optional. A daemon module handles every push by itself anyway.
        """,
        bad="""
            def show(number: int, text: str) -> None: ...

            Task(show, "any")([numbers, texts], condition=Condition.RESULT)
        """,
        good="""
            def show(value: int | str) -> None: ...
        """,
    ),
    "SW506": Code(
        title="a loop that cannot be",
        explanation="""
            `self.loop(a, b)` brings what a pushes in one round to b in the next. In the first round
            there is nothing to bring, so the parameter of b needs a default (or takes None). Both
            are tasks of the graph; a yields something; b is a function or a script, which finds it
            in `world.inputs` from the second round on. A daemon module has a memory of its own.
        """,
        bad="""
            def step(position: float) -> float: ...

            self.loop(walker, walker)
        """,
        good="""
            def step(position: float = 0.0) -> float: ...
        """,
    ),
    "SW507": Code(
        title="tasks that each get everything",
        severity="warning",
        explanation="""
            `key=` and `policy="balance"` deal the pushes of a source out among the instances of one
            task. Here several tasks of the same module come after the same source, and each of them
            gets all that it pushes: so all is worked on several times. One task with several
            instances is meant, most likely.
        """,
        bad="""
            reducers = [Task(count, "any")(words, key=0) for _ in range(4)]
            Task(report, "any")(reducers)
        """,
        good="""
            Task(report, "any")(Task(count, "maximum", maximum=4)(words, key=0))
        """,
    ),
    "SW508": Code(
        title="nobody to deal among",
        severity="warning",
        explanation="""
            `key=` and `policy="balance"` deal pushes out among the instances of a task, and one
            with `method="any"` has a single instance in each round: it gets all of them, and the
            option does nothing.
        """,
        bad="""
            Task(count, "any")(words, key="text")
        """,
        good="""
            Task(count, "all")(words, key="text")
        """,
    ),
    "SW509": Code(
        title="each result on every node",
        severity="warning",
        explanation="""
            With `condition=Condition.RESULT` a task runs once for each value of its source. Without
            a policy every instance of it gets every value, so each value is worked on by all nodes,
            with the same outcome as far as the code tells. Who means that says so:
            `policy="broadcast"`.
        """,
        bad="""
            Task(work, "all")(jobs, condition=Condition.RESULT)
        """,
        good="""
            Task(work, "all")(jobs, condition=Condition.RESULT, policy="balance")
        """,
    ),
}
