"""The topology as a document: canonical TOML, YAML and JSON, and the folder with its bundles.

The same topology always gives the same bytes. A document is decoded strictly: a key that the model
does not know is an error, as is a value of another type, or a name that refers to nothing. All
that is wrong is told at once, each with its line and its place.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from swarmdsl.errors import DocumentWrong, TopologyError
from swarmdsl.topology.checking import misfits
from swarmdsl.topology.document import document_of
from swarmdsl.topology.flat_daemons import apart
from swarmdsl.topology.forms import SUFFIXES, Form, dumped, form_of, lines_in, loaded
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.topology.integrity import problems_of
from swarmdsl.topology.model import FORMAT, TaskSpec, Topology
from swarmdsl.topology.places import BrokenText, Misfit, line_of, path_in, with_lines, written
from swarmdsl.topology.shapes import record_of
from swarmdsl.topology.stretches import MARK, Stretches

FILE = "topology.toml"
BUNDLES = "bundles"


@collection_paused()
def to_text(topology: Topology, form: Form) -> str:
    """The canonical document of a topology in one of the forms: keys in the order of the model.

    Raises:
        ExtraMissing: YAML is asked for, and PyYAML is not installed.
    """
    return dumped(document_of(topology), form)


def to_toml(topology: Topology) -> str:
    """The canonical TOML of a topology.

    >>> empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
    >>> from_toml(to_toml(empty)) == empty
    True
    """
    return to_text(topology, "toml")


@collection_paused()
def to_json(topology: Topology) -> str:
    """The JSON of a topology that is hashed and sent: keys sorted, no white space."""
    return msgspec.json.encode(document_of(topology), order="sorted").decode()


def topology_hash(topology: Topology) -> str:
    """The SHA-256 of the JSON that is sent: what both sides of a connection compare."""
    return hashlib.sha256(to_json(topology).encode()).hexdigest()


def from_text(text: str, form: Form, where: str) -> Topology:
    """The topology that a document holds.

    Raises:
        TopologyError: with the file, and for each problem its line, its place in the document,
            what was expected and what was found.
        ExtraMissing: it is YAML, and PyYAML is not installed.
    """
    try:
        document = loaded(text, form)
    except BrokenText as problem:
        raise DocumentWrong(where, [(problem.line, problem.problem)]) from problem
    _refuse_newer(document, where)
    rest, flat = apart(document)
    shape = [*misfits(rest, record_of(Topology)), *_before_time(rest), *flat.misfits()]
    if shape:
        raise _wrong(where, text, form, shape)
    joined, lost = flat.joined(msgspec.convert(rest, Topology))
    if lost:
        raise _wrong(where, text, form, lost)
    topology, broken = _with_all_named(joined)
    broken += [flat.told(one) for one in problems_of(topology)]
    if broken:
        raise _wrong(where, text, form, broken)
    return topology


def from_toml(text: str, where: str = FILE) -> Topology:
    """The topology that a TOML document holds; raises as `from_text` does."""
    return from_text(text, "toml", where)


def from_json(text: str | bytes, where: str = "topology.json") -> Topology:
    """The topology that a JSON document holds; raises as `from_text` does."""
    return from_text(text if isinstance(text, str) else text.decode(), "json", where)


def from_sent(sent: bytes) -> Topology:
    """The topology that a controller sent, as `to_json` made it: nothing is checked again.

    >>> empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
    >>> from_sent(to_json(empty).encode()) == empty
    True
    """
    return _with_all_named(msgspec.json.decode(sent, type=Topology))[0]


def write(
    topology: Topology, bundles: Mapping[str, bytes], folder: str | Path, form: Form = "toml"
) -> Path:
    """Write `topology.toml` and `bundles/<sha256>` into `folder`; returns the document's path.

    Each file appears whole or not at all, and the document last: who sees it finds its bundles.

    Args:
        topology: to write.
        bundles: contents by SHA-256.
        folder: made if it is not there.
        form: of the document; its file is `topology.yaml` or `topology.json` for the others.
    """
    home, text = Path(folder), to_text(topology, form)
    (home / BUNDLES).mkdir(parents=True, exist_ok=True)
    for name, data in sorted(bundles.items()):
        if not (home / BUNDLES / name).is_file():
            _write_whole(home / BUNDLES / name, data)
    file = home / f"topology.{form}"
    _write_whole(file, text.encode())
    return file


def documents_in(folder: Path) -> list[Path]:
    """The topology documents of a folder, whatever their form.

    >>> documents_in(Path("nowhere"))
    []
    """
    files = (folder / f"topology{suffix}" for suffix in SUFFIXES)
    return [file for file in files if file.is_file()]


def read(path: str | Path) -> tuple[Topology, Path]:
    """A topology and the folder whose `bundles/` belong to it.

    Args:
        path: the document (YAML or JSON by its suffix, else TOML), or the folder it lies in.

    Raises:
        TopologyError: the file cannot be read or is wrong. Bundles are looked for on use only.
        ExtraMissing: it is YAML, and PyYAML is not installed.
    """
    file = _document_in(Path(path)) if Path(path).is_dir() else Path(path)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise TopologyError(str(file), f"cannot be read: {problem}") from problem
    return from_text(text, form_of(file), str(file)), file.parent


def _document_in(folder: Path) -> Path:
    files = documents_in(folder)
    if len(files) > 1:
        names = " and ".join(file.name for file in files)
        raise TopologyError(str(folder), f"holds {names}: name the one that is meant")
    return files[0] if files else folder / FILE


def _with_all_named(topology: Topology) -> tuple[Topology, list[str]]:
    """The topology with every candidate by its name, and the stretches that are none."""
    stretches, problems = Stretches(topology.groups), list[str]()
    tasks: list[TaskSpec] = []
    for index, task in enumerate(topology.tasks):
        if any(MARK in one for one in task.candidates):
            try:
                named = tuple(stretches.named(task.candidates))
            except ValueError as problem:
                problems.append(f"tasks[{index}].candidates: {problem}")
                named = tuple(one for one in task.candidates if MARK not in one)
            tasks.append(replace(task, candidates=named))
        else:
            tasks.append(task)
    return replace(topology, tasks=tuple(tasks)), problems


def _refuse_newer(document: Any, where: str) -> None:
    """What a newer version wrote may be wrong to us only because we do not know it."""
    found = document.get("format", FORMAT) if isinstance(document, dict) else FORMAT
    if isinstance(found, int) and found > FORMAT:
        raise TopologyError(
            where,
            f"is of format {found}, and this version of swarmdsl reads up to {FORMAT}; "
            "upgrade swarmdsl, or compile the swarm again with this version",
        )


def _before_time(document: Any) -> Iterator[Misfit]:
    found = document.get("format") if isinstance(document, dict) else None
    if isinstance(found, int) and not isinstance(found, bool) and found < 1:
        yield Misfit(("format",), f"is {found}, and the first one is 1")


def _wrong(
    where: str, text: str, form: Form, problems: Sequence[Misfit] | Sequence[str]
) -> DocumentWrong:
    """All problems of a document with the lines they are on."""
    lines = lines_in(text, form)
    places = []
    for one in problems:
        if isinstance(one, Misfit):
            place = written(one.path)
            told = f"{place}: {one.problem}" if place else one.problem
            places.append((line_of(one.path, lines), told))
        else:
            places.append((line_of(path_in(one), lines), with_lines(one, lines)))
    return DocumentWrong(where, places)


def _write_whole(path: Path, data: bytes) -> None:
    import tempfile  # which loads the generators of random numbers, and few commands write

    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
