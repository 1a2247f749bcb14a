"""The topology: all that is needed to start a swarm without its user's source.

A topology is a value. It is compact: daemons come in groups and links join tasks, so its size
does not grow with the product of instances; `swarmdsl.topology.expand` gives the single daemons
and instances. Candidates, links and tasks are referred to by their position on the wire, so the
order of every tuple here is part of the contract (and of the hash).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from swarmdsl.topology.inventory import Node
from swarmdsl.topology.resources import Resources

FORMAT = 1  # of the document; a reader refuses what is newer than itself
RUN = "run"  # as a link's destination: the run itself, which keeps the value

ModuleKind = Literal["function", "daemon", "script", "program", "image"]
BundleEncoding = Literal["zip", "cloudpickle", "installed"]
StreamFormat = Literal["json", "msgpack"]
Method = Literal["all", "any", "maximum", "fixed"]
Policy = Literal["broadcast", "balance", "key", "pair"]
Condition = Literal["finished", "result"]
Delivery = Literal["at_least_once", "at_most_once"]
Overflow = Literal["block", "drop_oldest", "drop_newest"]
Wait = Literal["block", "spin"]
OnNodeLoss = Literal["fail", "continue"]
NetworkDriver = Literal["host", "bridge", "overlay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataType:
    """The type of the pushes of links: its name for people, its fingerprint for machines.

    Attributes:
        name: as people write it; different types of one name are numbered.
        fingerprint: SHA-256 of the schema, which both ends of a link compare.
        schema: what the type is made of, as compact JSON (docs/design/sessions.md has the table);
            None if that is very long.
    """

    name: str
    fingerprint: str
    schema: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A value fixed at compile time: in the document where TOML can say it, else beside it.

    Exactly one of the two is set: `value` is a plain scalar, list or table; `blob` is the
    SHA-256 of a file in `bundles/` that holds the value as MessagePack.

    Attributes:
        value: the value itself: a scalar, a list or a table.
        blob: the name of its file in `bundles/`.
    """

    value: object = None
    blob: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSpec:
    """Packaged code: where it lies and how to enter it.

    Attributes:
        name: unique in the topology.
        kind: how it is run.
        bundle: SHA-256 of its file in `bundles/`; empty when the code is installed on the node.
        encoding: what the bundle is.
        entry: `module:qualname` inside the bundle (`module` alone for a script, the file of a
            program; empty for an image, and a program that is installed).
        image: the container image it asked for; read by container engines.
        command: of a program, with its arguments; empty for all else.
        requirements: the packages it needs, as pip takes them; they were installed where it was
            compiled.
        format: of a program's standard input and output: lines of JSON, or MessagePack objects.
    """

    name: str
    kind: ModuleKind
    bundle: str
    encoding: BundleEncoding
    entry: str
    image: str | None = None
    command: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    format: StreamFormat = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonGroup:
    """Daemons of one shape: one set per node.

    Attributes:
        name: the first half of its daemons' names, `worker` in `worker@node1#0`.
        kind: `worker` hosts function and script instances; `daemon` hosts one instance each.
        nodes: the nodes it spans.
        per_node: how many daemons each node has, by position in `nodes`.
        description: what they are for, for people.
        receiving_port: where each of them listens on the host of its node, if it is of kind
            `daemon`; None for wherever the engine chooses.
    """

    name: str
    kind: Literal["worker", "daemon"]
    nodes: tuple[str, ...]
    per_node: tuple[int, ...]
    description: str | None = None
    receiving_port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """A network that tasks ask for; container engines make it, others pass over it.

    Attributes:
        name: unique in the topology.
        driver: how containers are joined.
    """

    name: str
    driver: NetworkDriver


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """A task: a module and where its instances may run.

    Attributes:
        alias: unique in the topology.
        module: name of its `ModuleSpec`.
        method: the scheduling method as declared, for people and pictures.
        candidates: names of the daemons that may host an instance, best first. A document may say
            `worker@node7#0 .. worker@node5#0` for the daemons of that number on all nodes from one
            to the other, by name and round the end, but for nodes that stand before.
        count: how many of them do, per round.
        fixed: the choice of the first round holds for all rounds.
        inputs: parameters bound to constants.
        datasets: dataset name to path for each candidate's node is taken from the nodes; these
            are the names the task asked for.
        resources: what each instance asks its node for. The candidates have been chosen by it,
            and its memory is a limit where the engine can enforce it.
        labels: what was asked of the nodes' labels, likewise.
        timeout_s: how long one run may take, or one push that a daemon module handles; None for no
            limit.
        retries: how often a run that has failed is done again: where it was, or elsewhere.
        retries_elsewhere: each is done on the next candidate, and after the last on the first.
        env: environment variables of its process, which a function has none of its own of.
        secrets: names of the secrets that it may read; their values are given to the run.
        network: name of its `NetworkSpec`, beside the network that all tasks share; None for the
            latter alone.
        on_node_loss: what becomes of the run when an instance is lost for good and cannot move: it
            fails, or goes on without that instance.
        fused: the name of the run that it shares with the other functions that have this name;
            None if it runs by itself (`swarmdsl.topology.fused`).
    """

    alias: str
    module: str
    method: Method
    candidates: tuple[str, ...]
    count: int
    fixed: bool = False
    inputs: Mapping[str, Constant] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()
    resources: Resources = field(default_factory=Resources)
    labels: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float | None = None
    retries: int = 0
    retries_elsewhere: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    network: str | None = None
    on_node_loss: OnNodeLoss = "fail"
    fused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What of a push decides which instance gets it. Exactly one of the two is set.

    Attributes:
        field: the name of a field, a key of a mapping, or the index in a tuple or list.
        module: name of the `ModuleSpec` whose function gives the key of a value.
    """

    field: str | int | None = None
    module: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSpec:
    """A declared, typed, directed channel between two tasks.

    Attributes:
        source: alias of the task that pushes.
        destination: alias of the task that receives, or `run`: the run itself.
        port: the parameter (function), handler (daemon) or source alias (script, run) that the
            pushes reach; None for a control link, which carries END alone.
        gather: whether the port receives a list over all source instances.
        type: the name of the `DataType` of each push; None on a control link.
        policy: which instances of the destination get a push: all of them, the one with the most
            credit, the one that its key chooses, or the one on the same node.
        key: of the policy `key`; None for any other.
        condition: `finished` if the destination waits until all pushes of a round are there,
            `result` if it runs once for each of them.
        loop: whether the pushes of a round arrive in the next one. They go to the run, which hands
            them out.
        delivery: whether a push is kept until it is confirmed, or forgotten when it is sent.
        overflow: what happens to a push without credit: its sender waits, or one is dropped, which
            only `at_most_once` allows.
        response_timeout_s: a push not confirmed within it is counted; None to count none.
        wait: what the receiver does while nothing comes: sleep, but between pushes that follow
            closely, or look again and again for a moment after each, which is faster and takes a
            processor.
        linger_s: how long a push may be held back, at most, where its receiver is behind or many
            push to it, so that more of them share a frame; 0 to hold back none.
    """

    source: str
    destination: str
    gather: bool
    port: str | None = None
    type: str | None = None
    policy: Policy = "broadcast"
    key: Key | None = None
    condition: Condition = "finished"
    loop: bool = False
    delivery: Delivery = "at_least_once"
    overflow: Overflow = "block"
    response_timeout_s: float | None = None
    wait: Wait = "block"
    linger_s: float = 0.01

    @property
    def to_run(self) -> bool:
        """Whether its pushes go to the run: at the end of the graph, or for the next round."""
        return self.loop or self.destination == RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The named bounds of a swarm, as `Swarm.limits`; each has a default.

    The page `docs/limits.md` says what happens at each of them.

    Attributes:
        inbox_messages: pushes a receiver takes in before it handles them (the credit window).
        unconfirmed_messages: pushes a sender keeps in memory until they are confirmed; beyond, it
            spills them to disk where a round is gathered, and waits elsewhere.
        inbox_bytes: bytes that a receiver takes in before it handles them, likewise.
        unconfirmed_bytes: bytes that a sender keeps in memory, likewise.
        batch_messages: pushes that share one frame.
        push_bytes: what one pushed value may have, encoded; at most 900,000,000.
        push_timeout_s: how long a push may wait for credit before it is given up, and the run.
        call_timeout_s: how long a task waits for the controller's answer.
        start_timeout_s: how long the controller waits for all daemons, or one started anew.
        stop_timeout_s: how long a daemon may take to stop before it is killed, and a source may
            still produce once a stop was asked for.
        restarts: how often a daemon that was lost may be started anew within `restart_window_s`.
        restart_window_s: for how long a loss counts against `restarts`.
        stopped_s: how long a stopped process is waited for before it is killed.
        lease_s: how long a daemon goes on whose controller does not answer.
        controller_grace_s: how long daemons live on when the process of their controller has ended
            unasked, so that another may take its place; 0 ends them at once.
        snapshot_every_s: how long a daemon module may handle pushes without a snapshot.
        statistics_every_s: how long a daemon that has worked may go without telling its statistics;
            0 has none measured.
        steal_after_s: how long a worker must have been idle before it asks the others of its node
            for runs of functions that wait there; 0 has each run where it was dealt to.
        fused_functions: how many functions may run as one where a worker has hundreds of them; 1
            has each run by itself.
        arena_bytes: memory in which a process keeps large arrays that it pushes, where receivers on
            the same host read them; 0 is none, and all are copied.

    >>> from swarmdsl import Limits
    >>> Limits(inbox_messages=64).unconfirmed_messages
    32768
    """

    inbox_messages: int = 8_192
    unconfirmed_messages: int = 32_768
    inbox_bytes: int = 64 * 1024 * 1024
    unconfirmed_bytes: int = 64 * 1024 * 1024
    batch_messages: int = 4_096
    push_bytes: int = 512 * 1024 * 1024
    push_timeout_s: float = 600.0
    call_timeout_s: float = 30.0
    start_timeout_s: float = 60.0
    stop_timeout_s: float = 5.0
    restarts: int = 3
    restart_window_s: float = 60.0
    stopped_s: float = 3.0
    lease_s: float = 60.0
    controller_grace_s: float = 5.0
    snapshot_every_s: float = 1.0
    statistics_every_s: float = 1.0
    steal_after_s: float = 0.005
    fused_functions: int = 64
    arena_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Everything a runtime must know about a swarm; one document, its bundles beside it.

    Attributes:
        name: of the swarm.
        nodes: the machines; a dataset of a node is a name and a path there.
        modules: the packaged code.
        types: of the values that links carry.
        groups: the daemons.
        tasks: what runs, and where it may.
        links: what is pushed from where to where. Their order numbers them.
        globals: what the swarm's globals are at first.
        max_iteration: how many rounds there are; without it one, and those that are asked for.
        limits: the bounds of the swarm.
        networks: that tasks ask for.
        format: of the document; this version reads and writes 1.
    """

    name: str
    nodes: tuple[Node, ...]
    modules: tuple[ModuleSpec, ...]
    types: tuple[DataType, ...] = ()
    groups: tuple[DaemonGroup, ...]
    tasks: tuple[TaskSpec, ...]
    links: tuple[LinkSpec, ...]
    globals: Mapping[str, Constant] = field(default_factory=dict)
    max_iteration: int | None = None
    limits: Limits = field(default_factory=Limits)
    networks: tuple[NetworkSpec, ...] = ()
    format: int = FORMAT
