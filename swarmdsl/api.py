"""The public `Swarm`, and what runs one: the one place where the compiler and the runtime meet.

This module is imported by every daemon whose user's code says `from swarmdsl import Swarm`, so it
names the compiler and the launcher and loads them when they are first used.
"""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from swarmdsl import dsl
from swarmdsl.dsl import Inventory, Node
from swarmdsl.dsl.inventory import inventory_made_by
from swarmdsl.errors import InventoryError
from swarmdsl.light.context import refuse_run_if_forbidden
from swarmdsl.runs import BackgroundRun, Run

if TYPE_CHECKING:
    import networkx as nx

    from swarmdsl.compiler import Compilation
    from swarmdsl.compiler.diagnostics import Diagnostic
    from swarmdsl.control.happenings import Observer
    from swarmdsl.control.home import RunFolder
    from swarmdsl.control.launch import LaunchOptions, Outcome
    from swarmdsl.control.stored_run import StoredRun
    from swarmdsl.topology.model import Topology

_COMPILE = "swarmdsl.compiler.pipeline:compile_swarm"
_MIMEBUNDLE = "swarmdsl.pictures.notebook:mimebundle_of"
_TASK_GRAPH = "swarmdsl.compiler.task_graph:task_graph"
_LAUNCH = "swarmdsl.control.launch:launch"
_SECRETS = "swarmdsl.control.secrets:Secrets"
_LAUNCH_OPTIONS = "swarmdsl.control.launch:LaunchOptions"
_TELL_FINDINGS = "swarmdsl.control.foreground:tell_findings"
_TELL_END = "swarmdsl.control.foreground:tell_end"
_RESUME = "swarmdsl.control.launch:resume"
_DEFAULT_HOME = "swarmdsl.control.home:default_home"
_FIND_RUN = "swarmdsl.control.home:find_run"
_STORED_RUN = "swarmdsl.control.stored_run:StoredRun"
_START_DETACHED = "swarmdsl.control.detach:start_detached"

_CLUSTERS = "swarmdsl.deploy.clusters:CLUSTERS"
_NODES_OF = "swarmdsl.deploy.clusters:nodes_of"

_IMMEDIATE = "immediate"  # as in control.launch

Nodes = int | str | Path | Inventory | Sequence[Node]
"""What `nodes=` takes: how many virtual nodes, the path of an inventory file, the name of a cluster
that knows its nodes (`docker-swarm`), or the nodes."""


