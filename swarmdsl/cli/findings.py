"""The report of `swarm validate` in each of its formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from swarmdsl.compiler import report
from swarmdsl.compiler.formats.checked import (
    Checked,
    all_hidden,
    all_shown,
    hidden_summary,
    place_of,
    unloaded,
)
from swarmdsl.compiler.formats.github import github
from swarmdsl.compiler.formats.junit import junit
from swarmdsl.compiler.formats.sarif import sarif
from swarmdsl.errors import TargetError


def written(name: str, checked: Sequence[Checked], folder: Path, *, strict: bool) -> str:
    """The report in the format of this name.

    Args:
        name: of the format.
        checked: the targets.
        folder: the current one. SARIF and GitHub name files from the root of its repository.
        strict: whether warnings fail.
    """
    match name:
        case "json":
            return _as_json(checked, folder)
        case "concise":
            return report.concise(all_shown(checked), folder)
        case "sarif":
            return sarif(checked, _root(folder))
        case "github":
            return github(checked, _root(folder))
        case "junit":
            return junit(checked, folder, strict=strict)
        case _:
            text = report.full(all_shown(checked), folder)
            return text + "".join(f"{line}\n" for line in hidden_summary(all_hidden(checked)))


def _root(folder: Path) -> Path:
    """The root of the repository that a folder lies in; the folder itself if in none."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def _as_json(checked: Sequence[Checked], folder: Path) -> str:
    """The compiler's document, with what is hidden, and with the targets that it never saw."""
    problems, hidden = unloaded(checked), all_hidden(checked)
    document = json.loads(report.as_json(all_shown(checked), folder))
    errors = any(one.diagnostic.severity == "error" for one in hidden)
    document["valid"] = document["valid"] and not problems and not errors
    document["error_count"] += len(problems)
    of_hidden = json.loads(report.as_json([one.diagnostic for one in hidden], folder))
    document["hidden"] = [
        each | {"hidden_by": one.by, "reason": one.reason}
        for one, each in zip(hidden, of_hidden["diagnostics"], strict=True)
    ]
    document["targets_failed"] = [_failed(one, folder) for one in problems]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _failed(problem: TargetError, folder: Path) -> dict[str, Any]:
    at = place_of(problem)
    return {
        "target": problem.target,
        "problem": f"{problem.problem}. {problem.remedy}",
        "range": None if at is None else report.range_of(at, folder),
    }
