"""The layers of the house are kept, and the contract that says so can fail.

The first half checks this repository. The second builds an empty house with the same folders in a
temporary place, plants one bad import at a time, and expects the project's own contract to object.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIGURATION = REPOSITORY / "pyproject.toml"

PURE = (
    "swarmdsl.dsl",
    "swarmdsl.light",
    "swarmdsl.topology",
    "swarmdsl.wire",
    "swarmdsl.stats",
    "swarmdsl.daemon.core",
    "swarmdsl.control.core",
    "swarmdsl.deploy.reconcile",
    "swarmdsl.monitor.view",
)
THIN = ("swarmdsl.deploy", "swarmdsl.daemon", "swarmdsl.monitor")


def contracts() -> dict[str, dict[str, Any]]:
    configuration = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))
    return {one["id"]: one for one in configuration["tool"]["importlinter"]["contracts"]}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    import_path = os.pathsep.join([str(folder), str(folder / ".ci" / "path")])
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--config", str(folder / "pyproject.toml")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": import_path, "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def exists(module: str) -> bool:
    path = REPOSITORY / module.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def test_contracts_are_kept() -> None:
    result = lint(REPOSITORY)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_import_is_ignored() -> None:
    excuses = {"ignore_imports", "exhaustive_ignores"}
    assert not [name for name, one in contracts().items() if excuses & one.keys()]


@pytest.mark.parametrize("module", PURE)
def test_pure_module_is_in_the_contract(module: str) -> None:
    by_star = f"swarmdsl.*.{module.rpartition('.')[2]}"
    listed = {module, by_star} & set(contracts()["pure"]["source_modules"])
    assert listed or not exists(module), f"add {module} to the contract 'pure' in pyproject.toml"


@pytest.mark.parametrize("module", THIN)
def test_thin_package_is_in_the_contract(module: str) -> None:
    listed = module in contracts()["thin"]["source_modules"]
    assert listed or not exists(module), f"add {module} to the contract 'thin' in pyproject.toml"


def put(root: Path, module: str, text: str = "") -> None:
    """Write a module, and an empty `__init__` in each package above it."""
    path = root.joinpath(*module.split("."))
    for package in (path, *path.parents):
        if package == root:
            break
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
    (path / "__init__.py").write_text(text, encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The folders of the architecture, all empty, under the project's own contracts."""
    (tmp_path / "pyproject.toml").write_bytes(CONFIGURATION.read_bytes())
    put(tmp_path, "swarmdsl_modules")
    for line in contracts()["layers"]["layers"]:
        for layer in line.replace("(", "").replace(")", "").split("|"):
            if layer.strip() != "__main__":
                put(tmp_path, f"swarmdsl.{layer.strip()}")
    (tmp_path / "swarmdsl" / "__main__.py").write_text("import swarmdsl.cli\n", encoding="utf-8")
    for name in ("pure", "thin", "modules"):
        one = contracts()[name]
        for module in (*one["source_modules"], *one["forbidden_modules"], *PURE):
            if module.startswith("swarmdsl") and "*" not in module:
                put(tmp_path, module)
    return tmp_path


def broken(house: Path) -> set[str]:
    """The ids of the contracts that do not hold."""
    output = re.sub(r"\x1b\[[0-9;]*m", "", lint(house).stdout)  # Some terminals force colours.
    verdicts = {name: one["name"] for name, one in contracts().items()}
    assert all(f"{text} KEPT" in output or f"{text} BROKEN" in output for text in verdicts.values())
    return {name for name, text in verdicts.items() if f"{text} BROKEN" in output}


def test_an_empty_house_keeps_every_contract(house: Path) -> None:
    assert broken(house) == set()


PLANTED = {
    "upward": ("swarmdsl.topology", "import swarmdsl.light", {"layers"}),
    "sibling": ("swarmdsl.transport", "import swarmdsl.dsl", {"layers"}),
    "upward through the root": ("swarmdsl.wire.codec", "from swarmdsl import Swarm", {"layers"}),
    "upward for types only": (
        "swarmdsl.wire.codec",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import swarmdsl.api",
        {"layers"},
    ),
    "unlisted folder": ("swarmdsl.extras", "", {"layers"}),
    "clock in a core": ("swarmdsl.daemon.core.rounds", "import time", {"pure"}),
    "clock inside a function": (
        "swarmdsl.topology.codec",
        "def now():\n    import time\n    return time.time()",
        {"pure"},
    ),
    "socket in a future view": ("swarmdsl.monitor.view", "import zmq", {"pure"}),
    "compiler in deploy": (
        "swarmdsl.deploy.plan",
        "import swarmdsl.compiler",
        {"thin"},
    ),
    "networkx in a daemon": ("swarmdsl.daemon.shell", "import networkx", {"thin"}),
    "private import by a module": ("swarmdsl_modules.fl", "import swarmdsl.wire", {"modules"}),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_import_breaks_its_contract(house: Path, name: str) -> None:
    module, text, expected = PLANTED[name]
    put(house, "swarmdsl", "from swarmdsl.api import Swarm\n")
    put(house, "swarmdsl.api", "Swarm = object\n")
    put(house, module, text)
    assert broken(house) == expected
