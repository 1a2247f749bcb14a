"""Which deployed swarm a command means, and how its plan is shown and carried out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError, exit_for
from swarmdsl.cli.values import as_json
from swarmdsl.control.deploying import Deployer
from swarmdsl.control.deployments import Deployment
from swarmdsl.deploy.executor import Executed, execute
from swarmdsl.deploy.plan import Operation, Plan, documents_of, line_of


def source_of(target: str) -> tuple[str, str]:
    """Where a target is, in whichever folder it was written, and the class that it names.

    >>> source_of("/home/me/words.py:WordCount")
    ('/home/me/words.py', 'WordCount')
    """
    place, _, name = target.partition(":")
    if Path(place).exists() or place.endswith(".py") or "/" in place:
        return str(Path(place).absolute().resolve()), name
    return f"{place} of {Path.cwd()}", name


def named(deployments: Sequence[Deployment], what: str) -> list[Deployment]:
    """Those that a text names: a target, a run, or a beginning of the id of a run."""
    source, name = source_of(what)
    of_target = [
        one for one in deployments if one.source == source and name in ("", one.swarm, one.of_class)
    ]
    return of_target or [one for one in deployments if one.run and one.run.startswith(what)]


def show_plan(command: Command, plan: Plan) -> Exit:
    """Write a plan that is not carried out."""
    if command.format == "json":
        operations = documents_of(plan.operations)
        command.streams.show(as_json({"dry_run": True, "operations": operations}))
    else:
        command.streams.show(f"{plan}\n")
    return Exit.OK


def carry_out(command: Command, plan: Plan, deployer: Deployer) -> Executed:
    """Carry a plan out, and say each operation before it begins."""

    def about_to(operation: Operation) -> None:
        if not command.arguments.quiet:
            command.streams.say(line_of(operation))

    return execute(plan, deployer.apply, about_to)


def show_executed(command: Command, executed: Executed, run: str) -> Exit:
    """Show what was done, and what was not if an operation failed; the exit code for that."""
    if command.format == "json":
        command.streams.show(as_json(_document(executed, run)))
    elif run:
        command.streams.show(f"{run}\n")
    if executed.problem is None:
        return Exit.OK
    command.streams.say(f"swarm {command.verb}: {executed.problem}")
    for operation in executed.left:
        command.streams.say(f"not done: {line_of(operation)}")
    command.streams.say(f"swarm {command.verb} again goes on from here")
    return exit_for(executed.problem)


def _document(executed: Executed, run: str) -> dict[str, object]:
    failed = documents_of([executed.failed] if executed.failed is not None else [])
    return {
        "dry_run": False,
        "run": run or None,
        "operations": documents_of(executed.done),
        "failed": failed[0] if failed else None,
        "problem": None if executed.problem is None else str(executed.problem),
        "not_done": documents_of(executed.left),
    }


def the_only(deployments: Sequence[Deployment], what: str) -> Deployment | None:
    """The one that is meant; None if there is none.

    Raises:
        UsageError: there are several.
    """
    if len(deployments) > 1:
        listed = "".join(
            f"\n  {one.swarm} of {one.source}{f', run {one.run}' if one.run else ''}"
            for one in deployments
        )
        raise UsageError(f"{what or 'nothing'} names no single one of what is up:{listed}")
    return deployments[0] if deployments else None
