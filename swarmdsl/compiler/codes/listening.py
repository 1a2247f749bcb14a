"""SW411 to SW417: hosts, and the ports at which daemons listen."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW411": Code(
        title="one port of a host is given to two daemons",
        explanation="""
            A daemon listens at its port on the host of its node, and no other daemon can listen
            there too. All nodes without `host=` are this machine. A task has a daemon on each node
            that it may run on; so one task with a port needs nodes of different hosts, too. Only
            ports that are written down are compared.
        """,
        bad="""
            Task(Collector, "any", specified_ids=["node1"], port=3391)
            Task(Stereo, "any", specified_ids=["node1"], port=3391)
        """,
        good="""
            Task(Collector, "any", specified_ids=["node1"], port=3391)
            Task(Stereo, "any", specified_ids=["node1"], port=3392)
        """,
    ),
    "SW412": Code(
        title="the port is for the superuser alone",
        severity="warning",
        explanation="""
            Linux lets only the superuser listen at ports below 1024, unless the machine is told
            otherwise. Elsewhere the daemon cannot start.
        """,
        bad="""
            Task(Collector, "any", port=80)
        """,
        good="""
            Task(Collector, "any", port=8080)
        """,
    ),
    "SW413": Code(
        title="the value is no port",
        explanation="""
            A port is a whole number from 1 to 65535. To let the engine choose where a daemon
            listens, leave `port=` out.
        """,
        bad="""
            Task(Collector, "any", port=70000)
        """,
        good="""
            Task(Collector, "any", port=3391)
        """,
    ),
    "SW414": Code(
        title="port for a task that has no daemon of its own",
        explanation="""
            Each instance of a daemon module has a daemon to itself, and that one listens at the
            port. Functions and scripts share the worker daemons of their node, so a port cannot be
            that of one task. Programs and images are no daemons of swarmdsl.
        """,
        bad="""
            def count(line: str) -> int: ...

            Task(count, port=3391)
        """,
        good="""
            class Counter(Daemon):
                @on
                def count(self, line: str) -> int: ...

            Task(Counter, "any", port=3391)
        """,
    ),
    "SW415": Code(
        title="a host is named where a node is meant",
        explanation="""
            `specified_ids` and `excepted_ids` name nodes. A host is the machine that a node is; it
            may be that of several nodes.
        """,
        bad="""
            # [[node]]
            # name = "camera"
            # host = "lst1.example.org"
            Task(Collector, "any", specified_ids=["lst1.example.org"])
        """,
        good="""
            Task(Collector, "any", specified_ids=["camera"])
        """,
    ),
    "SW416": Code(
        title="this version does not open ports",
        severity="warning",
        explanation="""
            The swarm compiles, and its topology holds the port; no engine of this version opens it.
            The daemons of the process engine listen at paths of their own. `swarm run` and
            `Swarm.run` refuse such a swarm, so that nobody waits at a port where nothing listens.
            `swarm simulate`, which opens nothing at all, does not mind.
        """,
        bad="""
            Task(Collector, "any", port=3391)
        """,
        good="""
            Task(Collector, "any")
        """,
    ),
    "SW417": Code(
        title="the host is a name only",
        severity="info",
        explanation="""
            The process engine reaches no other machine: it runs all nodes of an inventory on the
            one where the swarm is started, as virtual nodes. The hosts decide which ports clash,
            and the topology keeps them.
        """,
        bad="""
            Node(name="camera", host="lst1.example.org")
        """,
        good="""
            Node(name="camera")
        """,
    ),
}
