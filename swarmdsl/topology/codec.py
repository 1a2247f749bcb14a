"""The topology as a document: canonical TOML and JSON, and the folder with its bundles beside it.

The same topology always gives the same bytes. A document is decoded strictly: a key that the model
does not know is an error, as is a value of another type; both are named by their place. Whether
the document makes sense as a whole (names that refer to nothing) is checked too.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import msgspec

from swarmdsl.errors import TopologyError
from swarmdsl.topology.canonical import toml_of
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.topology.integrity import problems_of
from swarmdsl.topology.model import FORMAT, LinkSpec, Topology

_COMMON = {one.name: one.default for one in fields(LinkSpec) if one.default is not MISSING}
_SIMPLE = frozenset({str, int, float, bool, type(None)})
FILE = "topology.toml"
BUNDLES = "bundles"


@collection_paused()
def to_toml(topology: Topology) -> str:
    """The canonical TOML of a topology.

    >>> empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
    >>> from_toml(to_toml(empty)) == empty
    True
    """
    return toml_of(_document(topology))


@collection_paused()
def to_json(topology: Topology) -> str:
    """The canonical JSON of a topology: keys sorted, no white space."""
    return json.dumps(
        _document(topology), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def topology_hash(topology: Topology) -> str:
    """The SHA-256 of the canonical JSON: what both sides of a connection compare."""
    return hashlib.sha256(to_json(topology).encode()).hexdigest()


def from_toml(text: str, where: str = FILE) -> Topology:
    """The topology that a TOML document holds.

    Raises:
        TopologyError: with the file, the place in it, what was expected and what was found.
    """
    try:
        return _topology(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as problem:
        raise TopologyError(where, f"is not TOML: {problem}") from problem


def from_json(text: str | bytes, where: str = "topology.json") -> Topology:
    """The topology that a JSON document holds.

    Raises:
        TopologyError: with the file, the place in it, what was expected and what was found.
    """
    try:
        return _topology(json.loads(text), where)
    except ValueError as problem:
        raise TopologyError(where, f"is not JSON: {problem}") from problem


def write(topology: Topology, bundles: Mapping[str, bytes], folder: str | Path) -> Path:
    """Write `topology.toml` and `bundles/<sha256>` into `folder`; returns the document's path.

    Each file appears whole or not at all, and the document last: who sees it finds its bundles.
    """
    home = Path(folder)
    (home / BUNDLES).mkdir(parents=True, exist_ok=True)
    for name, data in sorted(bundles.items()):
        if not (home / BUNDLES / name).is_file():
            _write_whole(home / BUNDLES / name, data)
    _write_whole(home / FILE, to_toml(topology).encode())
    return home / FILE


def read(path: str | Path) -> tuple[Topology, Path]:
    """A topology and the folder whose `bundles/` belong to it.

    Args:
        path: the document (TOML, or JSON by its suffix), or the folder it lies in.

    Raises:
        TopologyError: the file cannot be read or is wrong. Bundles are looked for on use only.
    """
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise TopologyError(str(file), f"cannot be read: {problem}") from problem
    decode = from_json if file.suffix == ".json" else from_toml
    return decode(text, str(file)), file.parent


def _document(topology: Topology) -> dict[str, Any]:
    """The document as plain values, mappings in key order, absent values left out."""
    built = msgspec.to_builtins(topology, order="deterministic")
    if not topology.networks:
        del built["networks"]
    for module in built["modules"]:
        if not module["command"]:
            del module["command"]
    built["links"] = [_without_defaults(one) for one in built["links"]]
    kept: dict[str, Any] = _without_none(built)
    return {"format": kept.pop("format"), **kept}


def _without_defaults(link: Mapping[str, Any]) -> dict[str, Any]:
    """A link says only in what it differs from the others."""
    return {key: one for key, one in link.items() if key not in _COMMON or one != _COMMON[key]}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: one if type(one) in _SIMPLE else _without_none(one)
            for key, one in value.items()
            if one is not None
        }
    if isinstance(value, list | tuple):
        inside = _SIMPLE.issuperset(map(type, value))
        return list(value) if inside else [_without_none(one) for one in value]
    return value


def _topology(document: Any, where: str) -> Topology:
    written = document.get("format", FORMAT) if isinstance(document, dict) else FORMAT
    if isinstance(written, int) and written > FORMAT:
        raise TopologyError(
            where,
            f"is of format {written}, and this version of swarmdsl reads up to {FORMAT}; "
            "upgrade swarmdsl, or compile the swarm again with this version",
        )
    try:
        topology = msgspec.convert(document, Topology)
    except msgspec.ValidationError as problem:
        raise TopologyError(*_place(str(problem), where)) from problem
    known = msgspec.to_builtins(topology)
    found = [*_unknown_keys(document, known, ""), *problems_of(topology)]
    if found:
        raise TopologyError(where, "; ".join(found))
    return topology


def _place(message: str, where: str) -> tuple[str, str]:
    """`Expected X, got Y - at `$.nodes[0]`` as (file: place, problem)."""
    problem, _, place = message.partition(" - at ")
    inner = place.strip("`").removeprefix("$").removeprefix(".")
    return f"{where}: {inner}" if inner else where, problem[:1].lower() + problem[1:]


def _unknown_keys(document: Any, known: Any, place: str) -> list[str]:
    """The keys of a document that decoding has passed over."""
    if isinstance(document, dict) and isinstance(known, dict):
        strange = [f"{place}{key}: no such key" for key in document if key not in known]
        inside = [
            one
            for key in document
            if key in known
            for one in _unknown_keys(document[key], known[key], f"{place}{key}.")
        ]
        return strange + inside
    if isinstance(document, list) and isinstance(known, list | tuple):
        pairs = enumerate(zip(document, known, strict=True))
        return [
            problem
            for index, (one, same) in pairs
            for problem in _unknown_keys(one, same, f"{place.rstrip('.')}[{index}].")
        ]
    return []


def _write_whole(path: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
