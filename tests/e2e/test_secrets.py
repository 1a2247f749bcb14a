"""A secret in real runs: every kind of task reads it, and no file and no process list holds it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest

from swarmdsl import Swarm
from swarmdsl.api import resume_run
from swarmdsl.compiler import load_target
from swarmdsl.control.claim import holder_of, is_claimed
from swarmdsl.control.home import list_runs
from swarmdsl.control.store import Store
from swarmdsl.control.waiting import Patience
from swarmdsl.errors import RunFailed, SecretsWrong
from tests.chaos.processes import PROC, kill_all, processes_of
from tests.e2e.gates import PATIENCE_S, Gate

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
SWARMS = REPOSITORY / "tests/e2e/secretive_swarm.py"
VALUE = "open-sesame-7f1c"
DIGEST = sha256(VALUE.encode()).hexdigest()


@dataclass(slots=True)
class Scene:
    """A home, a gate, and a folder outside of them with the secret in a file."""

    folder: Path
    temporary: Path
    vault: Path
    gates: ExitStack

    def gate(self) -> Gate:
        """The gate behind which the secret has been read, closed from now on."""
        gate = Gate(self.folder, "fetch")
        self.gates.callback(gate.close)
        return gate

    @property
    def environment(self) -> dict[str, str]:
        """Of every process of the scene."""
        own = {
            "SWARM_HOME": str(self.folder / "home"),
            "GATES": str(self.folder),
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": str(REPOSITORY),
        }
        return {**os.environ, **own}

    @property
    def given(self) -> list[str]:
        """The words that name the file."""
        return ["--secret", f"token=file:{self.vault}"]

    def begin(self, *argv: str, **variables: str) -> subprocess.Popen[str]:
        """Execute a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "swarmdsl", *argv],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def swarm(self, *argv: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Execute a command to its end."""
        return heard_out(self.begin(*argv, **variables))

    @property
    def run(self) -> Path:
        """The folder of the only run."""
        [run] = list_runs(self.folder / "home")
        return run.path

    def told(self, but: tuple[int, ...] = ()) -> list[str]:
        """Where the secret stands: files of the scene, and what /proc shows of its processes."""
        files = [*self.folder.rglob("*"), *self.temporary.rglob("*")]
        files = [one for one in files if one.is_file() and not one.is_symlink()]
        assert any(one.name == "run.sqlite" for one in files)
        for process in processes_of("GATES", str(self.folder)):
            if process.pid not in but:
                files += [PROC / str(process.pid) / name for name in ("cmdline", "environ")]
        return [str(one) for one in files if VALUE.encode() in content_of(one)]

    def processes(self) -> int:
        """How many there are."""
        return len(processes_of("GATES", str(self.folder)))

    def kill_controller(self) -> None:
        """End it as the kernel does when memory is short, and see its claim gone."""
        holder = holder_of(self.run)
        assert holder is not None
        os.kill(holder.pid, signal.SIGKILL)
        assert Patience().until(lambda: not is_claimed(self.run), PATIENCE_S)


def content_of(file: Path) -> bytes:
    with suppress(OSError):  # It has gone.
        return file.read_bytes()
    return b""


def heard_out(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = process.communicate(timeout=PATIENCE_S)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as gates, TemporaryDirectory(prefix="told-") as temporary:
        folder, vault = tmp_path / "scene", tmp_path / "vault"
        folder.mkdir()
        vault.write_text(f"{VALUE}\n", "utf-8")
        yield Scene(folder, Path(temporary), vault, gates)
        kill_all(processes_of("GATES", str(folder)))


def test_every_kind_of_task_reads_it_and_nothing_of_the_run_holds_it(scene: Scene) -> None:
    gate = scene.gate()
    process = scene.begin("run", f"{SWARMS}:Secretive", *scene.given)
    gate.arrival()
    assert scene.processes() > 3
    assert scene.told() == []
    gate.remove()
    ended = heard_out(process)
    assert (ended.returncode, ended.stdout) == (0, f"{DIGEST!r}\n"), ended.stderr
    assert scene.told() == []


def test_a_variable_that_holds_it_is_not_inherited(scene: Scene) -> None:
    gate = scene.gate()
    process = scene.begin("run", f"{SWARMS}:Secretive", "--secret", "token", TOKEN=VALUE)
    gate.arrival()
    assert scene.told(but=(process.pid,)) == []
    gate.remove()
    assert heard_out(process).returncode == 0


def test_a_run_in_the_background_has_it_in_memory_alone(scene: Scene) -> None:
    gate = scene.gate()
    begun = scene.swarm("run", "-d", f"{SWARMS}:Secretive", "--secret", "token", TOKEN=VALUE)
    assert begun.returncode == 0, begun.stderr
    gate.arrival()
    assert scene.processes() > 3
    assert scene.told() == []
    gate.remove()
    assert Patience().until(lambda: not is_claimed(scene.run), PATIENCE_S)
    assert f"value  {DIGEST!r}\n" in scene.swarm("results").stdout
    assert scene.told() == []


@pytest.mark.parametrize("detach", [[], ["-d"]], ids=["foreground", "background"])
def test_a_run_that_lost_its_controller_is_given_it_again(scene: Scene, detach: list[str]) -> None:
    gate = scene.gate()
    assert scene.swarm("run", "-d", f"{SWARMS}:Secretive", *scene.given).returncode == 0
    gate.arrival()
    scene.kill_controller()

    refused = scene.swarm("resume", *detach)
    assert refused.returncode == 2
    assert "token is declared by fetch, signed, read, written, and was not given" in refused.stderr
    process = scene.begin("resume", *detach, *scene.given)
    if detach:
        assert heard_out(process).returncode == 0
    assert Patience().until(lambda: is_claimed(scene.run), PATIENCE_S)
    assert scene.told() == []
    gate.remove()
    assert Patience().until(lambda: not is_claimed(scene.run), PATIENCE_S)
    if not detach:
        assert heard_out(process).returncode == 0
    assert f"value  {DIGEST!r}\n" in scene.swarm("results").stdout
    assert scene.told() == []


@pytest.mark.parametrize("name", ["Careless", "CarelessScript"])
def test_an_error_that_tells_it_is_told_without_it(scene: Scene, name: str) -> None:
    ended = scene.swarm("run", f"{SWARMS}:{name}", *scene.given)
    assert ended.returncode == 1
    assert "***" in ended.stderr
    assert VALUE not in ended.stdout + ended.stderr
    assert scene.told() == []
    assert VALUE not in scene.swarm("results").stderr + scene.swarm("logs").stdout


@pytest.mark.parametrize("name", ["CarelessProgram", "Dying"])
def test_what_user_code_wrote_is_quoted_without_it(scene: Scene, name: str) -> None:
    ended = scene.swarm("run", f"{SWARMS}:{name}", *scene.given)
    assert ended.returncode == 1
    assert "***" in ended.stderr
    assert VALUE not in ended.stdout + ended.stderr
    assert all(Path(file).suffix == ".log" for file in scene.told())
    assert scene.told() != []  # the log is the user's own affair


def test_from_python_it_is_given_with_the_run(scene: Scene) -> None:
    swarm = cast("Swarm", load_target(f"{SWARMS}:Secretive"))
    home, environment = scene.folder / "home", scene.environment
    with pytest.raises(SecretsWrong, match="token is declared by"):
        swarm.run(home=home)
    run = swarm.run(home=home, environment=environment, secrets={"token": VALUE.encode()})
    assert run.value == DIGEST
    background = swarm.run(
        home=home, environment=environment, background=True, secrets={"token": VALUE}
    )
    assert background.wait(timeout=PATIENCE_S).value == DIGEST
    assert VALUE not in repr(vars(background))
    assert scene.told() == []


def test_resumed_from_python_it_is_given_again(scene: Scene) -> None:
    gate = scene.gate()
    assert scene.swarm("run", "-d", f"{SWARMS}:Secretive", *scene.given).returncode == 0
    gate.arrival()
    scene.kill_controller()
    home, environment = scene.folder / "home", scene.environment
    with pytest.raises(SecretsWrong, match="was not given"):
        resume_run("last", home=home, environment=environment)
    gate.remove()
    run = resume_run("last", home=home, environment=environment, secrets={"token": VALUE})
    assert run.value == DIGEST


def test_a_failed_run_is_stored_and_raised_without_it(scene: Scene) -> None:
    swarm = cast("Swarm", load_target(f"{SWARMS}:Careless"))
    run = swarm.run(
        home=scene.folder / "home", environment=scene.environment, secrets={"token": VALUE}
    )
    with pytest.raises(RunFailed, match=r"401 for Bearer \*\*\*") as caught:
        _ = run.value
    assert VALUE not in str(caught.value) + run.reason.text + run.reason.details
    store = Store.open(run.folder / "run.sqlite")
    try:
        retried = [row.text for row in store.events() if row.kind == "InstanceRetried"]
    finally:
        store.close()
    assert retried == ["failure 1: PermissionError: 401 for Bearer ***"]
