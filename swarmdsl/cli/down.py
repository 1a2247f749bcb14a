"""`swarm down`: take down what `swarm up` has brought up, and leave nothing of it behind."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from swarmdsl.cli.command import Command
from swarmdsl.cli.deployed import carry_out, named, show_executed, show_plan, the_only
from swarmdsl.cli.durations import duration_s
from swarmdsl.cli.exits import Exit
from swarmdsl.control.deploying import Deployer
from swarmdsl.control.deployments import Deployment, Deployments
from swarmdsl.control.launch import LaunchOptions
from swarmdsl.control.waiting import Patience
from swarmdsl.deploy.executor import Executed
from swarmdsl.deploy.plan import NOTHING, Plan
from swarmdsl.deploy.reconcile import reconcile


def down(command: Command) -> Exit:
    """Stop the run that stands and remove what was made for it; nothing to do is no mistake.

    Raises:
        UsageError: several are up, and none is named.
        EngineError: what is there cannot be seen.
    """
    timeout_s = duration_s(command.arguments.timeout, "--timeout")
    deployments = Deployments(command.home)
    with deployments.held():
        meant = _meant(command, deployments)
        if meant is None:
            return _nothing(command)
        options = LaunchOptions(home=command.home, environment=command.environment)
        deployer = Deployer(deployments, meant, None, options, Patience(), timeout_s)
        with closing(deployer):
            return _down(command, deployer)


def _meant(command: Command, deployments: Deployments) -> Deployment | None:
    what = command.arguments.what or _usual(command)
    known = deployments.all()
    return the_only(named(known, what) if what else known, what)


def _usual(command: Command) -> str:
    given = command.settings.find("target")
    return "" if given is None else given.text


def _nothing(command: Command) -> Exit:
    if not command.arguments.quiet:
        what = command.arguments.what or _usual(command)
        told = f"nothing of {what} is up" if what else "nothing is up"
        command.streams.say(f"{NOTHING}: {told} under {command.home}")
    if command.arguments.dry_run:
        return show_plan(command, Plan())
    return show_executed(command, Executed(done=()), "")


def _down(command: Command, deployer: Deployer) -> Exit:
    keeps = command.arguments.keep_images
    observed = deployer.observed()
    plan = reconcile(None, replace(observed, made=()) if keeps else observed)
    if command.arguments.dry_run:
        return show_plan(command, plan)
    executed = carry_out(command, plan, deployer)
    if executed.problem is None:
        if keeps and deployer.deployment.made:
            deployer.keep_images()
        else:
            deployer.settle()
    return show_executed(command, executed, "")
