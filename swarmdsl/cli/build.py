"""`swarm build`: the images of a swarm, as engines with containers run them."""

from __future__ import annotations

from contextlib import closing

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.images import base_image_of
from swarmdsl.cli.programs import Program, compiled, is_topology, refuse_compiler_flags, stored
from swarmdsl.cli.reports import say_findings
from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.engines.docker_images import DockerImages
from swarmdsl.deploy.images.building import bundles_within, dockerfiles_of, images_of


def build(command: Command) -> Exit:
    """Make the images that are not there yet; their names go to stdout, one per environment.

    With `--print` the Dockerfiles go to stdout, and nothing is made.

    Raises:
        CompileError: the swarm has errors; nothing is made.
        EngineError: no engine answers, or an image cannot be made.
        ExtraMissing: docker-py is not installed.
    """
    program, base_image = _program(command), base_image_of(command)
    if command.arguments.print:
        command.streams.show("\n".join(dockerfiles_of(program.topology, base_image)))
        return Exit.OK
    with closing(DockerClient(command.environment)) as client:
        images = images_of(
            program.topology,
            bundles_within(program.topology, program.bundles),
            base_image,
            command.environment,
            DockerImages(client),
            command.streams.say,
        )
    command.streams.show("".join(f"{image}\n" for image in dict.fromkeys(images.values())))
    return Exit.OK


def _program(command: Command) -> Program:
    target = command.target()
    if is_topology(target):
        refuse_compiler_flags(command, target)
        return stored(target)
    compilation = compiled(command, target)
    topology = compilation.require()
    say_findings(command.streams, compilation.diagnostics)
    return Program(topology=topology, bundles=compilation.bundles)