def inventory_of(nodes: Nodes, environment: Mapping[str, str] | None = None) -> Inventory:
    """The inventory that `nodes=` means; virtual nodes share this machine's cores.

    Args:
        nodes: what was given.
        environment: says where a cluster is; by default that of this process.

    Raises:
        InventoryError: the file cannot be read or is wrong, or the number is not positive.
        EngineError: the cluster does not answer.

    >>> [node.name for node in inventory_of(3).nodes]
    ['node1', 'node2', 'node3']
    """
    match nodes:
        case Inventory():
            return nodes
        case int():
            if nodes < 1:
                raise InventoryError(f"nodes={nodes}", ["a swarm needs at least one node"])
            return Inventory.local(nodes=nodes, cores=_cores())
        case str() if nodes in pkgutil.resolve_name(_CLUSTERS):
            return inventory_made_by(
                None, pkgutil.resolve_name(_NODES_OF)(nodes, environment or os.environ)
            )
        case str() | Path():
            return dsl.load_inventory(nodes)
        case _:
            return Inventory(nodes=tuple(nodes))


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Swarm(dsl.Swarm):
    """A distributed program: subclass it, say in `execute` how its tasks hang together, run it.

    >>> from swarmdsl import Swarm, Task, module
    >>> @module
    ... def greet(name: str) -> str:
    ...     return f"hello {name}"
    >>> class Greeting(Swarm):
    ...     def execute(self):
    ...         return Task(greet, inputs={"name": "world"})
    >>> Greeting().run().value
    'hello world'
    """

    def compile(self, nodes: Nodes = 1) -> Compilation:
        """Compile for these nodes; the findings are in the result, nothing is raised for them."""
        compile_swarm: Callable[..., Compilation] = pkgutil.resolve_name(_COMPILE)
        return compile_swarm(self, inventory_of(nodes))

    def check(self, nodes: Nodes = 1) -> tuple[Diagnostic, ...]:
        """Everything the compiler has to say about this swarm on these nodes."""
        return self.compile(nodes).diagnostics

    def prepare_graph(self) -> nx.DiGraph[str]:
        """The tasks and what they come after, as a new `networkx.DiGraph`; nothing is checked.

        A graph with cycles is given as it is: ask `has_cycles`. Nodes are the aliases, sources
        before what comes after them. The graph has the attribute `name`: that of the swarm.

        Attributes of a node:
            module: the name of its module.
            kind: how the module is run, as in `Module.kind`.
            method, maximum, fixed, network: as they were given to `Task`.
            order: how many tasks the longest way to it has; those of a cycle share one number.

        Attributes of an edge:
            condition: its `Condition`.
            policy: how pushes are spread: `broadcast`, `balance`, `key` or `pair`.

        Raises:
            CompileError: execute() raised, or returned what is no task, or called a task with it.

        >>> from swarmdsl import Swarm, Task, has_cycles
        >>> def double(number: int) -> int:
        ...     return 2 * number
        >>> class Twice(Swarm):
        ...     def execute(self):
        ...         return Task(double, alias="b")(Task(double, alias="a", inputs={"number": 1}))
        >>> graph = Twice().prepare_graph()
        >>> list(graph.edges), graph.nodes["b"]["order"], has_cycles(graph)
        ([('a', 'b')], 1, False)
        """
        task_graph: Callable[..., nx.DiGraph[str]] = pkgutil.resolve_name(_TASK_GRAPH)
        return task_graph(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What a notebook shows of a swarm: its graph, with what is wrong drawn where it is."""
        mimebundle: Callable[..., dict[str, str]] = pkgutil.resolve_name(_MIMEBUNDLE)
        return mimebundle(self.compile())

    @overload
    def run(
        self,
        nodes: Nodes | None = None,
        *,
        engine: str = "process",
        base_image: str = "python:3.11-slim",
        registry: str = "",
        transport: str = "unix",
        home: str | Path | None = None,
        environment: Mapping[str, str] | None = None,
        observers: Sequence[Observer] = (),
        background: Literal[False] = False,
        secrets: Mapping[str, str | bytes] | None = None,
        immediate: bool = False,
    ) -> Run: ...

    @overload
    def run(
        self,
        nodes: Nodes | None = None,
        *,
        engine: str = "process",
        base_image: str = "python:3.11-slim",
        registry: str = "",
        transport: str = "unix",
        home: str | Path | None = None,
        environment: Mapping[str, str] | None = None,
        background: Literal[True],
        secrets: Mapping[str, str | bytes] | None = None,
    ) -> BackgroundRun: ...

    def run(
        self,
        nodes: Nodes | None = None,
        *,
        engine: str = "process",
        base_image: str = "python:3.11-slim",
        registry: str = "",
        transport: str = "unix",
        home: str | Path | None = None,
        environment: Mapping[str, str] | None = None,
        observers: Sequence[Observer] = (),
        background: bool = False,
        secrets: Mapping[str, str | bytes] | None = None,
        immediate: bool = False,
    ) -> Run | BackgroundRun:
        """Run to the end, and return how it ended; or only begin, and return a handle.

        Ctrl-C ends the run in good order, and a second one at once; then `KeyboardInterrupt` is
        raised, as by any other call. What the compiler warns of, and that the run failed, is
        told by the logger `swarmdsl`: on stderr, unless the program has set up `logging`.

        Args:
            nodes: how many virtual nodes, an inventory file, a cluster, or the nodes themselves; by
                default all that the engine knows, if it is a cluster, and else one.
            engine: what starts the daemons: `process`, or, each in a container, `docker` on this
                machine and `docker-swarm` on the nodes of a cluster.
            base_image: what images are made from, if the engine has containers.
            registry: where the nodes of a cluster find the images, as in `host:5000/swarms`.
            transport: how processes speak: `unix`, or `tcp`, which encrypts; see the guide.
            home: where the run is kept; by default where `SWARM_HOME` says, or the user's state
                folder.
            environment: of the daemons; by default that of this process.
            observers: called with everything that happens, in this thread.
            background: let another process look after the run, which goes on when this one ends;
                returns as soon as the daemons are connected. It has no observers here.
            secrets: the values of what tasks declare as secrets, by name; only the memory of the
                process that looks after the run holds them.
            immediate: run everything in this process and thread, so that a debugger can stop in a
                task. Nothing is started but programs and what they start; time limits of tasks are
                not enforced.

        Raises:
            CompileError: the swarm has errors; nothing was started.
            KindNotStarted: a task is an image or a program that the engine does not start.
            PortsNotOpened: a task has a port, and the engine opens none.
            EngineError: the engine cannot begin to work: no Docker, no base image, no space.
            PlatformUnsupported: daemons cannot run on this system.
            RunNotStarted: the process of a run in the background did not live so long.
            RunRefused: a daemon, or a command that only loads the swarm, runs this code.
            SecretsWrong: the secrets are not exactly those that the tasks declare.
            TransportError: there is no such transport, or it cannot be used here.
            ExtraMissing: `immediate=True` needs greenlet, and it is not installed.
            KeyboardInterrupt: Ctrl-C was pressed; `open_run` gives what is there of the run.
            ValueError: observers for a run in the background; or an immediate run that is to be in
                the background, or to have another engine or transport.
        """
        refuse_run_if_forbidden()
        if immediate:
            _refuse_elsewhere(engine, transport, background=background)
        if background and observers:
            raise ValueError(
                "observers= is called in this process, and background=True runs the swarm in "
                "another: leave one of them out"
            )
        compilation = self.compile(_nodes_for(nodes, engine, environment))
        topology = compilation.require()
        pkgutil.resolve_name(_TELL_FINDINGS)(compilation.diagnostics)
        if background:
            return start_topology(
                topology,
                compilation.bundles,
                engine=engine,
                base_image=base_image,
                registry=registry,
                transport=transport,
                home=home,
                environment=environment,
                types=compilation.sink_types,
                secrets=secrets,
            )
        return run_topology(
            topology,
            compilation.bundles,
            engine=engine,
            base_image=base_image,
            registry=registry,
            transport=transport,
            home=home,
            environment=environment,
            observers=observers,
            types=compilation.sink_types,
            secrets=secrets,
            immediate=immediate,
            programs=compilation.programs,
            ended=partial(pkgutil.resolve_name(_TELL_END), observers=observers),
        )


def _nodes_for(
    nodes: Nodes | None, engine: str, environment: Mapping[str, str] | None
) -> Inventory:
    """The inventory of a run; a cluster is asked where the environment of the run says."""
    clusters = pkgutil.resolve_name(_CLUSTERS)
    if nodes is None:
        nodes = engine if engine in clusters else 1
    return inventory_of(nodes, os.environ if environment is None else environment)


def _refuse_elsewhere(engine: str, transport: str, *, background: bool) -> None:
    """What cannot be said of a run in this process."""
    if background:
        raise ValueError(
            "immediate=True runs the swarm in this process, and background=True in another: "
            "leave one of them out"
        )
    if engine != "process":
        raise ValueError(
            f"immediate=True starts no daemons, so engine={engine!r} would have nothing to do: "
            "leave one of them out"
        )
    if transport != "unix":
        raise ValueError(
            f"immediate=True has one process, so transport={transport!r} would have nothing to "
            "carry: leave one of them out"
        )


def run_topology(
    topology: Topology,
    bundles: Mapping[str, bytes],
    *,
    engine: str = "process",
    base_image: str = "python:3.11-slim",
    registry: str = "",
    transport: str = "unix",
    home: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    observers: Sequence[Observer] = (),
    types: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str | bytes] | None = None,
    immediate: bool = False,
    programs: Mapping[str, Callable[..., Any]] | None = None,
    say: Callable[[str], None] = lambda _text: None,
    ended: Callable[[Outcome], None] = lambda _outcome: None,
) -> Run:
    """Run a topology to its end: what `Swarm.run` does with what it compiled.

    `ended` is told how, and may raise.
    """
    options = _options(
        home,
        environment,
        secrets,
        engine=_IMMEDIATE if immediate else engine,
        base_image=base_image,
        registry=registry,
        transport=transport,
        observers=tuple(observers),
        programs=programs or {},
        say=say,
    )
    outcome: Outcome = pkgutil.resolve_name(_LAUNCH)(topology, bundles, options)
    ended(outcome)
    stored = _stored(outcome.folder, topology, types)
    return Run(stored, outcome.state, outcome.reason)


def start_topology(
    topology: Topology,
    bundles: Mapping[str, bytes],
    *,
    engine: str = "process",
    base_image: str = "python:3.11-slim",
    registry: str = "",
    transport: str = "unix",
    home: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    types: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str | bytes] | None = None,
) -> BackgroundRun:
    """Begin to run a topology in the background: `Swarm.run(background=True)`."""
    options = _options(
        home,
        environment,
        secrets,
        engine=engine,
        base_image=base_image,
        registry=registry,
        transport=transport,
    )
    folder = pkgutil.resolve_name(_START_DETACHED)(topology, bundles, options)
    without_secrets = _options(home, environment, None, engine=engine)
    return BackgroundRun(_stored(folder, topology, types), without_secrets)


def _stored(folder: RunFolder, topology: Topology, types: Mapping[str, Any] | None) -> StoredRun:
    """A run of a topology that is at hand, and need not be read from its folder."""
    made: StoredRun = pkgutil.resolve_name(_STORED_RUN)(
        folder=folder, topology=topology, types=types or {}
    )
    return made


def _options(
    home: str | Path | None,
    environment: Mapping[str, str] | None,
    secrets: Mapping[str, str | bytes] | None,
    **others: Any,
) -> LaunchOptions:
    made: LaunchOptions = pkgutil.resolve_name(_LAUNCH_OPTIONS)(
        home=_home(home),
        environment=os.environ.copy() if environment is None else environment,
        secrets=pkgutil.resolve_name(_SECRETS)(secrets),
        **others,
    )
    return made


def _home(home: str | Path | None) -> Path:
    """Where runs are kept, as the user said or as the environment of this process says."""
    if home is not None:
        return Path(home).absolute()
    found: Path = pkgutil.resolve_name(_DEFAULT_HOME)(os.environ)
    return found


def open_run(run: str = "last", *, home: str | Path | None = None) -> BackgroundRun:
    """A run that was begun before, by whomever: to be read if it has ended, else asked and ended.

    Args:
        run: its id, a beginning of the id that no other run has, or `last`, the newest one.
        home: where runs are kept; by default where `SWARM_HOME` says, or the user's state folder.

    Returns:
        Its handle. Values of types of your own come as plain data.

    Raises:
        RunNotFound: no run, or more than one, is named so.

    >>> from swarmdsl import Swarm, Task, module, open_run
    >>> @module
    ... def count(word: str) -> int:
    ...     return len(word)
    >>> class Count(Swarm):
    ...     def execute(self):
    ...         return Task(count, inputs={"word": "swarm"})
    >>> id = Count().run().id
    >>> open_run(id).value, open_run(id).wait().reason.text
    (5, '1 round finished')
    """
    options = _options(home, None, None)
    folder = pkgutil.resolve_name(_FIND_RUN)(options.home, run)
    return BackgroundRun(pkgutil.resolve_name(_STORED_RUN).open(folder), options)


def resume_run(
    run: str,
    *,
    home: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    observers: Sequence[Observer] = (),
    secrets: Mapping[str, str | bytes] | None = None,
) -> Run:
    """Look after a run whose controller died, to its end; `run` names it as in `swarm resume`.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        RunNotResumable: it has ended, or a living process looks after it.
        SecretsWrong: the secrets, which no file has, must be given again, and were not.
    """
    options = _options(home, environment, secrets, observers=tuple(observers))
    found = pkgutil.resolve_name(_FIND_RUN)(options.home, run)
    outcome = pkgutil.resolve_name(_RESUME)(found, options)
    stored = pkgutil.resolve_name(_STORED_RUN).open(outcome.folder)
    return Run(stored, outcome.state, outcome.reason)
