"""From a topology to the plain values of its document.

What has its default is left out, but for the format and the limits: those are meant to be seen, and
to stay what they are when a later version has other defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass, replace
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from swarmdsl.topology.model import LinkSpec, TaskSpec, Topology
from swarmdsl.topology.stretches import Stretches

_SIMPLE = frozenset({str, int, float, bool, type(None)})


def document_of(topology: Topology) -> dict[str, Any]:
    """The document as plain values, keys in the order of the model.

    >>> empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
    >>> list(document_of(empty))
    ['format', 'name', 'nodes', 'modules', 'groups', 'tasks', 'links', 'limits']
    """
    stretches = Stretches(topology.groups)
    said = _record(
        topology,
        tasks=[_task(task, stretches) for task in topology.tasks],
        links=_links(topology.links),
        limits=asdict(topology.limits),
        format=topology.format,
    )
    return {"format": said.pop("format"), **said}


def _task(task: TaskSpec, stretches: Stretches) -> dict[str, Any]:
    return _record(task, candidates=stretches.shortened(task.candidates))


def _links(links: Iterable[LinkSpec]) -> list[dict[str, Any]]:
    """The links, of which most say the same of themselves but for their ends."""
    ends = attrgetter("source", "destination")
    others = _all(tuple(one.name for one in fields(LinkSpec))[2:])
    known: dict[tuple[Any, ...], dict[str, Any]] = {}
    said: list[dict[str, Any]] = []
    for link in links:
        source, destination = ends(link)
        rest = others(link)
        if rest not in known:
            known[rest] = _record(replace(link, source="", destination=""))
        said.append({**known[rest], "source": source, "destination": destination})
    return said


class _Reader(NamedTuple):
    """How a record is read: its required fields, then those with a default."""

    required: tuple[str, ...]
    required_of: Callable[[Any], tuple[Any, ...]]
    optional: tuple[str, ...]
    optional_of: Callable[[Any], tuple[Any, ...]]
    defaults: tuple[Any, ...]
    order: tuple[str, ...]


@cache
def _reader(record: type) -> _Reader:
    required = tuple(one.name for one in fields(record) if not _has_default(one))
    optional = tuple(one.name for one in fields(record) if _has_default(one))
    return _Reader(
        required=required,
        required_of=_all(required),
        optional=optional,
        optional_of=_all(optional),
        defaults=tuple(_default(one) for one in fields(record) if _has_default(one)),
        order=tuple(one.name for one in fields(record)),
    )


def _all(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _has_default(one: Field[Any]) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _record(record: Any, **plain: Any) -> dict[str, Any]:
    """The fields of a record that do not have their default; for some, their plain values."""
    kind: type = type(record)
    reader = _reader(kind)
    said = {
        name: one if type(one) is str or name in plain else _plain(one)
        for name, one in zip(reader.required, reader.required_of(record), strict=True)
    }
    given = reader.optional_of(record)
    if given != reader.defaults or plain:
        pairs = zip(reader.optional, given, reader.defaults, strict=True)
        said |= {name: _plain(one) for name, one, usual in pairs if one != usual}
        said |= plain
        return {name: said[name] for name in reader.order if name in said}
    return said


def _plain(value: Any) -> Any:
    if type(value) in _SIMPLE:
        return value
    if is_dataclass(value):
        return _record(value)
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    return list(value) if _SIMPLE.issuperset(map(type, value)) else [_plain(one) for one in value]
