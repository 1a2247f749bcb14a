"""What is wrong with a swarm, its code, its nodes or its topology, before it runs."""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.errors.root import Finding, Place, SwarmError


class CompileError(SwarmError):
    """The graph has at least one finding of severity error.

    Attributes:
        findings: every diagnostic of the compilation, warnings included, in report order.
        report: the findings as the text a user reads.

    >>> print(CompileError((), "SW104 error: the graph is empty"))
    SW104 error: the graph is empty
    """

    def __init__(self, findings: Sequence[Finding], report: str) -> None:
        super().__init__(report)
        self.findings = tuple(findings)
        self.report = report

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it: the report. The way through the compiler helps nobody."""
        return self.report.splitlines()


class TargetError(SwarmError):
    """A target such as `file.py:Class` names nothing that can be compiled.

    Attributes:
        target: as it was named.
        problem: what is wrong with it, as a sentence without its full stop.
        remedy: what to do, as sentences.
        way: the lines of the user's code that lead to what is wrong, which is the last of them.
        lines: these lines as the text a user reads; empty if there are none.

    >>> print(TargetError("gone.py", "there is no file gone.py", "Check the path."))
    gone.py: there is no file gone.py. Check the path.
    """

    def __init__(
        self, target: str, problem: str, remedy: str, way: Sequence[Place] = (), lines: str = ""
    ) -> None:
        shown = f"\n{lines}" if lines else ""
        super().__init__(f"{target}: {problem}. {remedy}{shown}")
        self.target, self.problem, self.remedy = target, problem, remedy
        self.way, self.lines = tuple(way), lines


class TopologyError(SwarmError):
    """A topology document cannot be read."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where, self.problem = where, problem


class DocumentWrong(TopologyError):
    """A topology document is wrong in some places; each is told with its line.

    Attributes:
        where: the file.
        places: every problem as its line (None if that is not known) and a sentence.

    >>> print(DocumentWrong("t.toml", [(3, "nodes[0].slot: no such key"), (7, "tasks: ...")]))
    t.toml: 2 problems
      t.toml:3: nodes[0].slot: no such key
      t.toml:7: tasks: ...
    """

    SHOWN_MAX = 50

    def __init__(self, where: str, places: Sequence[tuple[int | None, str]]) -> None:
        lines = [f"{line}: {problem}" if line else f" {problem}" for line, problem in places]
        told = [f"{where}:{line}" for line in lines[: self.SHOWN_MAX]]
        if len(lines) > self.SHOWN_MAX:
            told.append(f"and {len(lines) - self.SHOWN_MAX} more")
        head = "".join(f"\n  {one}" for one in told)
        super().__init__(where, f"{len(lines)} problems{head}")
        if len(told) == 1:
            self.args = (told[0],)
        self.places = tuple(places)


class InventoryError(SwarmError):
    """A description of nodes is wrong; all problems are listed."""

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        super().__init__(f"{where}: " + "; ".join(problems))
        self.where, self.problems = where, tuple(problems)


class BundleError(SwarmError):
    """Packaged code is missing, altered or cannot be imported; `module` is "" if it has no name."""

    def __init__(self, module: str, problem: str) -> None:
        super().__init__(f"module {module}: {problem}" if module else problem)
        self.module, self.problem = module, problem
