"""What a topology means, task by task: rules 8 to 14 of the semantics as they were decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from swarmdsl.topology.expand import expand_daemons, node_of
from swarmdsl.topology.listening import Listener, listeners
from swarmdsl.topology.model import RUN, LinkSpec, ModuleSpec, TaskSpec, Topology

_SHOWN_MAX = 8  # names in one line
_GIVES = {
    "balance": "each to one instance, whichever takes it first",
    "key": "each to the instance that its key chooses",
    "pair": "each to the instance on the same node",
}


Injected = Mapping[str, Sequence[tuple[str, str]]]
"""Per task, the parameters that are handed in, each with the class of what it gets."""

_NONE: Injected = MappingProxyType({})


def plan(topology: Topology, injected: Injected = _NONE) -> str:
    """The plan as text: the same topology gives the same lines.

    What is handed in (rule 13) stands in no topology, so only who compiles can say it.

    >>> empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
    >>> print(plan(empty), end="")
    none: 0 tasks, 0 daemons on 0 nodes, 1 round and those asked for
    <BLANKLINE>
    run
    """
    modules = {module.name: module for module in topology.modules}
    drawn = _Drawn(topology)
    listening = {one.daemon: one for one in listeners(topology)}
    blocks = [[_head(topology)]]
    for task in topology.tasks:
        at = [listening[host] for host in task.candidates if host in listening]
        handed_in = injected.get(task.alias, ())
        blocks.append([*_task(drawn, task, modules[task.module], at, handed_in)])
    blocks.append(["run", *_run(drawn)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


class _Drawn:
    """The links of a topology by their ends, and how many instances each task has."""

    def __init__(self, topology: Topology) -> None:
        self.into: defaultdict[str, list[LinkSpec]] = defaultdict(list)
        self.out_of: defaultdict[str, list[LinkSpec]] = defaultdict(list)
        self.counts = {task.alias: task.count for task in topology.tasks}
        for link in topology.links:
            self.into[link.destination].append(link)
            self.out_of[link.source].append(link)


def _head(topology: Topology) -> str:
    rounds = topology.max_iteration
    until = "1 round and those asked for" if rounds is None else _many(rounds, "round")
    daemons = sum(1 for _ in expand_daemons(topology))
    return (
        f"{topology.name}: {_many(len(topology.tasks), 'task')}, {_many(daemons, 'daemon')} on "
        f"{_many(len(topology.nodes), 'node')}, {until}"
    )


def _task(
    drawn: _Drawn,
    task: TaskSpec,
    module: ModuleSpec,
    listening: Sequence[Listener],
    handed_in: Sequence[tuple[str, str]],
) -> Iterator[str]:
    into = drawn.into[task.alias]
    code = " ".join(module.command) or module.entry or module.image or ""
    yield f"{task.alias}: {module.kind} {code}"
    yield _line("runs", _when(module, into))
    yield _line("on", _place(task))
    if listening:
        places = _names(f"port {one.port} of {one.host}" for one in listening)
        yield _line("listens", f"at {places}")
    for name, constant in task.inputs.items():
        blob = f"a blob, bundles/{(constant.blob or '')[:12]}…"
        yield _line(
            "input", f"{name} = {_cut(repr(constant.value)) if constant.blob is None else blob}"
        )
    for name, kind in handed_in:
        yield _line("input", f"{name} = {kind}, handed in where it runs")
    for port, links in _by_port(into):
        yield from _port(drawn, module, port, links)
    ends = [link.source for link in into if link.port is None]
    if ends:
        yield _line("after", f"{_names(ends)} (no values, only that it is done)")
    yield from _outputs(drawn, task)


def _when(module: ModuleSpec, into: Sequence[LinkSpec]) -> str:
    results = [link.source for link in into if link.condition == "result"]
    complete = [link.source for link in into if link.condition != "result" and not link.loop]
    if module.kind == "daemon":
        if not into:
            return "once per round, as a source; it lives as long as the run"
        return "for each push, in its handler; it lives as long as the run"
    if results:
        first = f", once {_names(complete)} {_is(complete)} complete" if complete else ""
        return f"for each result of {_names(results)}, as it comes{first}"
    if complete:
        return f"once per round, when {_names(complete)} {_is(complete)} complete"
    return "once per round, from its start"


def _place(task: TaskSpec) -> str:
    hosts = list(task.candidates)
    nodes = len({node_of(host) for host in hosts})
    chosen = "chosen once for all rounds" if task.fixed else "chosen in each round"
    if nodes == 1:
        return f"its only node ({task.method}): {_names(hosts)}"
    if task.count == len(hosts):
        return f"all {nodes} nodes ({task.method}): {_names(hosts)}"
    wanted = f"{task.count} of {nodes} nodes ({task.method})"
    return f"{wanted}, {chosen}, best first: {_names(hosts)}"


def _port(drawn: _Drawn, module: ModuleSpec, port: str, links: Sequence[LinkSpec]) -> Iterator[str]:
    """A parameter, a handler or an entry of `world.inputs`, and what reaches it."""
    name = {"daemon": f"handler {port}", "script": f"world.inputs[{port!r}]"}.get(module.kind, port)
    if module.kind != "daemon" and any(link.gather for link in links):
        types = " | ".join(dict.fromkeys(_type(link) for link in links))
        sources = [f"{_ordered(drawn, link)}{_how(link)}" for link in links]
        yield from _list(f"{name} <- a list of {types}", sources)
        return
    for link in links:
        yield _line("input", f"{name} <- {_type(link)} from {link.source}{_how(link)}")


def _list(what: str, sources: Sequence[str]) -> Iterator[str]:
    """A list and where its values come from, in the order in which they stand in it."""
    if len(sources) == 1:
        yield _line("input", f"{what} from {sources[0]}")
        return
    yield _line("input", f"{what}, in this order:")
    for source in sources:
        yield _line("", f"  {source}")


def _ordered(drawn: _Drawn, link: LinkSpec) -> str:
    """A source of a list; its instances follow one another by the names of their nodes."""
    count = drawn.counts[link.source]
    if count == 1 or link.policy == "pair":
        return link.source
    return f"{link.source}, {_many(count, 'instance')} by the names of their nodes"


def _how(link: LinkSpec) -> str:
    """What is not the same for every link."""
    told = [_GIVES[link.policy]] if link.policy in _GIVES else []
    if link.loop:
        told.append("of the round before, by way of the run")
    if link.delivery == "at_most_once":
        told.append(f"at most once, {link.overflow} where there is no room")
    if link.wait == "spin":
        told.append("waited for without sleeping")
    return f" ({'; '.join(told)})" if told else ""


def _outputs(drawn: _Drawn, task: TaskSpec) -> Iterator[str]:
    for link in drawn.out_of[task.alias]:
        if link.port is not None:
            to = RUN if link.destination == RUN else f"{link.destination}.{link.port}"
            later = " in the next round" if link.loop else ""
            yield _line("output", f"{_type(link)} -> {to}{later}")


def _run(drawn: _Drawn) -> Iterator[str]:
    for link in drawn.into[RUN]:
        if link.port is None:
            yield _line("after", f"{link.source} (no values, only that it is done)")
        elif link.gather:
            yield from _list(f"a list of {_type(link)}", [_ordered(drawn, link)])
        else:
            yield _line("input", f"{_type(link)} from {link.source}")


def _by_port(links: Iterable[LinkSpec]) -> list[tuple[str, list[LinkSpec]]]:
    found: dict[str, list[LinkSpec]] = {}
    for link in links:
        if link.port is not None:
            found.setdefault(link.port, []).append(link)
    return list(found.items())


def _line(label: str, text: str) -> str:
    return f"  {label:<7} {text}"


def _type(link: LinkSpec) -> str:
    return link.type or ""


def _is(names: Sequence[str]) -> str:
    return "are" if len(set(names)) > 1 else "is"


def _names(names: Iterable[str]) -> str:
    each = list(dict.fromkeys(names))
    more = f" and {len(each) - _SHOWN_MAX} more" if len(each) > _SHOWN_MAX else ""
    return ", ".join(each[:_SHOWN_MAX]) + more


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
