"""Why the code of a target cannot be loaded: what it raised, at which of the user's lines."""

from __future__ import annotations

from pathlib import Path

from swarmdsl.compiler import report
from swarmdsl.compiler.missing import missing_import, missing_module, missing_name, quoted
from swarmdsl.compiler.users_lines import users_lines
from swarmdsl.dsl import Span
from swarmdsl.errors import OutsideTask, RunRefused, TargetError


def broken(target: str, problem: Exception) -> TargetError:
    """The error about a target whose import raised this."""
    if isinstance(problem, RunRefused):
        remedy = 'Put it behind `if __name__ == "__main__":`.'
        return raised_at(target, "importing it starts a run", remedy, problem)
    if isinstance(problem, OutsideTask):
        what = f"importing it asks for {problem.what}, which only a running task has"
        remedy = "Read it inside the task: in its function, or in a method of its daemon module."
        return raised_at(target, what, remedy, problem)
    return raised_at(
        target,
        f"importing it raised {named(problem)}",
        _remedy(target, problem) or "Make `python` import it without errors.",
        problem,
    )


def raised_at(target: str, what: str, remedy: str, problem: Exception) -> TargetError:
    """The error about a target whose code raised, with the user's lines that lead there."""
    way = users_lines(problem.__traceback__)
    if isinstance(problem, SyntaxError) and (place := _misread(problem)) is not None:
        way.append(place)
    return TargetError(target, what, remedy, way=way, lines=report.way(way))


def named(problem: Exception) -> str:
    """The class of an error and what it says; the place is shown elsewhere."""
    text = problem.msg if isinstance(problem, SyntaxError) else str(problem)
    if isinstance(problem, ImportError):
        text = text.removesuffix(f" ({problem.path})")
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


def _misread(problem: SyntaxError) -> Span | None:
    """What Python could not read; None if that is in no file."""
    if problem.filename is None or problem.lineno is None or not Path(problem.filename).is_file():
        return None
    column = max(problem.offset or 1, 1)
    end_line = max(problem.end_lineno or 0, problem.lineno)
    end = problem.end_offset or 0
    if end_line == problem.lineno:
        end = max(end, column + 1)
    return Span(
        file=problem.filename,
        line=problem.lineno,
        column=column,
        end_line=end_line,
        end_column=max(end, 1),
    )


def _remedy(target: str, problem: Exception) -> str:
    """What to do, as sentences; empty if nobody can tell."""
    match problem:
        case SyntaxError():
            return "Mend the line that is shown: Python cannot read it."
        case ModuleNotFoundError(name=str() as name):
            return _sentence(missing_module(name))
        case ImportError() if "relative import" in str(problem):
            return _by_its_package(target)
        case ImportError(name=str() as name):
            return _sentence(missing_import(quoted(str(problem)), name))
        case NameError(name=str() as name):
            return _sentence(missing_name(name, problem))
        case _:
            return ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('?', '.')) or not text else '.'}"


def _by_its_package(target: str) -> str:
    """How to name a file that imports its neighbours as parts of a package."""
    place, colon, name = target.partition(":")
    file = Path(place).resolve()
    parts, folder = [file.stem], file.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    if len(parts) == 1:
        return f"It is part of no package: {file.parent} has no __init__.py."
    return f"It is part of a package: name it {'.'.join(parts)}{colon}{name}, in {folder}."
