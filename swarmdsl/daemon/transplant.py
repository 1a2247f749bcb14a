"""Has what is installed in an image run from a folder of another image, whatever that holds.

Of the other image nothing is asked, neither Python nor a shell nor a certain C library. So all of
this one is copied into a folder of it, and the first process there is the loader from that folder,
which is told where the libraries are: nothing of that is in the environment of the entry point.

The loader, Python and the libraries lie elsewhere in every image. So they are linked at places that
are the same in all, while the image is made: whoever starts a container knows what to execute.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from swarmdsl.daemon.contained_protocol import FOLDER, RUNTIME, SCRATCH
from swarmdsl.errors import EngineError

PLACES = f"{FOLDER}/places"
"""The folder of the links; in the image that it is copied from."""

EMPTY = f"{FOLDER}/empty"
"""Folders that the other image is to have, with nothing in them."""

PATHS_FILE = "swarmdsl.pth"
MAPS = Path("/proc/self/maps")
LOADED = ("ssl", "msgspec", "swarmdsl.transport.zeromq")
"""What needs libraries in a daemon: it is loaded, and then it is seen which these are."""

INTERPRETER = (
    f"{RUNTIME}{PLACES}/loader",
    *("--inhibit-cache", "--library-path", f"{RUNTIME}{PLACES}/libraries"),
    f"{RUNTIME}{PLACES}/python",
)
"""How such a container executes Python: by its own loader and libraries."""

# What the image has in its variables for a Python of its own is not for this one.
FIRST_PROCESS = (*INTERPRETER, "-I", "-m", "swarmdsl.daemon")
"""What such a container executes, before the words that say what it is to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is installed here, and where.

    Attributes:
        mapped: the shared libraries of a process that has loaded all that a daemon does.
        python: the interpreter.
        site: the folder in which it looks for files that say where packages are.
        packages: the folder of the installed packages.
    """

    mapped: frozenset[Path]
    python: Path
    site: Path
    packages: Path

    @staticmethod
    def own() -> Installation:
        """That of this process."""
        for name in LOADED:
            import_module(name)
        lines = MAPS.read_text("utf-8", "replace").splitlines()
        base = {"base": sys.base_prefix, "platbase": sys.base_prefix}
        return Installation(
            mapped=frozenset(Path(line.split()[-1]) for line in lines if ".so" in line),
            python=Path(sys.executable).resolve(),
            site=Path(sysconfig.get_path("purelib", vars=base)),
            packages=Path(sysconfig.get_path("purelib")),
        )

    @property
    def loader(self) -> Path:
        """Of programs.

        Raises:
            EngineError: programs need none here, so they cannot be told where libraries are.
        """
        found = sorted(one for one in self.mapped if one.name.startswith("ld-"))
        if not found:
            raise EngineError(
                "docker",
                f"the base image has no loader of programs that {self.python} uses, so its Python "
                "cannot be put into the image of a module; name another base image",
            )
        return found[0]

    @property
    def library_folders(self) -> list[Path]:
        """Where libraries are that Python itself does not know how to find."""
        return sorted({one.parent for one in self.mapped if "/python" not in str(one)})


def transplant(
    installed: Installation,
    places: Path = Path(PLACES),
    empty: Path = Path(EMPTY),
    runtime: str = RUNTIME,
) -> None:
    """Write the links, and all else that the other image is to have.

    Args:
        installed: what is to run there.
        places: where the links are put.
        empty: where the folders are put that the other image is to have.
        runtime: the folder there that all of this image is copied into.

    Raises:
        EngineError: there is no loader of programs.
        OSError: it cannot be written here.
    """
    libraries = places / "libraries"
    libraries.mkdir(parents=True)
    _link(places / "loader", installed.loader, runtime)
    _link(places / "python", installed.python, runtime)
    for name, file in _first_of_each_name(installed.library_folders):
        _link(libraries / name, file, runtime)
    scratch = empty / SCRATCH.lstrip("/")
    scratch.mkdir(parents=True)
    scratch.chmod(0o1777)  # A volume takes over the mode of the folder that it is seen at.
    paths = f"{runtime}{installed.packages}\n"
    installed.site.mkdir(parents=True, exist_ok=True)
    (installed.site / PATHS_FILE).write_text(paths, "utf-8")


def _first_of_each_name(folders: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """The libraries in some folders; of several with one name the first, as a loader finds them."""
    seen: set[str] = set()
    for folder in folders:
        for file in sorted(folder.iterdir()):
            if ".so" in file.name and file.name not in seen and file.is_file():
                seen.add(file.name)
                yield file.name, file


def _link(place: Path, file: Path, runtime: str) -> None:
    """Have the place lead to a file as it will lie in the other image."""
    with suppress(FileNotFoundError):
        place.unlink()
    place.symlink_to(f"{runtime}{file.resolve()}")
