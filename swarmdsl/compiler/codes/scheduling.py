"""SW3xx: how tasks are scheduled, and whether the nodes allow it."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW301": Code(
        title="no node can run the task",
        explanation="""
            Eligible are the nodes of the inventory, those in `specified_ids` if it is given, less
            those in `excepted_ids`, that have the resources, the labels and every dataset that are
            asked for. The finding lists how many nodes each of these requests has left.
        """,
        bad="""
            @module(datasets=["digit"])  # the nodes offer "digits"
            def train() -> int: ...
        """,
        good="""
            @module(datasets=["digits"])
            def train() -> int: ...
        """,
    ),
    "SW302": Code(
        title="unknown scheduling method",
        explanation="""
            `all` runs on every eligible node, `any` on exactly one, `maximum` on at most `maximum=`
            of them, `fixed` on exactly `specified_ids=`.
        """,
        bad="""
            Task(train, method="every")
        """,
        good="""
            Task(train, method="all")
        """,
    ),
    "SW303": Code(
        title="maximum is no number of nodes",
        explanation="""
            `maximum=` is a whole number from 1, or a float above 0.0 up to 1.0 as a share of the
            eligible nodes, rounded up. -1 and None mean that it is not set; the method `maximum`
            needs it. With `any` a whole number says on how many nodes the task may be tried, one
            after another.
        """,
        bad="""
            Task(train, method="maximum", maximum=1.5)
        """,
        good="""
            Task(train, method="maximum", maximum=0.5)
        """,
    ),
    "SW304": Code(
        title="a fixed node is not there",
        explanation="""
            `fixed` means exactly the nodes in `specified_ids=`: each of them must be in the
            inventory, have what is asked for, and not be excepted.
        """,
        bad="""
            Task(train, method="fixed")
        """,
        good="""
            Task(train, method="fixed", specified_ids=["node1", "node2"])
        """,
    ),
    "SW305": Code(
        title="an option has a wrong value",
        explanation="""
            The value of an option is not of the kind that it needs. A single name is not a list of
            names.
        """,
        bad="""
            Task(train, excepted_ids="node1")
        """,
        good="""
            Task(train, excepted_ids=["node1"])
        """,
    ),
    "SW306": Code(
        title="a wanted node does not exist",
        severity="warning",
        explanation="""
            `specified_ids=` names a node that is not in the inventory. The task runs on the others,
            fewer than were meant.
        """,
        bad="""
            Task(train, specified_ids=["node1", "nodeX"])
        """,
        good="""
            Task(train, specified_ids=["node1", "node2"])
        """,
    ),
    "SW307": Code(
        title="the inventory is wrong",
        explanation="""
            Every node has a name of its own, which becomes part of `alias@node#replica`, and at
            least one slot. The finding stands where the program writes the nodes; what is wrong in
            an inventory file is told, with its lines, before anything is compiled.
        """,
        bad="""
            Inventory(nodes=(Node(name="node 1"), Node(name="node2", slots=0)))
        """,
        good="""
            Inventory(nodes=(Node(name="node1"), Node(name="node2")))
        """,
    ),
    "SW319": Code(
        title="an option of a task on the swarm",
        severity="warning",
        explanation="""
            The swarm has an attribute with the name of an option of tasks, modules, edges or
            limits, and nothing reads it there: a swarm has no such option, so it would be ignored
            in silence. So is a number of `rounds` or `iterations`: a swarm calls it
            `max_iteration`. What a swarm may set is in [one table](../guide/swarm-classes.md). An
            attribute that the file of the swarm reads, as `self.retries`, is your own, whatever its
            name is.
        """,
        bad="""
            class Training(Swarm):
                retries = 3

                def execute(self):
                    return Task(train)
        """,
        good="""
            class Training(Swarm):
                def execute(self):
                    return Task(train, retries=3)
        """,
    ),
    "SW322": Code(
        title="updates of a global that are lost",
        severity="warning",
        explanation="""
            A global is read and set in two questions. Where several nodes run a task, each reads
            the value, and whoever sets it last wins: what the others have added is lost, and nobody
            is told. So `world.globals["n"] += 1` on four nodes may count one. Setting a global
            without reading it is no finding, nor is a tag that is of one instance alone, as
            `f"n-{world.node}"`. To add up what many give, push it to one task; to keep it all, add
            results.
        """,
        bad="""
            def count(world: World) -> None:
                world.globals["words"] += 10

            Task(count, "all")
        """,
        good="""
            def count() -> int:
                return 10

            def add(counts: list[int], world: World) -> None:
                world.globals["words"] += sum(counts)

            Task(add, "any")(Task(count, "all"))
        """,
    ),
}
