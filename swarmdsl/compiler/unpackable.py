"""Why the code of a module cannot be packaged, with what its finding will say."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from swarmdsl.dsl import Span
from swarmdsl.errors import BundleError


class Unpackable(BundleError):
    """The code of a module cannot be packaged.

    Attributes:
        code: of the finding.
        hint: the remedy.
        argument: of the call that made the module: what in it is wrong.
        at: the line of the module's own code that is wrong; None if it is the line that names it.
    """

    def __init__(
        self,
        module: str,
        problem: str,
        *,
        code: str = "SW204",
        hint: str,
        argument: str = "python_program",
        at: Span | None = None,
    ) -> None:
        super().__init__(module, problem)
        self.code, self.hint, self.argument, self.at = code, hint, argument, at


class Origin(NamedTuple):
    """Where source is written: in a file, from a line on."""

    file: Path
    first: int = 1

    def span(self, line: int, column: int = 1) -> Span:
        """The place of a line of the source, counted from 1."""
        within = self.first + line - 1
        return Span(file=str(self.file), line=within, column=column, end_line=within)


def broken_source(
    module: str, problem: SyntaxError, where: str, origin: Origin | None
) -> Unpackable:
    """The finding about source that is not Python, at its own file and line where it has one."""
    line, column = problem.lineno or 1, max(problem.offset or 1, 1)
    written = (problem.text or "").strip()
    shown = f" ({written})" if written and origin is None else ""
    return Unpackable(
        module,
        f"{where}, line {line} is not Python: {problem.msg}{shown}",
        code="SW214",
        hint="mend that line so that `python` can read the script; compiling it runs nothing of it",
        at=None if origin is None else origin.span(line, column),
    )
