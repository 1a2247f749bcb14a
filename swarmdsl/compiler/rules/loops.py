"""SW506, SW113: loops that could bring nothing, or nothing in the first round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from swarmdsl.compiler.bundle import Bundle
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft, LoopEdge
from swarmdsl.compiler.gives import gives
from swarmdsl.compiler.rules.flow import is_judged
from swarmdsl.compiler.rules.results import is_optional
from swarmdsl.dsl.module import definition_span
from swarmdsl.wire.annotations import name_of


def check_loops(draft: Draft) -> Iterator[Diagnostic]:
    """Every loop between tasks of the graph that cannot be carried out."""
    loops = draft.loops_by_destination()
    for loop in draft.loops:
        if draft.module(loop.destination).kind == "daemon":
            yield _refused(
                loop,
                f"{loop.destination} is a daemon module",
                "keep the value in the daemon module: it lives for the whole run",
            )
        elif not draft.interfaces[loop.source].yields:
            yield _refused(
                loop,
                f"{loop.source} {gives(draft.interfaces[loop.source])} nothing",
                f"let {loop.source} return what the next round needs",
            )
        elif draft.interfaces[loop.destination].open:
            yield from _into_script(draft, loop)
        elif is_judged(draft, loop.destination, loops[loop.destination]):
            yield from _without_default(draft, loop)


def _refused(loop: LoopEdge, why: str, hint: str) -> Diagnostic:
    return finding(
        "SW506",
        f"the loop from {loop.source} to {loop.destination} brings nothing: {why}",
        at=loop.span,
        hint=hint,
        path=f"{loop.source} -> {loop.destination}",
    )


def _into_script(draft: Draft, loop: LoopEdge) -> Iterator[Diagnostic]:
    if draft.graph.has_edge(loop.source, loop.destination):
        yield finding(
            "SW506",
            f"{loop.destination} finds both what {loop.source} pushes in this round and in the one "
            f"before under world.inputs[{loop.source!r}]",
            at=loop.span,
            hint="keep the value of the round before in globals",
            path=f"{loop.source} -> {loop.destination}",
        )


def _without_default(draft: Draft, loop: LoopEdge) -> Iterator[Diagnostic]:
    ports = {port.name: port for port in draft.interfaces[loop.destination].ports}
    for binding in draft.bindings[loop.destination].bound:
        port = ports[binding.port]
        if binding.source.loop and binding.source.alias == loop.source and not is_optional(port):
            takes = f"{port.name}: {name_of(port.annotation)}"
            defined = definition_span(draft.module(loop.destination))
            yield finding(
                "SW506",
                f"{loop.destination} takes {takes} from the round before, and in the first round "
                "there is none",
                at=loop.span,
                related=[Related(text=f"{loop.destination} takes {takes}", span=defined)],
                hint=f"give the parameter a default, as in {takes} | None = None, and let the body "
                "know what to do with it in the first round",
                path=f"{loop.source} -> {loop.destination}",
            )


def check_rounds(draft: Draft) -> Iterator[Diagnostic]:
    """SW113: loops of a swarm that runs a single round."""
    why = _single_round(draft)
    if draft.loops and why:
        first = draft.loops[0]
        yield finding(
            "SW113",
            f"the loop from {first.source} to {first.destination} never brings anything: {why}",
            at=first.span,
            related=[
                Related(text=f"{loop.source} -> {loop.destination} neither", span=loop.span)
                for loop in draft.loops[1:]
            ],
            hint="set max_iteration = 10 (say) in the class, or let a task call "
            "World().schedule_next_iter() whenever another round is to follow",
            path=f"{first.source} -> {first.destination}",
        )


def _single_round(draft: Draft) -> str:
    """Why there is but one round; empty if there may be more, or if something else is wrong."""
    rounds = draft.swarm.max_iteration
    if rounds == 1:
        return "the swarm has max_iteration=1, which is one round"
    known = all(alias in draft.bundles for alias in draft.graph)
    if rounds is None and known and not any(map(_may_ask, _each_once(draft))):
        return (
            "the swarm has no max_iteration, and the code of none of its tasks calls "
            "schedule_next_iter(), so there is one round"
        )
    return ""


def _each_once(draft: Draft) -> Iterable[Bundle]:
    return {id(one): one for one in draft.bundles.values()}.values()


def _may_ask(bundle: Bundle) -> bool:
    """Whether the code names the call; that of installed packages is not looked into."""
    return bundle.encoding == "installed" or b"schedule_next_iter" in bundle.data
