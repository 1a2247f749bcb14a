"""Images of a Docker Engine: looked up, pulled, tried, and built."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any

from swarmdsl.deploy.engines.docker_client import END_WAIT_S, NAME, DockerClient
from swarmdsl.deploy.engines.docker_remedies import with_remedy
from swarmdsl.deploy.images.dockerfile import BUILD_LABEL, SWARM_LABEL
from swarmdsl.errors import EngineError

BUILD_MAX_S = 3_600.0  # until the engine says something: it is silent while a layer is made
PUSHES_MAX = 3  # of an image, while its registry does not answer in time
SHOWN_LINES_MAX = 12
NONE = "<none>:<none>"
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
_VERSION = re.compile(r"\d+\.\d+")


class DockerImages:
    """The images of one engine.

    Args:
        client: of the engine.
    """

    def __init__(self, client: DockerClient) -> None:
        self._client = client

    def image_id(self, name: str) -> str | None:
        """The id of an image that is here; None if it is not.

        Raises:
            EngineError: that is no name of an image.
        """
        with self._client.told(f"cannot look for the image {name!r}"):
            try:
                return str(self._client.api.inspect_image(name)["Id"])
            except self._client.errors.ImageNotFound:
                return None

    def need_image(self, name: str) -> str:
        """The id of an image, which is pulled if it is not here.

        Raises:
            EngineError: it is neither here nor can it be pulled.
        """
        found = self.image_id(name)
        if found is None:
            self._pull(name)
            found = self.image_id(name)
        if found is None:
            raise EngineError(NAME, f"the image {name!r} was pulled, and is not there")
        return found

    def _pull(self, name: str) -> None:
        try:
            with self._client.told("pulling failed"):
                self._client.api.pull(name)
        except EngineError as error:
            raise EngineError(
                NAME,
                f"the base image {name!r} is not here and cannot be pulled: {error.problem}; "
                f"`docker pull {name}` tells more, and base_image in [tool.swarm.docker] of "
                "pyproject.toml (or --base-image) names another",
            ) from error

    def python_of(self, image: str) -> str:
        """The version of Python in an image.

        Raises:
            EngineError: there is no `python3` in it.
        """
        api = self._client.api
        with self._client.told("cannot ask the Python of the base image"):
            made = api.create_container(image, ["python3", "-c", VERSION], entrypoint="")["Id"]
            try:
                api.start(made)
                api.wait(made, timeout=END_WAIT_S)
                said = str(api.logs(made), "utf-8", "replace").strip()
            finally:
                api.remove_container(made, v=True, force=True)
        if not _VERSION.fullmatch(said):
            raise EngineError(
                NAME, f"the base image has no Python that works: python3 there says {said!r}"
            )
        return said

    def command_of(self, image: str) -> list[str]:
        """The command of an image's own entry point; empty if it has none.

        Raises:
            EngineError: there is no such image.
        """
        with self._client.told(f"cannot look for the image {image!r}"):
            shown = self._client.api.inspect_image(image)["Config"]
        return [str(one) for one in (*(shown["Entrypoint"] or ()), *(shown["Cmd"] or ()))]

    def build(
        self, context: IO[bytes], tag: str, arguments: Mapping[str, str], remains: str
    ) -> None:
        """Make an image from an archive that holds a Dockerfile, without any network.

        Raises:
            EngineError: it failed; nothing of it is left.
        """
        lines: list[str] = []
        try:
            with self._client.told(f"cannot make the image {tag}"):
                said = self._client.api.build(
                    fileobj=context,
                    custom_context=True,
                    tag=tag,
                    buildargs=dict(arguments),
                    rm=True,
                    forcerm=True,
                    network_mode="none",
                    timeout=BUILD_MAX_S,
                    decode=True,
                )
                for message in said:
                    _follow(message, lines, tag)
        except EngineError:
            with suppress(EngineError):  # An engine that is gone has said so already.
                self.remove_remains(remains)
            raise

    def push(self, tag: str, registry: str, say: Callable[[str], None]) -> str:
        """Push an image to a registry, unless it was; returns the name by which nodes pull it.

        If the registry does not answer in time, it is tried again.

        Raises:
            EngineError: it cannot be pushed.
        """
        repository, _, version = tag.partition(":")
        there = f"{registry}/{repository}"
        if pushed := self._pushed(tag, there):
            return pushed
        say(f"pushing the image {tag} to {registry}")
        failed = f"cannot push the image {tag} to {registry}"
        with self._client.told(failed):
            self._client.api.tag(tag, there, version)
            problem = self._try_to_push(there, version)
            for _ in range(PUSHES_MAX - 1):
                if not is_late(problem):
                    break
                say(f"{registry} did not answer in time: pushing the image {tag} again")
                problem = self._try_to_push(there, version)
        if problem:
            raise EngineError(NAME, f"{failed}: {problem}")
        if not (pushed := self._pushed(tag, there)):
            raise EngineError(NAME, f"the image {tag} was pushed to {registry}, which has it not")
        return pushed

    def _try_to_push(self, there: str, version: str) -> str:
        """Push once; returns what went wrong, or nothing."""
        said = self._client.api.push(there, version, stream=True, decode=True)
        return next((str(one["error"]).strip() for one in said if "error" in one), "")

    def _pushed(self, tag: str, there: str) -> str:
        """By which name and digest a registry has an image; "" if it does not, as far as known."""
        with self._client.told(f"cannot look for the image {tag!r}"):
            shown = self._client.api.inspect_image(tag)
        digests = [str(one) for one in shown.get("RepoDigests") or ()]
        return next((one for one in digests if one.startswith(f"{there}@")), "")

    def build_of(self, image: str) -> str:
        """By which the layers of an image are found that have no name; "" if there are none.

        Raises:
            EngineError: there is no such image.
        """
        with self._client.told(f"cannot look for the image {image!r}"):
            labels = self._client.api.inspect_image(image)["Config"]["Labels"] or {}
        return str(labels.get(BUILD_LABEL, ""))

    def remove_remains(self, build: str = "") -> None:
        """Remove layers without a name, of one build or of all, that no image needs.

        Raises:
            EngineError: that cannot be done.
        """
        label = f"{BUILD_LABEL}={build}" if build else BUILD_LABEL
        with self._client.told("cannot remove what a build has left"):
            self._client.api.prune_images(filters={"dangling": True, "label": label})

    def made(self) -> list[str]:
        """The names of all images that were made for swarms, those made from others first."""
        found: list[str] = []
        for label in (SWARM_LABEL, BUILD_LABEL):
            with self._client.told("cannot list images"):
                images = self._client.api.images(filters={"label": label})
            found += sorted(tag for one in images for tag in one["RepoTags"] or () if tag != NONE)
        return [*dict.fromkeys(found)]

    def remove(self, name: str) -> bool:
        """Remove an image, unless a container uses it; whether it was removed.

        Raises:
            EngineError: that cannot be done.
        """
        with self._client.told(f"cannot remove the image {name}"):
            try:
                self._client.api.remove_image(name)
            except self._client.errors.APIError as error:
                if error.status_code not in {404, 409}:
                    raise
                return False
        return True


def is_late(problem: str) -> bool:
    """Whether a registry has not answered in time, as far as the words of the engine tell.

    >>> is_late("net/http: request canceled (Client.Timeout exceeded while awaiting headers)")
    True
    >>> is_late("denied: requested access to the resource is denied")
    False
    """
    return "timeout" in problem.lower()


def _follow(message: Mapping[str, Any], lines: list[str], tag: str) -> None:
    """Take note of what the engine says about a build.

    Raises:
        EngineError: it failed.
    """
    lines += str(message.get("stream", "")).splitlines()
    del lines[:-SHOWN_LINES_MAX]
    if "error" in message:
        told = "\n".join(line for line in lines if line.strip())
        problem = str(message["error"]).strip()
        text = with_remedy(f"{problem}\n{told}".strip())
        raise EngineError(NAME, f"cannot make the image {tag}: {text}")
