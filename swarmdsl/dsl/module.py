"""Packaged code: a function, a daemon class, a script with `main()`, a program, or an image."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, overload

from swarmdsl.dsl.span import Span, caller_span, span_of_class, span_of_code
from swarmdsl.light.daemon import Daemon

StreamFormat = Literal["json", "msgpack"]
Kind = Literal["function", "daemon", "script", "program", "image"]
_WRAPPED = ("__name__", "__qualname__", "__module__", "__doc__")


class Module:
    """Packaged code and what it needs.

    Args:
        python_program: a script (a path, a package's folder, or source text with several lines;
            a relative path starts at the folder of the file that says `Module(...)`), or a
            function, or a subclass of `Daemon`.
        image: the container image that it wants. Without a program or a command the image itself
            is what runs: its entry point, as a program does; only container engines start it.
        name: by default that of the function, class, file, folder, command or image.
        datasets: names that a node must offer to be eligible.
        command: a program in any language and its arguments, instead of `python_program`. A name
            is looked for on `PATH`; else the file travels with the swarm, and a relative path
            starts at the folder of the file that says `Module(...)`.
        takes: the type of each value that is pushed to the program; any, if nothing is said.
        yields: the type of each value that the program pushes, likewise; None if it pushes none.
        format: of the program's standard input and output: `json`, a value on each line, or
            `msgpack`, values that follow one another.
        requirements: packages it needs, as pip takes them: `numpy>=1.26`. They must be installed
            already: the compiler looks whether they are, and no engine installs any.
        resources: what each node must have: `{"cpu": 2, "memory": "4Gi", "gpu": 1}`. The engine
            `process` refuses code more `memory` than this: a run of a function what it takes beyond
            its inputs, a script, a program or a daemon module what its process takes. `cpu` is how
            many threads the BLAS and OpenMP libraries of the latter three are told to use, and no
            limit; a function has one. `gpu` only chooses nodes.
        timeout: seconds that one run may take, or one push that a daemon module handles; what takes
            longer is interrupted, and has failed. Without it there is no limit.
        retries: how often a run that has failed is done again, after a short wait. A daemon module
            has none: its state has changed meanwhile.
        env: environment variables of a script, a program or a daemon module, which have processes
            of their own.
        secrets: names of secrets that it may read with `swarmdsl.light.secret`. Their values are
            given to the run, and are no part of what is compiled.

    A module of a function can still be called, as in a unit test.

    >>> from swarmdsl import Module
    >>> Module(name="trainer", python_program="train.py", datasets=["digits"]).kind
    'script'
    >>> Module(command=["./count", "--fast"]).kind, Module(None, "manta:pytorch").kind
    ('program', 'image')
    >>> Module(abs)(-2)
    2
    """

    def __init__(
        self,
        python_program: str | Path | Callable[..., Any] | type[Daemon] | None = None,
        image: str | None = None,
        name: str | None = None,
        datasets: Sequence[str] | None = None,
        *,
        command: Sequence[str] | None = None,
        takes: Any = Any,
        yields: Any = Any,
        format: StreamFormat = "json",  # noqa: A002 - what users know it by
        requirements: Sequence[str] | None = None,
        resources: dict[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        env: Mapping[str, str] | None = None,
        secrets: Sequence[str] | None = None,
    ) -> None:
        self.python_program = python_program
        self.image = image
        self.command = command
        self.takes = takes
        self.yields = yields
        self.format: StreamFormat = format
        self.name = self._default_name() if name is None else name
        self.datasets: Sequence[str] = [] if datasets is None else datasets
        self.requirements = requirements
        self.resources = resources
        self.timeout = timeout
        self.retries = retries
        self.env = env
        self.secrets: Sequence[str] | None = secrets
        self.span: Span | None = caller_span()
        if callable(python_program):
            _copy_names(python_program, self)

    @property
    def kind(self) -> Kind | None:
        """How it is run; None for a value that is no program at all."""
        program = self.python_program
        if self.command is not None:
            return "program"
        if program is None and self.image is not None:
            return "image"
        if inspect.isclass(program):
            return "daemon" if issubclass(program, Daemon) else None
        if callable(program):
            return "function"
        return "script" if isinstance(program, str | Path) else None

    @property
    def __swarmdsl_program__(self) -> Any:
        """The function or class itself: what a daemon takes if it finds this module by name."""
        return self.python_program

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function returns; for a daemon class, a new daemon."""
        if not callable(self.python_program):
            kind = self.kind or "module without code"
            raise TypeError(f"module {self.name} is a {kind}: only a run can start it")
        return self.python_program(*args, **kwargs)

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type]:
        """Let a class statement that has this module among its bases fail, and say why.

        Python would make another module otherwise, of the class's name and its bases.
        """
        base = default_name(self.python_program)

        class NoBase:
            def __init_subclass__(cls, **_: object) -> None:
                raise TypeError(
                    f"{base} is a module (@module): let {cls.__name__} subclass the plain class, "
                    f"and decorate {cls.__name__}"
                )

        return (NoBase,)

    def _default_name(self) -> str:
        match self.kind:
            case "program":
                return default_name(next(iter(self.command or ()), None))
            case "image":  # registry/owner/name:tag
                return str(self.image).partition("@")[0].rpartition("/")[2].partition(":")[0]
            case _:
                return default_name(self.python_program)

    def __repr__(self) -> str:
        return f"<Module {self.name}>"


