"""Builds a wheel whose hottest modules are compiled, where that is asked for.

`HATCH_BUILD_HOOKS_ENABLE=1 pip install .` compiles what `pyproject.toml` names under `modules` with
mypyc, which makes C of typed Python. The sources stay in the wheel, beside what was made of them,
and are what an interpreter of another version or another system imports. Nothing is written to the
source tree, so an editable installation runs what its files say.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "swarmdsl"
GROUP = f"{PACKAGE}.compiled"
"""All modules are one library, within the package: calls from one to another stay in C."""

SETUP = """
from mypyc.build import mypycify
from setuptools import setup

options = ["--config-file=", "--explicit-package-bases", "--ignore-missing-imports"]
modules = mypycify([*options, "--follow-imports=silent", *{paths!r}], group_name={group!r})
setup(name="swarmdsl-compiled", packages=[], ext_modules=modules)
"""

LOG_CHARACTERS_MAX = 8_000  # the end is kept: there stands what went wrong


class Compiling(BuildHookInterface[Any]):
    """Compiles before a wheel is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add what has been compiled to the wheel, which is one for this interpreter then.

        Raises:
            ValueError: a module that is named is not there.
            RuntimeError: the compiler failed; it says why.
        """
        if self.target_name != "wheel" or version == "editable":
            return
        self._folder = TemporaryDirectory(prefix="swarmdsl-compiled-")
        folder = Path(self._folder.name)
        self.app.display_info("Compiling modules: this takes two or three minutes")
        for library in self._compiled(folder):
            build_data["force_include"][str(library)] = str(library.relative_to(folder / "made"))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is there: what it was made of is not needed."""
        del version, build_data, artifact_path
        if hasattr(self, "_folder"):
            self._folder.cleanup()

    def _compiled(self, folder: Path) -> Iterator[Path]:
        """The libraries that a copy of the package gives."""
        root = Path(self.root)
        paths = sorted(
            {
                str(path.relative_to(root))
                for pattern in self.config["modules"]
                for path in _matching(root, pattern)
            }
        )
        shutil.copytree(root / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("*.so"))
        (folder / "setup.py").write_text(SETUP.format(paths=paths, group=GROUP), encoding="utf-8")
        command = [sys.executable, "setup.py", "build_ext", "--build-lib", "made"]
        done = subprocess.run(
            command,
            cwd=folder,
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode:
            log = (done.stdout + done.stderr)[-LOG_CHARACTERS_MAX:]
            raise RuntimeError(f"the modules could not be compiled; this is why:\n{log}")
        return (folder / "made").rglob("*.so")


def _matching(root: Path, pattern: str) -> list[Path]:
    found = [*root.glob(pattern)]
    if not found:
        raise ValueError(f"hatch_build.py: there is no module {pattern!r}")
    return found
