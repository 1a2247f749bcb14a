"""Two processes whose code has different classes of the same name: the run says which field."""

from __future__ import annotations

import os
from dataclasses import make_dataclass, replace
from pathlib import Path

from swarmdsl.api import run_topology
from swarmdsl.runs import Run
from swarmdsl.topology.model import Topology
from tests.handmade import link, task, topology

SHOWER = """
from dataclasses import dataclass

@dataclass
class Shower:
    primary: str
    energy: {energy}
"""
MAKE = "def make() -> Shower: return Shower('proton', 7)"
USE = "def use(shower: Shower) -> float: return shower.energy / 2"


def installed(folder: Path, made: str, used: str) -> Topology:
    """A swarm whose code is installed on its nodes, with a version of `Shower` each."""
    (folder / "making.py").write_text(SHOWER.format(energy=made) + MAKE, "utf-8")
    (folder / "using.py").write_text(SHOWER.format(energy=used) + USE, "utf-8")
    compiled = make_dataclass("Shower", [("primary", str), ("energy", int)])
    swarm = topology(
        [task("make"), task("use", nodes=["n2"])],
        [link("make", "use", "shower", compiled), link("use", port="use", carries=float)],
    )
    entries = ("making:make", "using:use")
    modules = (replace(one, entry=at) for one, at in zip(swarm.modules, entries, strict=True))
    return replace(swarm, modules=tuple(modules))


def run(folder: Path, swarm: Topology) -> Run:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return run_topology(swarm, {}, home=folder / "home", environment=environment)


def test_a_run_whose_code_differs_fails_and_names_the_field(tmp_path: Path) -> None:
    result = run(tmp_path, installed(tmp_path, "int", "float"))
    assert (result.state.name, result.reason.kind.name) == ("FAILED", "LINK_REFUSED")
    assert result.reason.text == (
        "daemon worker@n1#0 was refused by worker@n2#0: "
        "Shower.energy is float at worker@n2#0 and int at worker@n1#0"
    )


def test_a_run_whose_code_agrees_completes(tmp_path: Path) -> None:
    result = run(tmp_path, installed(tmp_path, "int", "int"))
    assert (result.state.name, result.value) == ("COMPLETED", 3.5)