@overload
def module(program: Callable[..., Any], /) -> Module: ...
@overload
def module(
    *,
    image: str | None = None,
    name: str | None = None,
    datasets: Sequence[str] | None = None,
    requirements: Sequence[str] | None = None,
    resources: dict[str, Any] | None = None,
    timeout: float | None = None,
    retries: int | None = None,
    env: Mapping[str, str] | None = None,
    secrets: Sequence[str] | None = None,
) -> Callable[[Callable[..., Any]], Module]: ...
def module(
    program: Callable[..., Any] | None = None,
    /,
    *,
    image: str | None = None,
    name: str | None = None,
    datasets: Sequence[str] | None = None,
    requirements: Sequence[str] | None = None,
    resources: dict[str, Any] | None = None,
    timeout: float | None = None,
    retries: int | None = None,
    env: Mapping[str, str] | None = None,
    secrets: Sequence[str] | None = None,
) -> Module | Callable[[Callable[..., Any]], Module]:
    """Make a module of a function or daemon class, bare or with options.

    The options are those of `Module`, but for what only a program in another language has.

    >>> from swarmdsl import module
    >>> @module
    ... def double(number: int) -> int:
    ...     return 2 * number
    >>> double(4), double.name
    (8, 'double')
    >>> @module(datasets=["digits"])
    ... def train(rounds: int) -> int:
    ...     return rounds
    >>> train.datasets
    ['digits']
    >>> @module(requirements=["packaging>=20"])
    ... def parse(text: str) -> str:
    ...     return text
    >>> parse.requirements
    ['packaging>=20']
    """

    def made(program: Callable[..., Any]) -> Module:
        return Module(
            program,
            image=image,
            name=name,
            datasets=datasets,
            requirements=requirements,
            resources=resources,
            timeout=timeout,
            retries=retries,
            env=env,
            secrets=secrets,
        )

    return made if program is None else made(program)


def default_name(program: object) -> str:
    """The name of a module whose author gave none.

    >>> default_name("folder/train.py"), default_name(len)
    ('train', 'len')
    """
    if isinstance(program, str) and "\n" in program:
        return "script"
    if isinstance(program, str | Path):
        return Path(program).stem
    if not callable(program):
        return "module"
    name = str(getattr(program, "__name__", type(program).__name__))
    return "lambda" if name == "<lambda>" else name


def definition_span(module: Module) -> Span | None:
    """Where the module's code is defined, or else where the module was made."""
    if isinstance(module.python_program, type):
        return span_of_class(module.python_program) or module.span
    code = (
        getattr(inspect.unwrap(module.python_program), "__code__", None)
        if callable(module.python_program)
        else None
    )
    return module.span if code is None else span_of_code(code)


def _copy_names(program: Callable[..., Any], target: Module) -> None:
    """Let a module look like its function to `help()`, `inspect` and doctest."""
    for name in _WRAPPED:
        if hasattr(program, name):
            setattr(target, name, getattr(program, name))
    target.__wrapped__ = program  # type: ignore[attr-defined]
