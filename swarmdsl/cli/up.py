"""`swarm up`: from what stands to what is wanted, by a plan that can be seen before."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from swarmdsl.cli.chosen import again
from swarmdsl.cli.command import Command
from swarmdsl.cli.deployed import carry_out, show_executed, show_plan, source_of
from swarmdsl.cli.durations import duration_s
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.images import base_image_of, registry_of
from swarmdsl.cli.programs import Program as Compiled
from swarmdsl.cli.programs import program_for, with_weights
from swarmdsl.cli.run import engine_of, make_home, transport_of
from swarmdsl.cli.secrets_given import secrets_for
from swarmdsl.control.deploying import Deployer, Program
from swarmdsl.control.deployments import Deployment, Deployments
from swarmdsl.control.launch import LaunchOptions
from swarmdsl.control.secrets import Secrets
from swarmdsl.control.stored_run import record_of
from swarmdsl.control.waiting import Patience
from swarmdsl.deploy.engine import say_nothing
from swarmdsl.deploy.observed import Observed
from swarmdsl.deploy.placed import weights_of
from swarmdsl.deploy.plan import NOTHING, BeginRun, Plan, ResumeRun
from swarmdsl.deploy.reconcile import reconcile
from swarmdsl.topology.codec import from_json
from swarmdsl.topology.model import Topology


def up(command: Command) -> Exit:
    """Have the swarm stand in the background; the id of its run goes to stdout.

    With `--dry-run` the plan goes to stdout, and nothing is done.

    Raises:
        CompileError: the swarm has errors; nothing was done.
        UsageError: a run that works would have to end, and `--force` is not given.
        EngineError: what is there cannot be seen.
    """
    timeout_s = duration_s(command.arguments.timeout, "--timeout")
    options = LaunchOptions(
        home=command.home,
        environment=command.environment,
        engine=engine_of(command),
        base_image=base_image_of(command),
        registry=registry_of(command),
        transport=transport_of(command),
        say=say_nothing if command.arguments.quiet else command.streams.say,
    )
    found = program_for(command)
    make_home(command)
    source, of_class = source_of(command.target())
    deployments = Deployments(command.home)
    with deployments.held():
        known = deployments.of(source, found.topology.name, of_class)
        program = Program(
            topology=found.topology,
            bundles=found.bundles,
            as_begun=_as_begun(command, found, known),
        )
        deployer = Deployer(deployments, known, program, options, Patience(), timeout_s)
        with closing(deployer):
            return _up(command, deployer, program)


def _as_begun(command: Command, found: Compiled, known: Deployment) -> Topology | None:
    """What the swarm would be with the weights that the run which stands began with."""
    if not (known.run and known.topology):
        return None
    begun = from_json(known.topology, known.name)
    return with_weights(command, found, weights_of(begun))


def _up(command: Command, deployer: Deployer, program: Program) -> Exit:
    observed = deployer.observed()
    plan = reconcile(deployer.wanted(), observed)
    if command.arguments.dry_run:
        return show_plan(command, plan)
    if not command.arguments.force:
        _refuse_to_end(plan, observed)
    if any(isinstance(one, BeginRun | ResumeRun) for one in plan.operations):
        given = secrets_for(command, program.topology)
        deployer.options = replace(
            deployer.options, environment=given.environment, secrets=Secrets(given.values)
        )
    executed = carry_out(command, plan, deployer)
    run = deployer.deployment.run
    if executed.problem is None:
        deployer.settle()
        if not command.arguments.quiet:
            _say_standing(command, deployer, plan)
    return show_executed(command, executed, run)


def _refuse_to_end(plan: Plan, observed: Observed) -> None:
    """A run that works is not ended unasked."""
    is_working = observed.run is not None and not observed.run.is_lost
    for stop in plan.stops() if is_working else ():
        raise UsageError(
            f"run {stop.run} stands, and what is wanted needs another: {stop.cause}. "
            "--force ends it and begins that one; --dry-run shows the plan; nothing was done"
        )


def _say_standing(command: Command, deployer: Deployer, plan: Plan) -> None:
    """Say that it stands, and what one can do now."""
    run, folder = deployer.deployment.run, deployer.folder()
    record = None if folder is None else record_of(folder)
    if record is not None and record.ended_at is not None:
        command.streams.say(f"run {run} is {record.state} already: {record.reason}")
        return
    if plan.is_empty:
        command.streams.say(f"{NOTHING}: run {run} stands as it is wanted")
        return
    command.streams.say(f"run {run} stands")
    for word, verb in {"look": "status", "read": "logs -f", "end": "down"}.items():
        command.streams.say(f"{word:<6} {again(command, verb, run)}")
