"""SW114: rounds that nothing ends."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.bundle import script_file
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.endless import REQUEST, STOP, request_in, request_in_script
from swarmdsl.dsl import Module, Span


def check_endless(draft: Draft) -> Iterator[Diagnostic]:
    """A task that asks for all of the graph again, whatever happens, in a swarm without an end."""
    bundles = {id(one): one for one in draft.bundles.values()}.values()
    data = [one.data for one in bundles]
    if draft.swarm.max_iteration is not None or not any(REQUEST.encode() in one for one in data):
        return
    if any(STOP.encode() in one for one in data) or len(draft.bundles) < len(draft.graph):
        return  # something may stop it, or nobody can tell
    if any(one.encoding == "installed" for one in bundles):
        return
    modules = {id(module): alias for alias, module in draft.modules()}
    for alias in modules.values():
        at = _request(draft, draft.module(alias))
        if at is not None:
            yield finding(
                "SW114",
                f"the rounds never end: {alias} asks for another one in each, and nothing stops it",
                at=at,
                hint="ask only while there is more to do, as in `if loss > 0.1:`, set "
                "max_iteration = n in the class, or let a task call world.stop_swarm()",
                path=alias,
            )


def _request(draft: Draft, module: Module) -> Span | None:
    """Where the code of a module asks."""
    program = module.python_program
    if module.kind == "function":
        assert callable(program)
        found = request_in(program)
    elif module.kind == "script" and "\n" in str(program):
        asks = request_in_script(str(program).encode()) is not None
        return module.span if asks else None
    elif module.kind == "script":
        file = script_file(module)
        line = request_in_script(draft.read(file))
        found = None if line is None else (str(file), line)
    else:
        return None
    return None if found is None else Span(file=found[0], line=found[1], end_line=found[1])
