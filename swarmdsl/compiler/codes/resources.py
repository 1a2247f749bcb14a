"""SW308 to SW329: resources, labels, and what the nodes have of them."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW308": Code(
        title="resources are not well written",
        explanation="""
            `resources=` names amounts of `cpu` (a number, as in 2 or 0.5), `memory` (bytes, or a
            text with a unit: KiB, MiB, GiB, TiB, PiB of 1024, kB, MB, GB, TB, PB of 1000; the B may
            be left out) and `gpu` (a whole number). None is negative; 0 asks for none. A number of
            `memory` without a unit is bytes, so 256 is not 256 MiB; less than 1 MiB is refused.
        """,
        bad="""
            Module("train.py", resources={"cpus": 2, "memory": "4 gigs"})
        """,
        good="""
            Module("train.py", resources={"cpu": 2, "memory": "4GiB"})
        """,
    ),
    "SW309": Code(
        title="no node has so much",
        explanation="""
            A task asks for more of a resource than any single node of the inventory has, whatever
            else it asks for. An instance runs on one node, so two smaller nodes do not help.
        """,
        bad="""
            Task(train, resources={"memory": "128GiB"})  # the largest node has 64GiB
        """,
        good="""
            Task(train, resources={"memory": "64GiB"})
        """,
    ),
    "SW310": Code(
        title="no node has a GPU",
        explanation="""
            A task asks for a GPU, with `gpu=True` or `resources={"gpu": ...}`, and no node of the
            inventory has one. Nodes have none unless it says so, and virtual nodes never have.
        """,
        bad="""
            Task(train, gpu=True)  # no [[node]] says gpus = 1
        """,
        good="""
            Task(train)
        """,
    ),
    "SW311": Code(
        title="fewer nodes than the maximum have what is asked for",
        severity="warning",
        explanation="""
            A task may run on `maximum=` nodes, and so many are there, but its resources, labels or
            datasets leave it fewer. It runs on those. The finding lists how many nodes each request
            has left.
        """,
        bad="""
            Task(train, "maximum", maximum=3, gpu=True)  # two of the four nodes have a GPU
        """,
        good="""
            Task(train, "maximum", maximum=2, gpu=True)
        """,
    ),
    "SW312": Code(
        title="daemons together ask for more than all nodes have",
        explanation="""
            Daemons live for the whole run, so each of their instances holds what it asks for. All
            together they ask for more of a resource than all nodes of the inventory have.
        """,
        bad="""
            [Task(Detector, "any", alias=f"d{i}", gpu=True) for i in range(3)]  # there are two GPUs
        """,
        good="""
            [Task(Detector, "any", alias=f"d{i}", gpu=True) for i in range(2)]
        """,
    ),
    "SW313": Code(
        title="tasks ask at once for more than their node has",
        severity="warning",
        explanation="""
            Tasks that may run at the same time on one node ask together for more of a resource than
            it has: its daemons, and of the other tasks as many as it has slots, none of which waits
            for another. Nothing keeps them apart, so they compete for it.
        """,
        bad="""
            [Task(train, alias=f"t{i}", inputs={"part": i}, gpu=True) for i in range(2)]
            # one node: slots = 2, gpus = 1
        """,
        good="""
            [Task(train, alias=f"t{i}", inputs={"part": i}, gpu=True) for i in range(2)]
            # one node: slots = 1, gpus = 1; the tasks take turns
        """,
    ),
    "SW314": Code(
        title="the same work is done on every node",
        severity="warning",
        explanation="""
            A function with `inputs=` runs by default on one node. With `method="all"` it runs on
            every node with the same inputs, and nothing in it depends on the node: no dataset, no
            `Local` or `World`, no edge that deals values out.
        """,
        bad="""
            Task(square, method="all", inputs={"number": 3})
        """,
        good="""
            Task(square, method="any", inputs={"number": 3})
        """,
    ),
    "SW315": Code(
        title="memory is not compared",
        severity="info",
        explanation="""
            A task asks for memory, and a node that may run it does not state how much it has. It is
            taken to have enough. Virtual nodes, those of `--nodes 4`, state none.
        """,
        bad="""
            Task(train, resources={"memory": "4GiB"})  # [[node]] without memory
        """,
        good="""
            Task(train, resources={"memory": "4GiB"})  # [[node]] with memory = "64GiB"
        """,
    ),
    "SW316": Code(
        title="what this kind of module cannot have",
        explanation="""
            A run that fails can be done again only if it leaves nothing behind: a function, a
            script or a program gets its inputs once more, but a daemon module has changed its state
            by then. And environment variables belong to a process: a script, a program and a daemon
            module have one of their own, while functions share the workers of their node.
        """,
        bad="""
            Task(train, env={"OMP_NUM_THREADS": "1"})  # a function
        """,
        good="""
            Task(Module("train.py"), env={"OMP_NUM_THREADS": "1"})  # a script
        """,
    ),
    "SW318": Code(
        title="nothing to go on with",
        explanation="""
            With `on_node_loss="continue"` a run goes on without an instance that is lost for good,
            with the others of its task. A task with `method="any"` has one instance, and no others;
            `inputs` without a method means `any` as well. Such an instance moves to another node,
            if there is one, whatever `on_node_loss` says.
        """,
        bad="""
            Task(train, method="any", on_node_loss="continue")
        """,
        good="""
            Task(train, method="all", on_node_loss="continue")
        """,
    ),
    "SW320": Code(
        title="a node is left out, and has a dataset of nearly the name",
        severity="warning",
        explanation="""
            A task runs on all nodes that have its datasets, and one is left out for want of a
            dataset, but has one whose name differs by a slip: a letter, two that have changed
            places, capitals, a hyphen. Nothing is said where both names are in use: where a node
            has both, or a module asks for the other. Names that differ by a number, or by a word of
            one letter, are taken for two.
        """,
        bad="""
            @module(datasets=["numbers"])
            def total(local: Local) -> int: ...

            Inventory(nodes=(
                Node(name="north", datasets={"numbers": "/data/numbers"}),
                Node(name="south", datasets={"number": "/data/numbers"}),
            ))
        """,
        good="""
            Inventory(nodes=(
                Node(name="north", datasets={"numbers": "/data/numbers"}),
                Node(name="south", datasets={"numbers": "/data/numbers"}),
            ))
        """,
    ),
    "SW321": Code(
        title="a dataset is not where the inventory says",
        severity="warning",
        explanation="""
            An inventory file says where a dataset lies, a module asks for it, and nothing is there.
            Only nodes that are this machine are looked at: of others nothing is known when a swarm
            is compiled, nor of one that is `expected`. A relative path starts at the folder of the
            inventory file, wherever the command is started.
        """,
        bad="""
            # nodes.toml, beside data/digits.npz
            # [[node]]
            # name = "north"
            # datasets = { digits = "digits.npz" }

            @module(datasets=["digits"])
            def train(local: Local) -> int: ...
        """,
        good="""
            # nodes.toml, beside data/digits.npz
            # [[node]]
            # name = "north"
            # datasets = { digits = "data/digits.npz" }

            @module(datasets=["digits"])
            def train(local: Local) -> int: ...
        """,
    ),
}
