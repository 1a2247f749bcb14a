"""The process engine without a process: environment, platform, executable."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import swarmdsl
from swarmdsl.daemon.socket_folder import make_socket_folder, remove_socket_folder
from swarmdsl.daemon.thread_counts import OURS, THREAD_COUNTS
from swarmdsl.deploy.engine import EngineOptions
from swarmdsl.deploy.engines.process import ProcessEngine
from swarmdsl.deploy.engines.server_process import server_environment
from swarmdsl.errors import EngineError, PlatformUnsupported
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import DaemonGroup, Topology

PACKAGE_FOLDER = str(Path(swarmdsl.__file__).parent.parent)


def options(folder: Path, environment: Mapping[str, str] | None = None) -> EngineOptions:
    return EngineOptions(
        run="r",
        run_folder=folder,
        socket_folder=make_socket_folder(str(folder)),
        controller="ipc:///c",
        topology_json=b"{}",
        environment=environment or {},
    )


def test_one_thread_for_each_library_unless_told_otherwise() -> None:
    made = server_environment({"MKL_NUM_THREADS": "4"})
    told = dict.fromkeys(THREAD_COUNTS, "1") | {"MKL_NUM_THREADS": "4"}
    assert {name: made[name] for name in THREAD_COUNTS} == told


def test_the_environment_is_the_one_handed_in() -> None:
    made = set(server_environment({"A": "1"}))
    assert made == {"A", "PYTHONPATH", *THREAD_COUNTS, OURS}


@pytest.mark.parametrize("already", ["/own", f"/own{os.pathsep}{PACKAGE_FOLDER}"])
def test_swarmdsl_is_found_once_after_the_users_own_path(already: str) -> None:
    made = server_environment({"PYTHONPATH": already})
    assert made["PYTHONPATH"] == os.pathsep.join(["/own", PACKAGE_FOLDER])


def test_a_folder_of_installed_packages_stays_off_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "getsitepackages", lambda: [PACKAGE_FOLDER])
    assert "PYTHONPATH" not in server_environment({})


def test_another_platform_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = options(tmp_path)
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(PlatformUnsupported, match="this is darwin"):
        ProcessEngine(made)
    remove_socket_folder(made.socket_folder)


@pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux")
def test_an_interpreter_that_cannot_be_executed_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = ProcessEngine(options(tmp_path))
    group = DaemonGroup(name="worker", kind="worker", nodes=("n",), per_node=(1,))
    topology = Topology(
        name="t", nodes=(Node(name="n"),), modules=(), groups=(group,), tasks=(), links=()
    )
    (command,) = engine.render(topology)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(EngineError, match="cannot execute"):
        engine.start(command)
    engine.close(0.0)


@pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux")
def test_render_hands_every_daemon_the_run(tmp_path: Path) -> None:
    made = options(tmp_path)
    engine = ProcessEngine(made)
    group = DaemonGroup(name="worker", kind="worker", nodes=("n",), per_node=(1,))
    topology = Topology(
        name="t", nodes=(Node(name="n"),), modules=(), groups=(group,), tasks=(), links=()
    )
    (arguments,) = [command.arguments for command in engine.render(topology)]
    engine.close(0.0)
    assert arguments.address == f"unix://{made.socket_folder}/0"
    assert (arguments.run, arguments.controller) == ("r", "ipc:///c")
    assert (arguments.run_folder, arguments.incarnation) == (str(tmp_path), 0)
