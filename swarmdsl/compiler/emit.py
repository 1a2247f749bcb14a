"""The last pass: from the draft to the topology, and the files that lie beside it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from swarmdsl.compiler.asked import (
    env_of,
    labels_of,
    resources_of,
    retries_of,
    secrets_of,
    timeout_of,
)
from swarmdsl.compiler.bundle import Bundle
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.limits import limits_of
from swarmdsl.compiler.networks import networks_of
from swarmdsl.compiler.once import once_per_object
from swarmdsl.compiler.retried import retried_elsewhere
from swarmdsl.dsl import Module
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.topology.model import Constant, Key, LinkSpec, ModuleSpec, TaskSpec, Topology
from swarmdsl.wire.codec import encode_constant

INLINE_BYTES_MAX = 4_096  # as JSON; what is longer makes a document that nobody can read
_INTEGER_MAX = 2**63 - 1  # of TOML


@collection_paused()
def emit(draft: Draft) -> Draft:
    """The topology, with bundles and large constants as blobs."""
    packed = [*draft.bundles.values(), *(bundle for _, bundle in draft.keys.values())]
    each_once = {id(one): one for one in packed}.values()
    blobs = {one.sha256: one.data for one in each_once if one.sha256}
    names, key_names, modules = _modules(draft)
    topology = Topology(
        name=str(draft.swarm.name),
        nodes=draft.inventory.nodes,
        modules=tuple(modules),
        types=draft.types,
        groups=draft.groups,
        tasks=tuple(_tasks(draft, names, blobs)),
        links=tuple(_with_key(link, key_names) for link in draft.links),
        globals=_constants(draft.swarm.globals, blobs),
        max_iteration=draft.swarm.max_iteration,
        limits=limits_of(draft.swarm),
        networks=networks_of(draft),
    )
    return replace(draft, topology=topology, blobs=blobs)


def _modules(
    draft: Draft,
) -> tuple[dict[str, str], dict[tuple[str, str], str], list[ModuleSpec]]:
    """Which module each task has, and each edge whose key is a function; all modules, each once.

    Different modules of one name are numbered, the first keeps it.
    """
    specs: dict[tuple[object, ...], ModuleSpec] = {}
    taken: set[str] = set()

    @once_per_object
    def name_of(module: Module, bundle: Bundle) -> str:
        streams = () if module.kind != "program" else (module.format, *(module.command or ()))
        code = (bundle.sha256, bundle.entry, module.image, *streams)
        key = (module.name, _requirements(module), *code)
        if key not in specs:
            specs[key] = _module(module, bundle, _free(module.name, taken))
            taken.add(specs[key].name)
        return specs[key].name

    names = {alias: name_of(module, draft.bundles[alias]) for alias, module in draft.modules()}
    key_names = {edge: name_of(module, bundle) for edge, (module, bundle) in draft.keys.items()}
    return names, key_names, list(specs.values())


def _with_key(link: LinkSpec, names: Mapping[tuple[str, str], str]) -> LinkSpec:
    """The link, with the module whose function gives its keys, if it has one."""
    name = names.get((link.source, link.destination))
    return link if name is None or link.policy != "key" else replace(link, key=Key(module=name))


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _module(module: Module, bundle: Bundle, name: str) -> ModuleSpec:
    assert module.kind is not None
    return ModuleSpec(
        name=name,
        kind=module.kind,
        bundle=bundle.sha256,
        encoding=bundle.encoding,
        entry=bundle.entry,
        image=module.image,
        requirements=_requirements(module),
        command=tuple(module.command or ()),
        format=module.format,
    )


def _requirements(module: Module) -> tuple[str, ...]:
    """Each once and in one order: it has no meaning."""
    return tuple(sorted({one.strip() for one in module.requirements or ()}))


def _tasks(draft: Draft, names: Mapping[str, str], blobs: dict[str, bytes]) -> Iterator[TaskSpec]:
    """Every task in graph order; what was declared alike is worked out once."""
    declared: dict[str, dict[str, Any]] = {}
    for group in draft.graph.alike:
        declared.update(dict.fromkeys(group, _declared(draft, group[0], blobs)))
    elsewhere = frozenset(retried_elsewhere(draft))
    for alias in draft.graph:
        yield TaskSpec(
            alias=alias,
            module=names[alias],
            candidates=draft.hosts[alias],
            count=draft.placements[alias].count,
            retries_elsewhere=alias in elsewhere,
            **declared[alias],
        )


def _declared(draft: Draft, alias: str, blobs: dict[str, bytes]) -> dict[str, Any]:
    """What a task says of itself, whatever it is called and wherever it runs."""
    task, module = draft.task(alias), draft.module(alias)
    return {
        "method": task.method,
        "fixed": bool(task.fixed) or task.method == "fixed",
        "inputs": _constants(draft.inputs(alias), blobs),
        "datasets": tuple(module.datasets),
        "resources": resources_of(task, module),
        "labels": labels_of(task),
        "timeout_s": timeout_of(task, module),
        "retries": retries_of(task, module),
        "env": env_of(task, module),
        "secrets": secrets_of(task, module),
        "network": task.network,
        "on_node_loss": task.on_node_loss,
    }


def _constants(values: Mapping[str, Any], blobs: dict[str, bytes]) -> dict[str, Constant]:
    return {name: _constant(value, blobs) for name, value in sorted(values.items())}


def _constant(value: Any, blobs: dict[str, bytes]) -> Constant:
    if is_plain(value) and len(json.dumps(value)) <= INLINE_BYTES_MAX:
        return Constant(value=value)
    data = encode_constant(value)
    sha256 = hashlib.sha256(data).hexdigest()
    blobs[sha256] = data
    return Constant(blob=sha256)


def is_plain(value: Any) -> bool:
    """Whether TOML and JSON both give the value back as it is.

    >>> is_plain([1, {"a": "b"}]), is_plain(None), is_plain((1, 2))
    (True, False, False)
    """
    if type(value) is dict:
        return all(type(key) is str and is_plain(one) for key, one in value.items())
    if type(value) is list:
        return all(is_plain(one) for one in value)
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is int:
        return abs(value) <= _INTEGER_MAX
    return type(value) in {str, bool}
