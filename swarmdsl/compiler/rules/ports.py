"""SW203, SW208, SW221, SW223: what the annotations of one module say, or leave out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import Interface
from swarmdsl.compiler.once import once_per_object
from swarmdsl.compiler.rules.handed_in import handed_in
from swarmdsl.compiler.undefined import RESULT, Undefined, undefined_in
from swarmdsl.compiler.untyped import Untyped, untyped_in
from swarmdsl.dsl import Module
from swarmdsl.dsl.module import definition_span
from swarmdsl.dsl.span import span_of_code, span_of_def
from swarmdsl.light.daemon import Daemon, calls_of, handlers_of, pushing_of
from swarmdsl.wire.annotations import name_of


def check_annotations(draft: Draft) -> Iterator[Diagnostic]:
    """SW203: parameters that take anything, since nothing says what they take.

    SW221: those whose annotation names what is not there; SW223: those whose annotation is no
    type; each once for each module.
    """
    whole = once_per_object(_is_whole)
    told: set[int] = set()
    for alias, module in draft.modules():
        interface = draft.interfaces[alias]
        if whole(interface) and not interface.called:
            continue
        wrong = list(_wrong(module))
        if id(module) not in told:
            told.add(id(module))
            yield from (_told(module, function, one) for function, one in wrong)
        named = {one.parameter for _, one in wrong}
        named |= {function.__name__ for function, one in wrong if one.parameter != RESULT}
        bare = [
            port.name
            for port in interface.ports
            if not port.annotated and port.name not in {*draft.inputs(alias), *named}
        ]
        what = [f"{_word(module)} {name}" for name in bare]
        if not interface.answered and draft.graph.successors(alias) and RESULT not in named:
            what.append("result" if module.kind == "function" else "result of a handler")
        if what:
            yield finding(
                "SW203",
                f"{module.name}: {', '.join(what)} has no annotation that can be read, "
                "so nothing checks what is pushed there",
                at=definition_span(module),
                hint=handed_in(*_functions(module))
                or f"annotate it with its type, as in `{_as_annotated(bare)}`; "
                "names imported only for type checking cannot be read",
            )


def _is_whole(interface: Interface) -> bool:
    """Whether everything is annotated, as it mostly is."""
    return interface.answered and all(port.annotated for port in interface.ports)


def _as_annotated(bare: list[str]) -> str:
    return f"{bare[0]}: int" if bare else "-> int:"


def _wrong(module: Module) -> Iterator[tuple[Any, Undefined | Untyped]]:
    """The functions of a module whose annotations name what is not there, or are no types."""
    program: Any = module.python_program
    more = (*pushing_of(program), *calls_of(program)) if module.kind == "daemon" else ()
    for function in dict.fromkeys((*_functions(module), *more)):
        yield from ((function, one) for one in undefined_in(function))
        yield from ((function, one) for one in untyped_in(function))


def _functions(module: Module) -> list[Callable[..., Any]]:
    """What takes the pushes of a module."""
    program: Any = module.python_program
    if module.kind == "daemon":
        return handlers_of(program)
    return [program] if module.kind == "function" else []


def _told(module: Module, function: Any, one: Undefined | Untyped) -> Diagnostic:
    whose = "of the result" if one.parameter == RESULT else f"of {one.parameter}"
    code = getattr(inspect.unwrap(function), "__code__", None)
    at = definition_span(module) if code is None else span_of_def(code)
    if isinstance(one, Untyped):
        return finding(
            "SW223",
            f"{module.name}: the annotation {whose} says {one.shown}, which is {one.kind} "
            "and no type",
            at=at,
            hint=one.remedy,
        )
    near = f"did you mean {one.elsewhere!r}?" if one.elsewhere else ""
    return finding(
        "SW221",
        f"{module.name}: the annotation {whose} names {one.name!r}, which is not defined",
        at=at,
        hint=near
        or did_you_mean(one.name, sorted(one.known))
        or "define it or import it; until then nothing checks what is pushed there",
    )


def _word(module: Module) -> str:
    return "handler" if module.kind == "daemon" else "parameter"


def check_handlers(draft: Draft) -> Iterator[Diagnostic]:
    """SW208: a daemon that cannot be made, or a handler that cannot be called."""
    for alias, module in draft.graph.daemons.items():
        yield from _daemon(module, draft.interfaces[alias], fed=bool(draft.graph.into[alias]))


def check_daemons(draft: Draft) -> Iterator[Diagnostic]:
    """SW107: a daemon that nothing is pushed to."""
    for alias, module in draft.graph.daemons.items():
        interface = draft.interfaces[alias]
        acts = interface.source or interface.timed or interface.called
        if not (draft.graph.into[alias] or acts):
            yield finding(
                "SW107",
                f"nothing is pushed to daemon {alias}, so it never does anything",
                at=draft.task(alias).span,
                hint=f"call it with a task that returns {_handled(draft, alias)}, as in "
                f"Task({module.name}, ...)(Task(source, ...)); or give it a method produce(), or "
                "one that is marked with @every, if it is to make its own values; or with @call, "
                "if it is to be asked",
                path=alias,
            )


def _handled(draft: Draft, alias: str) -> str:
    """The types that the handlers of a daemon take."""
    types = [name_of(port.annotation) for port in draft.interfaces[alias].ports]
    return " or ".join(dict.fromkeys(types)) or "what it handles"


def _daemon(module: Module, interface: Interface, *, fed: bool) -> Iterator[Diagnostic]:
    at = definition_span(module)
    daemon = module.python_program
    assert isinstance(daemon, type)
    assert issubclass(daemon, Daemon)
    for name in interface.crooked:
        yield finding(
            "SW208",
            f"handler {module.name}.{name} does not take exactly one value",
            at=span_of_code(getattr(daemon, name).__code__),
            hint=handed_in(getattr(daemon, name))
            or f"write `def {name}(self, value: int)`, with the type of a push: a handler takes "
            "one at a time",
        )
    for name in interface.called:
        if getattr(daemon, name) in pushing_of(daemon):
            yield finding(
                "SW208",
                f"{module.name}.{name} is marked with @call, and pushes what it returns too",
                at=span_of_code(getattr(daemon, name).__code__),
                hint="a call is answered with its result, what @on and @every mark pushes it: "
                "write two methods",
            )
    if interface.untyped:
        yield finding(
            "SW208",
            f"{module.name}.pushes is {daemon.pushes!r}, which is no type",
            at=at,
            hint="write the type of what self.push pushes, or a union, as in `pushes = int | str`",
        )
    for name in interface.misused:
        yield finding(
            "SW208",
            f"{module.name}.{name} takes or returns a value, and there is none to give or to push",
            at=span_of_code(getattr(daemon, name).__code__),
            hint=handed_in(getattr(daemon, name))
            or f"write `def {name}(self) -> None`: it is called when its process "
            f"{'starts' if name == 'on_start' else 'stops'}; handlers push what they return",
        )
    if fed and not handlers_of(daemon) and not interface.source:
        yield finding(
            "SW208",
            f"daemon {module.name} has no handler for what is pushed to it",
            at=at,
            hint="write @on (from swarmdsl import on) above a method that takes one push, as in "
            "`def add(self, value: int)`",
        )
    needed = [
        one.name
        for one in inspect.signature(daemon).parameters.values()
        if one.default is one.empty and one.kind not in {one.VAR_POSITIONAL, one.VAR_KEYWORD}
    ]
    if needed:
        yield finding(
            "SW208",
            f"daemon {module.name} needs {', '.join(needed)} to be made",
            at=at,
            hint="a daemon is made without arguments: give the parameters of __init__ defaults, "
            "set attributes in a subclass, or read world.globals in on_start(self, world: World)",
        )
