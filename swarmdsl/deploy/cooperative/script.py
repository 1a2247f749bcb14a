"""A script in the process of its daemon: its `main()` is called here, where a debugger sees it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

from swarmdsl.daemon.bundle import bundle_path, make_importable
from swarmdsl.daemon.program import Push
from swarmdsl.daemon.task_environment import environment_of, task_environment
from swarmdsl.daemon.wiring import Hosted
from swarmdsl.daemon.work import Handle, Runnable
from swarmdsl.deploy.cooperative.worn import Variables, Wardrobe
from swarmdsl.light.context import current, entered
from swarmdsl.topology.model import ModuleSpec
from swarmdsl.wire.codec import decode_blob, encode_blob


class ScriptModules:
    """The import path, `sys.argv` and the modules of one run of a script: it finds none imported.

    Args:
        module: the script.
        folder: of the run; the bundles are in it.
    """

    def __init__(self, module: ModuleSpec, folder: Path) -> None:
        self._module = module
        self._folder = folder
        self._argv = [module.entry]
        self._path = [str(bundle_path(folder, module.bundle)), *sys.path]
        with ZipFile(self._path[0]) as bundle:
            self._names = {name.partition("/")[0].removesuffix(".py") for name in bundle.namelist()}
        self._modules: dict[str, ModuleType] = {}

    def put_on(self) -> None:
        """Give way to the script's own."""
        self._exchange()

    def take_off(self) -> None:
        """Put back what was there."""
        self._exchange()

    def _exchange(self) -> None:
        sys.argv, self._argv = self._argv, sys.argv
        sys.path, self._path = self._path, sys.path
        others = {
            name: module
            for name, module in sys.modules.items()
            if name.partition(".")[0] in self._names
        }
        for name in others:
            del sys.modules[name]
        sys.modules.update(self._modules)
        self._modules = others

    def main(self) -> Any:
        """Import the script and call its `main()`; to be called while this is worn.

        Raises:
            BundleError: the bundle is not what the topology names.
        """
        make_importable(self._module, self._folder)
        return importlib.import_module(self._module.entry).main()


class ScriptHere:
    """Runs a script anew each time, within the daemon that hosts it.

    Args:
        hosted: the instance.
        folder: of the run; the bundles are in it.
        wardrobe: of the process.
    """

    def __init__(self, hosted: Hosted, folder: Path, wardrobe: Wardrobe) -> None:
        self._hosted = hosted
        self._folder = folder
        self._wardrobe = wardrobe

    def run(self, work: Runnable, push: Push) -> None:
        """Run the script once and push what `main()` returned, as what it is on the wire.

        Raises:
            BundleError: its bundle is missing or altered.
        """
        inputs: Mapping[str, object] = decode_blob(encode_blob(work.arguments))
        context = replace(current("ScriptHere.run"), inputs=inputs)
        environment = environment_of(self._hosted.task, os.environ)
        variables = Variables.of({**environment, **task_environment(context)})
        modules = ScriptModules(self._hosted.module, self._folder)
        with self._wardrobe.wearing(variables, modules), entered(context):
            value = decode_blob(encode_blob(modules.main()))
        if value is not None:
            push(value)

    def handle(self, work: Handle, push: Push) -> None:
        """Scripts have no handlers."""
        raise AssertionError(f"{self._hosted.spec.name} is a script")
