"""The image of a module that is an image: its own, with what a daemon needs beside it.

Nothing is asked of such an image, neither Python nor a shell nor a certain C library. So all of an
environment lies in a folder of it, and its first process is the loader from there, which is told
where the libraries are: nothing of that is in the environment of the entry point.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent

import msgspec

from swarmdsl.daemon.contained_protocol import ENTRY_FILE, FOLDER, SCRATCH
from swarmdsl.deploy.images.dockerfile import BUILD_LABEL, SWARM_LABEL
from swarmdsl.deploy.images.healthcheck import healthcheck
from swarmdsl.errors import EngineError
from swarmdsl.topology.codec import BUNDLES

RUNTIME = f"{FOLDER}/runtime"
OWN = f"{FOLDER}/own"
PATHS = "swarmdsl.pth"
ENTRY = "entry.json"

PROBE = """
import json, os, ssl, sys, sysconfig, zmq, msgspec
mapped = {line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}
places = {"base": sys.base_prefix, "platbase": sys.base_prefix}
print(json.dumps({
    "loader": min(one for one in mapped if os.path.basename(one).startswith("ld-")),
    "libraries": sorted({os.path.dirname(one) for one in mapped if "/python" not in one}),
    "python": os.path.realpath(sys.executable),
    "site": sysconfig.get_path("purelib", vars=places),
    "packages": sysconfig.get_path("purelib"),
}))
"""
"""What an environment is asked: where its loader, its libraries and its Python are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where an environment has what; its own paths.

    Attributes:
        loader: of programs.
        libraries: the folders of the libraries that Python loads.
        python: the interpreter.
        site: the folder in which it looks for files that say where packages are.
        packages: the folder of the installed packages.
    """

    loader: str
    libraries: Sequence[str]
    python: str
    site: str
    packages: str

    @staticmethod
    def told(text: str) -> Layout:
        """What the probe has printed.

        Raises:
            EngineError: it has failed, and has printed something else.
        """
        try:
            return msgspec.json.decode(text, type=Layout)
        except msgspec.DecodeError as error:
            raise EngineError(
                "docker", f"the base image does not tell where its Python is: {text!r}"
            ) from error

    @property
    def interpreter(self) -> tuple[str, ...]:
        """How the container executes Python: by its own loader and libraries."""
        return (
            RUNTIME + self.loader,
            *("--inhibit-cache", "--library-path"),
            ":".join(RUNTIME + folder for folder in self.libraries),
            RUNTIME + self.python,
        )

    @property
    def first_process(self) -> tuple[str, ...]:
        """What the container executes."""
        # What the image has in its variables for a Python of its own is not for this one.
        return (*self.interpreter, "-I", "-m", "swarmdsl.daemon", "contained")


def entered_dockerfile(
    image: str, environment_image: str, layout: Layout, swarm: str, build: str
) -> str:
    """The Dockerfile of a module's image, and what is put beside it.

    Args:
        image: of the module.
        environment_image: that is put into it.
        layout: of that.
        swarm: the name of the swarm.
        build: by which its layers are found.
    """
    return dedent(
        f"""\
        FROM {image}
        LABEL {BUILD_LABEL}={build}
        COPY --from={environment_image} / {RUNTIME}
        COPY scratch /
        COPY {PATHS} {RUNTIME}{layout.site}/{PATHS}
        COPY own {OWN}
        COPY {ENTRY} {ENTRY_FILE}
        LABEL {SWARM_LABEL}={json.dumps(swarm)}
        COPY {BUNDLES} {FOLDER}/{BUNDLES}
        ENTRYPOINT []
        {healthcheck(layout.interpreter)}
        CMD {json.dumps(layout.first_process)}
        """
    )


def entered_files(layout: Layout, command: Sequence[str], wheel: bytes) -> dict[str, bytes]:
    """What the build of such an image is given beside the bundles, by path.

    Args:
        layout: of the environment.
        command: of the entry point.
        wheel: swarmdsl itself, which is unpacked here, since nobody could there.
    """
    paths = f"{OWN}\n{RUNTIME}{layout.packages}\n"
    return {
        # A volume takes over the mode of the folder, which such an image may not have.
        f"scratch{SCRATCH}/": b"",
        PATHS: paths.encode(),
        ENTRY: msgspec.json.encode(command),
        **{f"own/{name}": data for name, data in _unpacked(wheel).items()},
    }


def _unpacked(wheel: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return {one: archive.read(one) for one in archive.namelist() if not one.endswith("/")}
