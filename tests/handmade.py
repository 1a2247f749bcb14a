"""Topologies written by hand: small enough to see through, and no compiler in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from swarmdsl.topology.expand import daemon_name, node_of
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import (
    RUN,
    DaemonGroup,
    DataType,
    Limits,
    LinkSpec,
    ModuleKind,
    ModuleSpec,
    OnNodeLoss,
    Policy,
    TaskSpec,
    Topology,
)
from swarmdsl.wire.types import describe

_TYPES: dict[str, DataType] = {}  # that links were made with, by name


def task(
    alias: str,
    kind: ModuleKind = "function",
    nodes: Sequence[str] = ("n1",),
    *,
    count: int | None = None,
    fixed: bool = False,
    module: str | None = None,
    on_node_loss: OnNodeLoss = "fail",
) -> tuple[TaskSpec, ModuleSpec]:
    """A task and its module. Daemons live alone, all others in the worker of their node."""
    group = alias if kind == "daemon" else "worker"
    spec = TaskSpec(
        alias=alias,
        module=module or alias,
        method="all" if count is None else "maximum",
        candidates=tuple(daemon_name(group, node, 0) for node in nodes),
        count=len(nodes) if count is None else count,
        fixed=fixed,
        on_node_loss=on_node_loss,
    )
    name = module or alias
    code = ModuleSpec(name=name, kind=kind, bundle="", encoding="installed", entry=f"code:{name}")
    return spec, code


def link(
    source: str,
    destination: str = RUN,
    port: str | None = "value",
    carries: Any = int,
    *,
    gather: bool = False,
    policy: Policy = "broadcast",
) -> LinkSpec:
    """A link; one without a port carries END alone."""
    described = None if port is None else describe(carries)
    if described is not None:
        _TYPES[described.name] = described
    name = None if described is None else described.name
    return LinkSpec(
        source=source, destination=destination, port=port, gather=gather, type=name, policy=policy
    )


def topology(
    tasks: Sequence[tuple[TaskSpec, ModuleSpec]],
    links: Sequence[LinkSpec] = (),
    *,
    max_iteration: int | None = None,
    limits: Limits | None = None,
    expected: Sequence[str] = (),
) -> Topology:
    """A topology of these tasks and links; nodes that are expected may come later."""
    modules = {code.name: code for _, code in tasks}
    hosts = dict.fromkeys(host for spec, _ in tasks for host in spec.candidates)
    by_group: dict[str, list[str]] = {}
    for host in hosts:
        by_group.setdefault(host.partition("@")[0], []).append(node_of(host))
    return Topology(
        name="handmade",
        nodes=tuple(
            Node(name=node, expected=node in expected)
            for node in sorted({node_of(host) for host in hosts})
        ),
        modules=tuple(modules.values()),
        types=tuple(_TYPES[name] for name in sorted({one.type for one in links if one.type})),
        groups=tuple(
            DaemonGroup(
                name=group,
                kind="worker" if group == "worker" else "daemon",
                nodes=tuple(nodes),
                per_node=(1,) * len(nodes),
            )
            for group, nodes in by_group.items()
        ),
        tasks=tuple(spec for spec, _ in tasks),
        links=tuple(links),
        max_iteration=max_iteration,
        limits=limits or Limits(),
    )


def chain(limits: Limits | None = None, max_iteration: int | None = None) -> Topology:
    """A function `source`, a daemon `double` and a gathering function `total`, then the run."""
    return topology(
        [task("source"), task("double", "daemon", ["n2"]), task("total", nodes=["n2"])],
        [
            link("source", "double", "handle"),
            link("double", "total", "values", gather=True),
            link("total"),
        ],
        limits=limits,
        max_iteration=max_iteration,
    )
