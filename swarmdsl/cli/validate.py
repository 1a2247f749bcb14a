"""`swarm validate`: everything that is wrong with some swarms, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from swarmdsl.cli.baseline import Baseline, read_baseline, write_baseline
from swarmdsl.cli.capacities import CAPACITY_FORMATS, with_capacities
from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.findings import written
from swarmdsl.cli.programs import compiled, targets_within
from swarmdsl.cli.reports import painted
from swarmdsl.cli.selection import Selection, selection
from swarmdsl.compiler import Compilation, explain, report
from swarmdsl.compiler.formats.checked import Checked, all_hidden, all_shown, unloaded
from swarmdsl.errors import TargetError

UNUSED = "SW901"  # a suppression that silences nothing


def validate(command: Command) -> Exit:
    """Compile each target and report its findings; nothing is started or written.

    A target that cannot be loaded is told on stderr, and the others are reported all the same.
    The documents that programs read list both.

    Raises:
        UsageError: there is no target, no such code, or no such baseline.
    """
    arguments = command.arguments
    if arguments.explain is not None:
        return _explain(command)
    if arguments.capacity and command.format not in CAPACITY_FORMATS:
        raise UsageError(f"--capacity goes with --format {', '.join(CAPACITY_FORMATS)}")
    if arguments.baseline is not None and arguments.write_baseline is not None:
        raise UsageError("--baseline hides what is known, so --write-baseline would lose it")
    chosen = selection(arguments.select, arguments.ignore)
    known = None if arguments.baseline is None else read_baseline(arguments.baseline)
    found = [one for target in _targets(command) for one in _found(command, target)]
    checked = _used_anywhere(found)
    checked = [chosen.applied(one) for one in checked]
    if arguments.write_baseline is not None:
        return _write_baseline(command, checked)
    if known is not None:
        _say_gone(command, known, checked, chosen)
        checked = known.applied(checked)
    return _report(command, checked)


def _explain(command: Command) -> Exit:
    try:
        page = explain(command.arguments.explain)
    except KeyError as problem:
        raise UsageError(f"--explain: {problem.args[0]}") from problem
    command.streams.show(page)
    return Exit.OK


def _targets(command: Command) -> list[str]:
    """What is to be looked at; with --all a folder stands for the files in it."""
    named = command.arguments.target or [command.usual_target()]
    if not command.arguments.all:
        return named
    from swarmdsl.compiler.target import files_below

    return [file for target in named for file in files_below(target)]


def _found(command: Command, target: str) -> list[Checked]:
    """What a target gives; with --all, what each swarm in it gives."""
    if not command.arguments.all:
        return [_checked(command, target)]
    try:
        targets = targets_within(command, target)
    except TargetError as problem:
        return [_failed(command, target, problem)]
    return [_checked(command, one) for one in targets]


def _failed(command: Command, target: str, problem: TargetError) -> Checked:
    command.streams.say(f"swarm validate: {problem}")
    return Checked(target=target, problem=problem)


def _led_to_all(target: str, problem: TargetError) -> TargetError:
    """What is wrong with a target; a folder may well be meant as all that is in it."""
    if not Path(target).is_dir() or (Path(target) / "__init__.py").is_file():
        return problem
    remedy = f"All in it are checked by: swarm validate --all {target}. {problem.remedy}"
    return TargetError(target, problem.problem, remedy)


def _checked(command: Command, target: str) -> Checked:
    try:
        compilation: Compilation = compiled(command, target)
    except TargetError as problem:
        return _failed(command, target, _led_to_all(target, problem))
    return Checked(
        target=target,
        shown=compilation.diagnostics,
        hidden=compilation.suppressed,
        capacity=compilation.capacity,
        files=_files(compilation),
    )


def _files(compilation: Compilation) -> frozenset[str]:
    calls = [task.call for task in compilation.graph.tasks.values()]
    files = {call.code.co_filename for call in calls if call is not None}
    spans = [module.span for module in compilation.graph.modules.values()]
    return frozenset(files | {span.file for span in spans if span is not None})


def _used_anywhere(checked: Sequence[Checked]) -> list[Checked]:
    """A suppression that one target needs is not unused, whatever another target says."""
    used = {(one.comment, one.diagnostic.code) for each in checked for one in each.hidden}
    needed = {
        one
        for each in checked
        for one in each.shown
        if one.code == UNUSED and any((one.primary, code) in used for code in one.message.split())
    }
    return [replace(one, shown=tuple(x for x in one.shown if x not in needed)) for one in checked]


def _write_baseline(command: Command, checked: Sequence[Checked]) -> Exit:
    if unloaded(checked):
        command.streams.say("swarm validate: no baseline is written without these targets")
        return Exit.USAGE
    found, file = all_shown(checked), command.arguments.write_baseline
    write_baseline(file, found)
    command.streams.say(f"{report.summary(found)} written to {file}")
    return Exit.OK


def _say_gone(
    command: Command, known: Baseline, checked: Sequence[Checked], chosen: Selection
) -> None:
    """Say what the baseline knows and no longer occurs; with a target missing that is unknown."""
    if unloaded(checked):
        return
    found = all_shown(checked)
    files = {file for one in checked for file in one.files}
    files |= {one.primary.file for one in found if one.primary is not None}
    gone = [one for one in known.gone(found, files) if chosen.has(one.code)]
    for one in gone:
        place = f"{one.file}: " if one.file else ""
        command.streams.say(f"no longer found: {place}{one.code} {one.message}")
    if gone:
        command.streams.say(f"write it anew: swarm validate --write-baseline {known.path}")


def _report(command: Command, checked: Sequence[Checked]) -> Exit:
    shown, problems = all_shown(checked), unloaded(checked)
    strict = command.arguments.strict
    # "no findings" for a person, although a target could not even be loaded, would be a lie.
    if shown or not problems or command.format not in {"full", "concise"}:
        text = written(command.format, checked, Path.cwd(), strict=strict)
        if command.arguments.capacity:
            text = with_capacities(command.format, text, checked)
        _write(command, checked, text)
    if problems:
        return Exit.USAGE
    failing = {"error", "warning"} if strict else {"error"}
    return Exit.FAILED if any(one.severity in failing for one in shown) else Exit.OK


def _write(command: Command, checked: Sequence[Checked], text: str) -> None:
    streams, file = command.streams, command.arguments.output_file
    if file is None:
        colored = command.format == "full"
        streams.show(painted(streams, text, streams.out) if colored else text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"--output-file: {problem}") from problem
    summary, problems = report.summary(all_shown(checked)), len(unloaded(checked))
    if all_hidden(checked):
        summary += f", {len(all_hidden(checked))} not shown"
    if problems:
        summary += f", {problems} target{'s' if problems > 1 else ''} not loaded"
    streams.say(f"{summary}; see {file}")
