"""SW451 to SW455: networks."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW451": Code(
        title="network is not declared",
        explanation="""
            A task asks for a network that the swarm does not have. A network is declared with
            `self.add_network(name, driver)`; those called like a driver (`host`, `bridge`,
            `overlay`) are there without that.
        """,
        bad="""
            Task(train, network="backend")
        """,
        good="""
            self.add_network("backend", Driver.OVERLAY)
            Task(train, network="backend")
        """,
    ),
    "SW452": Code(
        title="network is declared twice",
        explanation="""
            One name stands for one network. The names of drivers are taken: network `overlay` is
            there by itself, and has the driver of that name.
        """,
        bad="""
            self.add_network("backend", Driver.BRIDGE)
            self.add_network("backend", Driver.OVERLAY)
        """,
        good="""
            self.add_network("backend", Driver.BRIDGE)
            self.add_network("frontend", Driver.OVERLAY)
        """,
    ),
    "SW453": Code(
        title="network is not used",
        severity="warning",
        explanation="""
            The swarm declares a network that no task asks for. It is left out of the topology, so
            no engine makes it.
        """,
        bad="""
            self.add_network("backend", Driver.BRIDGE)
            return Task(train)
        """,
        good="""
            self.add_network("backend", Driver.BRIDGE)
            return Task(train, network="backend")
        """,
    ),
    "SW454": Code(
        title="network has a value of the wrong type",
        explanation="""
            The name of a network is a text of 1 to 64 letters, digits, dots, dashes or
            underscores, and begins with a letter or digit. Its driver is a `Driver`, or the name
            of one. A task asks for a network by its name.
        """,
        bad="""
            self.add_network("backend", "vxlan")
        """,
        good="""
            self.add_network("backend", Driver.OVERLAY)
        """,
    ),
    "SW455": Code(
        title="the network is a name only",
        severity="info",
        explanation="""
            Networks are made by container engines. The daemons of the process engine run on the
            network of their machine, and all tasks of a swarm reach one another there. The topology
            keeps what the swarm declares.
        """,
        bad="""
            Task(train, network="overlay")
        """,
        good="""
            Task(train)
        """,
    ),
}
