"""The diagram of a swarm's tasks, from its topology or from what the compiler found before it."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.graph import TaskGraph
from swarmdsl.compiler.pipeline import Compilation
from swarmdsl.pictures.diagram import RUN, Arrow, Box, Diagram, Style, many, some
from swarmdsl.pictures.marks import marked
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import LinkSpec, ModuleSpec, TaskSpec, Topology


def diagram_of(compilation: Compilation) -> Diagram:
    """The tasks of a compiled swarm, with all that was found; it need not be valid.

    Of a swarm with errors it is known what comes after what, and no more.
    """
    if compilation.topology is not None:
        return marked(tasks_of(compilation.topology), compilation.diagnostics)
    return marked(_sketch(compilation.graph, compilation.name), compilation.diagnostics)


def tasks_of(topology: Topology) -> Diagram:
    """The tasks of a topology, its links between them, and the run that keeps the value."""
    modules = {one.name: one for one in topology.modules}
    boxes = [_box(task, modules[task.module]) for task in topology.tasks]
    arrows = tuple(_arrow(link) for link in topology.links)
    if any(one.destination == RUN for one in arrows):
        boxes.append(Box(id=RUN, title="the run", lines=("keeps the value",), kind="run"))
    nodes = many(len(topology.nodes), "node")
    return Diagram(
        name=topology.name,
        summary=f"{many(len(topology.tasks), 'task')}, {many(len(arrows), 'link')}, {nodes}",
        boxes=tuple(boxes),
        arrows=arrows,
    )


def _box(task: TaskSpec, module: ModuleSpec) -> Box:
    nodes = tuple(dict.fromkeys(node_of(one) for one in task.candidates))
    lines = [f"{module.kind} · {_scheduled(task)}"]
    if module.name != task.alias:
        lines.append(module.name)
    return Box(
        id=task.alias,
        title=task.alias,
        lines=tuple(lines),
        kind=module.kind,
        detail=f"{task.alias}: {module.kind} {module.name}, {_scheduled(task)}, on {some(nodes)}",
    )


def _scheduled(task: TaskSpec) -> str:
    method = f"{task.method}, fixed" if task.fixed and task.method != "fixed" else task.method
    return f"{method} × {task.count}"  # noqa: RUF001 - as it is written where people read it


def _arrow(link: LinkSpec) -> Arrow:
    style: Style = "loop" if link.loop else "control" if link.port is None else "data"
    return Arrow(
        source=link.source,
        destination=link.destination,
        label=_label(link),
        style=style,
        detail=f"{link.source} -> {link.destination}: {', '.join(_said(link))}",
    )


def _label(link: LinkSpec) -> str:
    if link.type is None or link.key is None:
        return link.type or ""
    by = link.key.module if link.key.field is None else link.key.field
    return f"{link.type} by {by}"


def _said(link: LinkSpec) -> Iterator[str]:
    if link.type is None:
        yield "comes after it"
    else:
        yield f"list of {link.type}" if link.gather else link.type
        yield link.policy
        yield link.delivery.replace("_", " ")
    if link.overflow != "block":
        yield link.overflow.replace("_", " ")
    if link.wait == "spin":
        yield "its receiver spins"
    if link.loop:
        yield "in the next round"


def _sketch(graph: TaskGraph, name: str) -> Diagram:
    """What is known of a swarm that has errors."""
    boxes = tuple(
        Box(
            id=alias,
            title=alias,
            lines=(f"{module.kind} · {graph.tasks[alias].method}",),
            kind=module.kind or "function",
            detail=alias,
        )
        for alias, module in graph.modules.items()
    )
    arrows = tuple(
        Arrow(source=source, destination=alias, detail=f"{source} -> {alias}")
        for alias in graph
        for source in graph.predecessors(alias)
    )
    summary = f"{many(len(boxes), 'task')}, {many(len(arrows), 'edge')}"
    return Diagram(name=name, summary=summary, boxes=boxes, arrows=arrows)
