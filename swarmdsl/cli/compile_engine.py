"""`swarm compile --engine NAME`: the files that an engine needs beside the topology, if any."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.images import base_image_of
from swarmdsl.cli.programs import Program
from swarmdsl.deploy.compose.folder import DOCUMENT, EMPTY, compose_files, images_alone
from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.engines.docker_images import DockerImages
from swarmdsl.deploy.images.building import entry_of
from swarmdsl.deploy.registry import ENGINES
from swarmdsl.errors import EngineError
from swarmdsl.topology.codec import BUNDLES, FILE, write

COMPOSE = "compose"
NEEDS_NO_FILES: Mapping[str, str] = {
    "process": "the engine process needs no file beside the topology",
    "docker": "the engine docker needs no file beside the topology: `swarm run --engine docker` "
    "makes the images, `swarm build --print` shows their Dockerfiles",
    "docker-swarm": "the engine docker-swarm needs no file beside the topology: `swarm run "
    "--engine docker-swarm` makes images, services and their network",
}


def engine_asked_for(command: Command) -> str | None:
    """The engine that the flag names: one in a variable is meant for runs.

    Raises:
        UsageError: there is none of this name, or another flag contradicts it.
    """
    engine: str | None = command.arguments.engine
    if engine is None:
        return None
    if engine not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise UsageError(f"--engine: there is no engine {engine!r}; choose of: {known}")
    if engine != COMPOSE:
        command.streams.say(NEEDS_NO_FILES[engine])
        return None
    arguments = command.arguments
    if arguments.plan or arguments.schema:
        raise UsageError(
            "--engine compose writes files, and --plan and --schema none: leave one out"
        )
    if command.settings.flags.get("format") not in {None, "toml"}:
        raise UsageError("--engine compose writes the topology as TOML: leave --format out")
    return engine


def compile_for_compose(command: Command, program: Program) -> Exit:
    """Write the folder of a Compose project, compare it with one, or show its compose file.

    Raises:
        EngineError: Compose cannot run this topology, or a module is an image that cannot be asked
            for its entry point.
        ExtraMissing: it is one, and docker-py is not installed.
        UsageError: the folder cannot be read or written.
    """
    topology, base_image = program.topology, base_image_of(command)
    commands = _entry_points(command, images_alone(topology, base_image))
    files = compose_files(topology, program.bundles, base_image, commands)
    if command.arguments.diff is not None:
        return _compare(command, files, Path(command.arguments.diff))
    if command.arguments.output is None:
        command.streams.show(files[DOCUMENT].decode())
        return Exit.OK
    folder = command.arguments.output
    try:
        write(program.topology, program.bundles, folder)
        _write(Path(folder), {path: files[path] for path in files if not _is_compiled(path)})
    except OSError as problem:
        raise UsageError(f"-o {folder}: {problem}") from problem
    command.streams.say(f"wrote {Path(folder) / DOCUMENT} and what its images are made from")
    up = "docker-compose up --exit-code-from controller"
    command.streams.say(f"run it with: cd {folder} && {up}")
    return Exit.OK


def _entry_points(command: Command, images: Sequence[str]) -> dict[str, Sequence[str]]:
    """What each of these images executes by itself, as a Docker Engine tells it.

    Neither a build nor a container could be asked later: they know nothing of images.
    """
    if not images:
        return {}
    try:
        with closing(DockerClient(command.environment)) as client:
            shelf = DockerImages(client)
            return {image: entry_of(shelf, image) for image in images}
    except EngineError as error:
        raise EngineError(
            COMPOSE,
            f"what the entry point of an image executes is written in the image alone, and "
            f"{', '.join(images)} cannot be asked: {error.problem}",
        ) from error


def _is_compiled(path: str) -> bool:
    """Whether it is a part of every compiled topology."""
    return path == FILE or (Path(path).parent == Path(BUNDLES) and path != EMPTY)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def _compare(command: Command, files: Mapping[str, bytes], folder: Path) -> Exit:
    """Show line by line what differs from a folder; the exit code is 1 if anything does."""
    if not folder.is_dir():
        raise UsageError(f"--diff {folder}: there is no such folder")
    differing = {path: data for path, data in files.items() if _there(folder / path) != data}
    for path, data in differing.items():
        command.streams.show("".join(_difference(path, _there(folder / path), data)))
    number = len(differing)
    told = f"{number} file{'s' if number != 1 else ''}" if number else "no file"
    command.streams.say(f"{told} of {folder} would be another")
    return Exit.FAILED if differing else Exit.OK


def _there(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise UsageError(f"--diff: {problem}") from problem


def _difference(path: str, old: bytes | None, new: bytes) -> Iterator[str]:
    """As `diff -u` shows it; of what is no text, only that it differs."""
    try:
        before, after = (old or b"").decode(), new.decode()
    except UnicodeDecodeError:
        yield f"{'added' if old is None else 'changed'}: {path}\n"
        return
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        "/dev/null" if old is None else path,
        path,
    )
    yield from (line if line.endswith("\n") else f"{line}\n" for line in lines)
