"""From what a command names to something that can run: compiled now, or compiled before."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import UsageError
from swarmdsl.cli.globals_given import declared, globals_given, misspelt, set_globals
from swarmdsl.cli.globals_known import code_of, refuse_unknown
from swarmdsl.cli.globals_typed import refuse_other_kinds
from swarmdsl.cli.nodes import inventory_from, reweighed
from swarmdsl.cli.reports import say_findings
from swarmdsl.errors import TargetError, TopologyError
from swarmdsl.topology.codec import BUNDLES, FILE, documents_in, read
from swarmdsl.topology.forms import SUFFIXES
from swarmdsl.topology.model import Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What can run: a topology, its bundles, and what is known beside them if it was compiled now.

    Attributes:
        topology: of the swarm.
        bundles: the files beside it.
        types: of the values that the run gives.
        injected: what each task is handed in.
        programs: functions and daemon classes that are here, by the names of their modules.
    """

    topology: Topology
    bundles: Mapping[str, bytes]
    types: Mapping[str, Any] = field(default_factory=dict)
    injected: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    programs: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


def compiled(
    command: Command,
    target: str,
    values: Mapping[str, object] | None = None,
    weights: Mapping[str, float] | None = None,
) -> Any:
    """The `Compilation` of a target for the nodes that the command names.

    What the user's code prints meanwhile is talk: our stdout holds data alone.

    Args:
        command: says which nodes.
        target: names the swarm.
        values: globals to set before.
        weights: that nodes have instead of their own.

    Raises:
        TargetError: the target names nothing that can be compiled.
        UsageError: the swarm knows nothing of one of the globals.
    """
    from swarmdsl.compiler import compile_swarm, load_target
    from swarmdsl.compiler.target import made_swarm

    inventory = reweighed(inventory_from(command.settings), weights or {})
    with _users_code(command, target):
        found = command.at_hand.get(target)
        swarm = load_target(target) if found is None else made_swarm(target, found)
        own, given = dict(swarm.globals), dict(values or {})
        refuse_other_kinds(given, own)
        set_globals(swarm, given)
        result = compile_swarm(swarm, inventory)
    if given and result.topology is not None:
        code = code_of(result.topology, result.bundles)
        if code is not None:
            refuse_unknown(swarm, given, declared(swarm, own), code)
    for problem in misspelt(swarm, given, own):
        command.streams.say(problem)
    return result


def targets_within(command: Command, target: str) -> list[str]:
    """A target for each swarm of a file or module.

    Raises:
        TargetError: there is no such file or module, or it cannot be imported.
    """
    from swarmdsl.compiler.target import targets_in

    with _users_code(command, target):
        return targets_in(target)


@contextmanager
def _users_code(command: Command, target: str) -> Iterator[None]:
    """Inside, the user's code finds the current folder, and neither prints data nor ends us."""
    if str(Path.cwd()) not in sys.path:  # As `python -m` has it; an installed command has not.
        sys.path.insert(0, str(Path.cwd()))
    with redirect_stdout(command.streams.err):
        try:
            yield
        except SystemExit as ended:
            raise TargetError(
                target,
                f"its code called sys.exit({ended.code!r}) while it was loaded or compiled",
                'Put what must not run on import under `if __name__ == "__main__":`.',
            ) from ended


def program_for(command: Command) -> Program:
    """What `swarm run` runs.

    Raises:
        CompileError: the swarm has errors.
        TargetError: the target names nothing that can be compiled.
        TopologyError: the compiled topology cannot be read.
    """
    target = command.target()
    if is_topology(target):
        refuse_compiler_flags(command, target)
        return stored(target)
    values = globals_given(command.arguments.globals)
    compilation = compiled(command, target, values)
    topology = compilation.require()
    if not command.arguments.quiet:
        say_findings(command.streams, compilation.diagnostics)
    return Program(
        topology=topology,
        bundles=compilation.bundles,
        types=compilation.sink_types,
        programs=compilation.programs,
    )


def with_weights(
    command: Command, program: Program, weights: Mapping[str, float]
) -> Topology | None:
    """The topology that a program would have if nodes had these weights.

    None where that is the one that it has, or nobody can tell: it was compiled before.
    """
    own = {node.name: node.weight for node in program.topology.nodes}
    target = command.target()
    if is_topology(target) or all(weights.get(name, one) == one for name, one in own.items()):
        return None
    values = globals_given(command.arguments.globals)
    topology: Topology = compiled(command, target, values, weights).require()
    return topology


def is_topology(target: str) -> bool:
    """Whether a target is a document that was compiled before.

    >>> is_topology("build/words/topology.toml"), is_topology("words.py:WordCount")
    (True, False)
    """
    path = Path(target)
    if path.is_dir():
        return bool(documents_in(path)) or not (path / "__init__.py").is_file()
    return path.suffix.lower() in SUFFIXES


def stored(target: str) -> Program:
    """A compiled topology with its bundles.

    Raises:
        TopologyError: it cannot be read, or a bundle is missing or altered.
    """
    require_document(target)
    topology, folder = read(target)
    bundles = {name: _bundle(folder, name) for name in sorted(set(_bundle_names(topology)))}
    return Program(topology=topology, bundles=bundles)


def require_document(target: str) -> None:
    """Refuse a folder that holds no compiled topology, and say what may have been meant.

    Raises:
        TopologyError: it is such a folder.
    """
    folder = Path(target)
    if folder.is_dir() and not documents_in(folder):
        from swarmdsl.compiler.target import files_to_name

        raise TopologyError(
            target,
            f"holds no {FILE}; `swarm compile TARGET -o {target}` makes it. "
            f"If a swarm was meant: {files_to_name(folder)}",
        )


def _bundle_names(topology: Topology) -> Iterator[str]:
    yield from (module.bundle for module in topology.modules if module.bundle)
    constants = [*topology.globals.values()]
    constants += [one for task in topology.tasks for one in task.inputs.values()]
    yield from (one.blob for one in constants if one.blob is not None)


def _bundle(folder: Path, name: str) -> bytes:
    file = folder / BUNDLES / name
    try:
        data = file.read_bytes()
    except OSError as problem:
        raise TopologyError(str(file), f"cannot be read: {problem.strerror}") from problem
    if hashlib.sha256(data).hexdigest() != name:
        raise TopologyError(str(file), "is not what was compiled: its SHA-256 differs")
    return data


def refuse_compiler_flags(command: Command, target: str) -> None:
    """A flag that would change nothing is a mistake; a variable is meant for other commands."""
    arguments = command.arguments
    for name, value in (("nodes", arguments.nodes), ("slots", arguments.slots)):
        if value is not None:
            raise UsageError(f"--{name}: {target} is compiled already, for its own nodes")
    if getattr(arguments, "globals", None):  # `swarm compile` has none
        raise UsageError(f"--set: {target} is compiled already, with its own globals")
