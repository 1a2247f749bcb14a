"""The compiler: a list of passes over one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarmdsl.compiler import report
from swarmdsl.compiler.bind import bind
from swarmdsl.compiler.check import check
from swarmdsl.compiler.diagnostics import Diagnostic, Hidden, Printer, has_errors, in_order
from swarmdsl.compiler.draft import Draft, Read
from swarmdsl.compiler.emit import emit
from swarmdsl.compiler.estimate import estimate
from swarmdsl.compiler.fuse import fuse
from swarmdsl.compiler.graph import TaskGraph
from swarmdsl.compiler.link import link, pushed_type
from swarmdsl.compiler.pack import pack
from swarmdsl.compiler.package import package
from swarmdsl.compiler.place import place
from swarmdsl.compiler.point import point
from swarmdsl.compiler.suppress import suppress
from swarmdsl.compiler.trace import trace
from swarmdsl.dsl import Inventory, Swarm
from swarmdsl.errors import CompileError
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.topology.model import Topology
from swarmdsl.wire.annotations import Annotation

if TYPE_CHECKING:
    from swarmdsl.compiler.capacity import Capacity

ANALYSIS: tuple[Callable[[Draft], Draft], ...] = (trace, package, bind, check, estimate, point)
SYNTHESIS: tuple[Callable[[Draft], Draft], ...] = (place, pack, link, emit, fuse)
PASSES = (*ANALYSIS, *SYNTHESIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compilation:
    """What compiling a swarm gives.

    Attributes:
        name: of the swarm.
        graph: the tasks by final alias, with their modules and edges.
        diagnostics: what was found, in report order, but for what a comment suppresses.
        suppressed: what comments suppress. An error among them keeps the swarm from running too.
        topology: None if there is an error, suppressed or not.
        bundles: contents of the files beside the topology, by SHA-256.
        sink_types: the type of one push of each last task, by alias; None if it pushes nothing.
            A gathered link to the run gives a list of them.
        injected: the parameters of each task that are handed in (rule 13), with the class of each;
            a topology does not hold them, since whoever runs it need not know.
        programs: the functions and daemon classes themselves, by the names of their modules in the
            topology: what a run in this process calls, where others load the bundles.
        capacity: what was declared of rates and times, worked out; None if nothing was, or if there
            is an error that keeps it from being worked out.
    """

    name: str
    graph: TaskGraph
    diagnostics: tuple[Diagnostic, ...]
    suppressed: tuple[Hidden, ...] = ()
    topology: Topology | None = None
    bundles: Mapping[str, bytes] = field(default_factory=dict)
    sink_types: Mapping[str, Annotation] = field(default_factory=dict)
    injected: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    programs: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    capacity: Capacity | None = None

    @property
    def valid(self) -> bool:
        """Whether nothing keeps the swarm from running."""
        return not has_errors(self._keeping())

    def require(self) -> Topology:
        """The topology.

        Raises:
            CompileError: there is none; it carries the findings and the text a user reads, with
                the errors that comments suppress.
        """
        if self.topology is None:
            found = self._keeping()
            raise CompileError(found, report.full(found))
        return self.topology

    def __repr__(self) -> str:
        """In one line: it holds the code of all modules, which may be megabytes."""
        return f"<Compilation {self._title()}; {report.summary(self.diagnostics)}>"

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """What IPython shows of it: the findings as a user reads them."""
        printer.text(f"{self._title()}\n{report.full(self.diagnostics)}".rstrip())

    def _title(self) -> str:
        tasks = len(self.graph.modules)
        valid = "valid" if self.valid else "not valid"
        return f"{self.name}: {tasks:,} {'task' if tasks == 1 else 'tasks'}, {valid}"

    def _keeping(self) -> tuple[Diagnostic, ...]:
        """The findings, and the errors that are suppressed."""
        suppressed = [one.diagnostic for one in self.suppressed]
        errors = [one for one in suppressed if one.severity == "error"]
        return in_order([*self.diagnostics, *errors])


@collection_paused()
def compile_swarm(
    swarm: Swarm, inventory: Inventory, *, read: Read = Path.read_bytes
) -> Compilation:
    """Compile a swarm for an inventory.

    The passes that analyse always run to their end, so that all problems are reported at once; the
    passes that build run only if there is no error. The same source gives the same bytes.

    Args:
        swarm: its `execute()` is called once.
        inventory: the nodes to place on.
        read: gives the bytes of a source file.
    """
    draft = analysed(Draft(swarm=swarm, inventory=inventory, read=read))
    broken = has_errors(draft.diagnostics)
    for one in () if broken else SYNTHESIS:
        draft = one(draft)
    diagnostics, suppressed = suppress(draft)
    name = str(swarm.name)
    if broken:
        return Compilation(
            name=name, graph=draft.graph, diagnostics=diagnostics, suppressed=suppressed
        )
    return Compilation(
        name=name,
        graph=draft.graph,
        diagnostics=diagnostics,
        suppressed=suppressed,
        topology=draft.topology,
        bundles=draft.blobs,
        sink_types={alias: pushed_type(draft.interfaces[alias]) for alias in draft.sinks()},
        injected={alias: one.injected for alias, one in draft.interfaces.items() if one.injected},
        programs=_programs(draft),
        capacity=draft.capacity,
    )


def _programs(draft: Draft) -> dict[str, Callable[..., Any]]:
    """What is called in Python, as it is in this process."""
    assert draft.topology is not None, "it was emitted"
    names = {task.alias: task.module for task in draft.topology.tasks}
    return {
        names[alias]: module.python_program
        for alias, module in draft.modules()
        if callable(module.python_program)
    }


@collection_paused()
def analysed(draft: Draft) -> Draft:
    """A draft after the passes that analyse: with all that was found, and nothing built yet."""
    for one in ANALYSIS:
        draft = one(draft)
    return draft
