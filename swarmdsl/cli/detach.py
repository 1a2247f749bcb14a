"""`--detach` of `swarm run` and `swarm resume`: leave a run to a process of its own."""

from __future__ import annotations

from swarmdsl.api import start_topology
from swarmdsl.cli.chosen import again
from swarmdsl.cli.command import Command
from swarmdsl.cli.documents import document_of
from swarmdsl.cli.ending import details_of
from swarmdsl.cli.exits import Exit, exit_for_end
from swarmdsl.cli.images import base_image_of, registry_of
from swarmdsl.cli.programs import Program
from swarmdsl.cli.secrets_given import Given
from swarmdsl.cli.standing import STYLES
from swarmdsl.cli.values import as_json
from swarmdsl.control.detach import resume_detached
from swarmdsl.control.home import RunFolder
from swarmdsl.control.launch import LaunchOptions
from swarmdsl.control.records import RunRecord
from swarmdsl.control.secrets import Secrets
from swarmdsl.control.state import ReasonKind, RunState, recorded_reason
from swarmdsl.control.stored_run import StoredRun


def detach(
    command: Command,
    program: Program,
    engine: str,
    transport: str,
    given: Given,
) -> Exit:
    """Begin the run; returns when its daemons are connected, or it has failed to start.

    Raises:
        RunNotStarted: its process ended without a word.
    """
    begun = start_topology(
        program.topology,
        program.bundles,
        engine=engine,
        base_image=base_image_of(command),
        registry=registry_of(command),
        transport=transport,
        home=command.home,
        environment=given.environment,
        secrets=given.values,
    )
    return _show(command, RunFolder(begun.folder))


def detach_resumed(command: Command, run: RunFolder, given: Given) -> Exit:
    """Go on with a lost run; returns when its daemons are in new hands.

    Raises:
        RunNotResumable: it has ended, or a living process looks after it.
        RunNotStarted: the process could not go on with it.
    """
    options = LaunchOptions(
        home=command.home, environment=given.environment, secrets=Secrets(given.values)
    )
    resume_detached(run, options)
    return _show(command, run)


def _show(command: Command, run: RunFolder) -> Exit:
    stored = StoredRun.open(run)
    record = stored.record()
    if command.format == "json":
        command.streams.show(as_json(document_of(stored)))
    else:
        command.streams.show(f"{record.id}\n")
    if not command.arguments.quiet or record.state == RunState.FAILED.value:
        _say(command, record)
    return _exit(record)


def _say(command: Command, record: RunRecord) -> None:
    """Say how the start went, and what one can do now."""
    streams = command.streams
    state = streams.paint(record.state, STYLES.get(record.state, "warning"), streams.err)
    if record.ended_at is None or record.reason is None or record.reason_kind is None:
        streams.say(f"run {record.id} is {state} in the background")
        verbs = {"look": "status", "read": "logs -f", "end": "stop"}
    else:
        reason = recorded_reason(record.reason_kind, record.reason)
        streams.say(f"run {record.id} is {state}: {reason.text}")
        for line in details_of(reason):
            streams.say(f"    {line}")
        verbs = {"more": "results", "read": "logs"}
    for word, verb in verbs.items():
        streams.say(f"{word:<6} {again(command, verb, record.id)}")


def _exit(record: RunRecord) -> Exit:
    """0 for what runs, else the code that `swarm run` has for the end."""
    if record.ended_at is None or record.reason_kind is None:
        return Exit.OK
    return exit_for_end(RunState(record.state), ReasonKind(record.reason_kind))
