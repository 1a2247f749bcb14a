"""What differs between two topologies, told by the names that people know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import DaemonGroup, DataType, LinkSpec, Topology
from swarmdsl.topology.places import written

Kind = Literal["added", "removed", "changed"]
What = Literal[
    "swarm",
    "node",
    "module",
    "type",
    "network",
    "daemon",
    "group",
    "task",
    "link",
    "global",
    "limit",
]
Fields = Mapping[str, object]

WithinType = Callable[[str, str], Iterable[tuple[str, str, str]]]
"""From two schemas to all in which they differ: the field, what it was, and what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference.

    Attributes:
        kind: whether the thing is new, gone, or there with another value.
        what: the kind of thing.
        name: of the thing; a link is named by its ends, as `count -> add.counts`.
        field: what of it has changed; `order` if its place among the others has.
        old: the value before.
        new: the value now.
    """

    kind: Kind
    what: What
    name: str
    field: str | None = None
    old: object = None
    new: object = None


def differences(
    old: Topology, new: Topology, within_type: WithinType | None = None
) -> tuple[Change, ...]:
    """Everything that differs; nothing exactly if the two are equal.

    Args:
        old: the one before.
        new: the one now.
        within_type: says what differs between two schemas; without it a type that has changed is
            told by its fingerprint.

    >>> from dataclasses import replace
    >>> one = Topology(name="one", nodes=(), modules=(), groups=(), tasks=(), links=())
    >>> differences(one, replace(one, max_iteration=3))
    (Change(kind='changed', what='swarm', name='one', field='max_iteration', old=None, new=3),)
    """
    return (
        *_fields("swarm", new.name, _swarm(old), _swarm(new)),
        *_section("node", _named(old.nodes), _named(new.nodes)),
        *_daemons(old, new),
        *_section("module", _named(old.modules), _named(new.modules)),
        *_types(_by_name(old.types), _by_name(new.types), within_type),
        *_section("network", _named(old.networks), _named(new.networks)),
        *_section("task", _named(old.tasks, "alias"), _named(new.tasks, "alias")),
        *_section("link", _links(old.links), _links(new.links)),
        *_unordered("global", old.globals, new.globals),
        *_fields("limit", "limits", _flat(old.limits), _flat(new.limits)),
    )


def link_name(link: LinkSpec) -> str:
    """A link as people name it: its ends, and the parameter or handler that it reaches.

    >>> link_name(LinkSpec(source="a", destination="b", gather=False, port="x"))
    'a -> b.x'
    """
    loop = " (loop)" if link.loop else ""
    port = "" if link.port is None else f".{link.port}"
    return f"{link.source} -> {link.destination}{port}{loop}"


def _swarm(topology: Topology) -> Fields:
    return {
        "name": topology.name,
        "max_iteration": topology.max_iteration,
        "format": topology.format,
    }


def _named(things: Iterable[Any], key: str = "name") -> dict[str, Fields]:
    return {getattr(one, key): _flat(one) for one in things}


def _types(
    old: Mapping[str, DataType], new: Mapping[str, DataType], within_type: WithinType | None
) -> Iterator[Change]:
    yield from _came_and_went("type", old, new)
    for name in new:
        if name not in old or old[name] == new[name]:
            continue
        before, after = old[name].schema, new[name].schema
        if within_type is None or before is None or after is None:
            yield from _fields("type", name, _flat(old[name]), _flat(new[name]))
            continue
        for where, was, now in within_type(before, after):
            yield Change(
                kind="changed", what="type", name=name, field=where or "type", old=was, new=now
            )


def _by_name(types: Iterable[DataType]) -> dict[str, DataType]:
    return {one.name: one for one in types}


def _links(links: Iterable[LinkSpec]) -> dict[str, Fields]:
    """Links by name; where types part their ways, several have one, and are numbered."""
    found: dict[str, Fields] = {}
    times: defaultdict[str, int] = defaultdict(int)
    for link in links:
        name = link_name(link)
        times[name] += 1
        found[name if times[name] == 1 else f"{name} #{times[name]}"] = _flat(link)
    return found


def _daemons(old: Topology, new: Topology) -> Iterator[Change]:
    """Daemons that came and went; of a group, only what its daemons do not show."""
    before = {one.name: one.group for one in expand_daemons(old)}
    after = {one.name: one.group for one in expand_daemons(new)}
    moved = _came_and_went("daemon", before, after)
    yield from moved
    told = {(before | after)[change.name] for change in moved}
    yield from _section("group", _groups(old.groups, told), _groups(new.groups, told))


def _groups(groups: Iterable[DaemonGroup], told: set[str]) -> dict[str, Fields]:
    """The groups by name; of those whose daemons have told it, without what daemons tell."""
    named = {one.name: _flat(one) for one in groups}
    by_daemons = ("nodes", "per_node")
    return {
        name: {key: one for key, one in said.items() if name not in told or key not in by_daemons}
        for name, said in named.items()
    }


def _section(what: What, old: Mapping[str, Fields], new: Mapping[str, Fields]) -> Iterator[Change]:
    """Things that stand in an order, which is part of what they are."""
    yield from _came_and_went(what, old, new)
    for name in new:
        if name in old:
            yield from _fields(what, name, old[name], new[name])
    before = [name for name in old if name in new]
    after = [name for name in new if name in old]
    if before != after:
        yield Change(
            kind="changed", what=what, name=f"{what}s", field="order", old=before, new=after
        )


def _unordered(what: What, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    yield from _came_and_went(what, old, new)
    for name in new:
        if name in old:
            yield from _fields(what, name, _flat(old[name]), _flat(new[name]))


def _came_and_went(what: What, old: Iterable[str], new: Iterable[str]) -> list[Change]:
    before, after = dict.fromkeys(old), dict.fromkeys(new)
    return [
        *(Change(kind="removed", what=what, name=name) for name in before if name not in after),
        *(Change(kind="added", what=what, name=name) for name in after if name not in before),
    ]


def _fields(what: What, name: str, old: Fields, new: Fields) -> Iterator[Change]:
    for key in {**old, **new}:
        before, after = old.get(key), new.get(key)
        if repr(before) != repr(after):  # 1, 1.0 and true are not the same value
            yield Change(kind="changed", what=what, name=name, field=key, old=before, new=after)


def _flat(thing: object) -> Fields:
    """The fields of a thing, with those inside its tables: `type.name`, `inputs.rate.value`."""
    return dict(_leaves(msgspec.to_builtins(thing, order="deterministic"), ()))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and (value or path):
        if not value:
            yield written(path), {}
        for key, one in value.items():
            yield from _leaves(one, (*path, key))
    elif value is not None:
        yield written(path), list(value) if isinstance(value, tuple) else value
