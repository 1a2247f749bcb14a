"""A shell's text as the program of a task, without daemon or controller around it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from swarmdsl.daemon.command_program import CommandProgram
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Run
from swarmdsl.light import TaskContext, entered
from swarmdsl.topology.model import LinkSpec, StreamFormat
from tests.handmade import link, task, topology

INTO = (link("one", "count", "one"), link("many", "count", "many", gather=True))


def ignored() -> None:
    """Where there is nothing to look after."""


class Bench:
    """Runs a shell's text as the program of a task, without daemon or controller around it."""

    def __init__(self, script: str, *, carries: Any = Any, form: StreamFormat = "json") -> None:
        self.command: Sequence[str] = ["sh", "-c", script]
        self.links: list[LinkSpec] = [*INTO, link("count", port="count", carries=carries)]
        self.form: StreamFormat = form
        self.inputs: Mapping[str, Any] = {}
        self.datasets: Mapping[str, str] = {}
        self.environment: Mapping[str, str] = {"PATH": os.environ["PATH"]}
        self.socket: Path | None = None
        self.look_around: Callable[[], None] = ignored
        self.calls: list[tuple[str, Mapping[str, object]]] = []
        self.pushed: list[Any] = []

    @property
    def hosted(self) -> Hosted:
        return self.wiring.hosted[0, 0]

    @property
    def wiring(self) -> Wiring:
        spec, code = task("count", "program")
        module = replace(code, entry="", command=tuple(self.command), format=self.form)
        others = [task("one", nodes=["n2"]), task("many", nodes=["n2"])]
        return Wiring(topology([(spec, module), *others], self.links), "worker@n1#0")

    def run(self) -> list[Any]:
        """What the program pushes."""
        program = CommandProgram(
            self.hosted,
            self.wiring,
            executable=self.command[0],
            environment=self.environment,
            calls=self.socket,
            look_around=self.look_around,
        )
        with entered(self._context()):
            program.run(Run(self.hosted, 4, dict(self.inputs), {}), self.pushed.append)
        return self.pushed

    def _context(self) -> TaskContext:
        def call(method: str, arguments: Mapping[str, object], /) -> object:
            self.calls.append((method, arguments))
            return 10

        return TaskContext(
            run="r1",
            instance="count@n1#0",
            alias="count",
            node="n1",
            iteration=4,
            call=call,
            datasets=self.datasets,
        )


def run(script: str, **options: Any) -> list[Any]:
    return Bench(script, **options).run()
