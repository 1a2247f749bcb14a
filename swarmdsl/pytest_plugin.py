"""`pytest --swarm-validate`: each swarm of the collected files is a test that compiles it.

pytest loads this file in every session of every project that has swarmdsl installed. So it imports
nothing of swarmdsl before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr

    from swarmdsl.compiler import Diagnostic
    from swarmdsl.dsl import Inventory, Swarm

_NAMED = b"swarmdsl"  # a file that does not name it is not looked into


class SwarmFindings(Exception):
    """A swarm that does not pass; its text is the report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("swarm", "swarmdsl")
    group.addoption(
        "--swarm-validate",
        action="store_true",
        help="collect every swarm of the files as a test that fails with what the compiler finds",
    )
    group.addoption(
        "--swarm-nodes",
        metavar="N|FILE",
        help="validate for these nodes, as `swarm validate --nodes` (default: [tool.swarm], or 1)",
    )
    group.addoption(
        "--swarm-strict", action="store_true", help="fail on warnings of the compiler too"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect swarms only if asked to."""
    if config.getoption("--swarm-validate"):
        config.pluginmanager.register(_Collector(), "swarm-validate")


@pytest.fixture
def swarm_graph() -> Callable[..., Any]:
    """The graph of a swarm that compiles for some nodes: `swarm_graph(WordCount(), nodes=2)`.

    It is what `prepare_graph` gives. A swarm with errors fails the test with its report.
    """

    def graph(swarm: Any, nodes: Any = 1) -> Any:
        swarm.compile(nodes).require()
        return swarm.prepare_graph()

    return graph


class _Collector:
    """Registered while `--swarm-validate` is given."""

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        if file_path.suffix != ".py" or _NAMED not in file_path.read_bytes():
            return None
        file: pytest.Collector = SwarmFile.from_parent(parent, path=file_path)
        return file


class SwarmFile(pytest.File):
    """A file that may define swarms."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each swarm that the file defines itself; pytest imports it as it does tests.

        Raises:
            Exception: whatever importing the file raises.
        """
        from swarmdsl.compiler.target import swarms_in
        from swarmdsl.compiler.unwritten import misspelt_in
        from swarmdsl.light.context import runs_forbidden

        with runs_forbidden("pytest --swarm-validate"):
            module = pytest.Module.from_parent(self, path=self.path).obj
        for swarm in [*swarms_in(module), *misspelt_in(module)]:
            item: pytest.Item = SwarmItem.from_parent(self, name=swarm.__name__, swarm=swarm)
            yield item


class SwarmItem(pytest.Item):
    """A test that compiles one swarm and runs nothing of it."""

    def __init__(self, *, swarm: type[Swarm], **given: Any) -> None:
        super().__init__(**given)
        self.swarm = swarm

    def runtest(self) -> None:
        """Compile it.

        Raises:
            SwarmFindings: there are errors, or with `--swarm-strict` warnings.
        """
        from swarmdsl.compiler import compile_swarm, report
        from swarmdsl.compiler.target import made_swarm

        swarm = made_swarm(self.nodeid, self.swarm)
        found = compile_swarm(swarm, self._inventory()).diagnostics
        if self._fails(found):
            raise SwarmFindings(report.full(found, self.config.rootpath))

    def repr_failure(
        self, excinfo: ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        """The report instead of a traceback, which would show the compiler's own code."""
        from swarmdsl.errors import SwarmError

        if isinstance(excinfo.value, SwarmFindings | SwarmError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the swarm is defined."""
        from swarmdsl.dsl.span import span_of_class

        span = span_of_class(self.swarm)
        return self.path, None if span is None else span.line - 1, self.name

    def _inventory(self) -> Inventory:
        from swarmdsl.cli.nodes import inventory_from
        from swarmdsl.cli.settings import Settings, read_project

        flags = {"nodes": self.config.getoption("--swarm-nodes")}
        return inventory_from(Settings(flags=flags, project=read_project(self.config.rootpath)))

    def _fails(self, found: tuple[Diagnostic, ...]) -> bool:
        strict = self.config.getoption("--swarm-strict")
        failing = {"error", "warning"} if strict else {"error"}
        return any(one.severity in failing for one in found)
