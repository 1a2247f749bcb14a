"""Every example compiles to the topology beside it, and does what it says when it is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from swarmdsl import Inventory, Node
from swarmdsl.compiler import compile_swarm
from swarmdsl.compiler.target import load_target
from swarmdsl.topology.codec import from_toml, to_toml
from swarmdsl.topology.model import Topology
from swarmdsl_modules.coincidence import expected

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "examples"
SCRIPTS = {"trainer", "map", "reduce"}  # are run by the tasks of other examples

# Slots are fixed: by default they follow the cores of the machine.
INVENTORIES = {
    "federated_digits": Inventory(
        nodes=(
            Node(name="node1", datasets={"digits": "part_1.npz", "digits_test": "test.npz"}),
            Node(name="node2", datasets={"digits": "part_2.npz"}),
            Node(name="node3", datasets={"digits": "part_3.npz"}),
            Node(name="node4", datasets={"digits": "part_4.npz"}),
        )
    ),
    "map_reduce_guide": Inventory.local(nodes=1, cores=2),
    "quick_example": Inventory.local(nodes=3, cores=3),
    "telescopes": Inventory.local(nodes=1, cores=2),
    "word_count": Inventory.local(nodes=2, cores=4),
    "wordcount": Inventory.local(nodes=2, cores=4),
}


@pytest.fixture(autouse=True)
def import_path_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading a target puts its folder on the import path."""
    monkeypatch.setattr(sys, "path", [*sys.path])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a user who has nothing but swarmdsl, and a state folder of their own."""
    paths = os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / ".ci/path")))
    return {**os.environ, "PYTHONPATH": paths, "XDG_STATE_HOME": str(tmp_path / "state")}


def run_python(environment: dict[str, str], *arguments: str | Path) -> str:
    """What a program prints; it must exit with 0."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def topology_of(name: str) -> Topology:
    swarm = load_target(str(EXAMPLES / f"{name}.py"))
    return compile_swarm(swarm, INVENTORIES[name]).require()


def test_every_example_has_an_inventory() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} - SCRIPTS == set(INVENTORIES)


@pytest.mark.parametrize("name", INVENTORIES)
def test_example_compiles_to_the_topology_beside_it(
    name: str, request: pytest.FixtureRequest
) -> None:
    golden, text = EXAMPLES / f"{name}.topology.toml", to_toml(topology_of(name))
    if request.config.getoption("--update-golden"):
        golden.write_text(text, encoding="utf-8")
    assert golden.read_bytes() == text.encode(), "read the change, then pytest --update-golden"


@pytest.mark.parametrize("name", INVENTORIES)
def test_topology_beside_an_example_can_be_read_back(name: str) -> None:
    text = (EXAMPLES / f"{name}.topology.toml").read_text("utf-8")
    assert to_toml(from_toml(text)) == text


def test_federated_learning_pushes_updates_and_scores_but_no_images() -> None:
    topology = topology_of("federated_digits")
    assert {one.name for one in topology.types} == {"Update", "Score"}


@pytest.mark.e2e
def test_word_count_counts_words(environment: dict[str, str]) -> None:
    assert run_python(environment, EXAMPLES / "word_count.py").splitlines()[0] == " 10 is"


@pytest.mark.e2e
def test_words_of_the_standard_library_are_those_of_a_plain_loop(
    environment: dict[str, str],
) -> None:
    printed = run_python(environment, EXAMPLES / "wordcount.py")
    assert re.search(r"words in \d+ files, as the plain loop counts them", printed)
    assert re.search(r"^ +[\d,]+ self$", printed, re.MULTILINE)


@pytest.mark.e2e
def test_telescopes_build_the_events_that_the_generator_knows(environment: dict[str, str]) -> None:
    asked = ("--speed", "0", "--seconds", "2", "--rate", "100")
    lines = run_python(environment, EXAMPLES / "telescopes.py", *asked).splitlines()
    built, looped = re.findall(r"\d[\d,]*", lines[1])
    assert built == looped
    assert "events closed by the time-out" in lines[4]
    assert lines[4].split()[0] == "0"


@pytest.mark.e2e
def test_telescopes_run_from_the_command_line(environment: dict[str, str]) -> None:
    asked = ("--set", "rate=50", "--set", "seconds=1", "--quiet")
    printed = run_python(environment, "-m", "swarmdsl", "run", EXAMPLES / "telescopes.py", *asked)
    # Every half second the archive hands on what it has: how much is in each is the machine's.
    handed_on = re.findall(r"Archived\(\s+times=array\(\[([\d,\s]+)\]\)", printed)
    times = [int(time) for time in ",".join(handed_on).split(",")]
    assert times[:2] == [6783233, 27012334], printed


def test_an_event_that_is_missing_or_lacks_a_camera_is_noticed() -> None:
    telescopes = sys.modules[type(load_target(str(EXAMPLES / "telescopes.py"))).__module__]
    truth = telescopes.truth_of(50.0, 1.0)
    triggers = [(int(at), n) for n, times in enumerate(truth.times) for at in times]
    events = expected(triggers, telescopes.WINDOW_NS)
    columns = {
        "times": np.array([time for time, _ in events]),
        "masks": np.array([sum(1 << camera for camera in seen) for _, seen in events]),
        "lights": np.full(len(events), telescopes.MEAN_LIGHT),
        "waits_ns": np.zeros(len(events)),
    }
    columns["lights"] = truth.lights[
        np.searchsorted(truth.showers, columns["times"] + telescopes.JITTER_NS) - 1
    ]
    whole = telescopes.Archived(**columns, incomplete=0)
    assert telescopes.verdict(whole, truth)[1]
    without = {name: column[1:] for name, column in columns.items()}
    assert not telescopes.verdict(telescopes.Archived(**without, incomplete=0), truth)[1]
    blind = columns | {"masks": np.append(columns["masks"][:-1], 0)}
    assert not telescopes.verdict(telescopes.Archived(**blind, incomplete=0), truth)[1]


@pytest.mark.parametrize(("seconds", "good"), [(0.0, True), (1.0, False)])
def test_no_event_at_all_is_right_only_where_nothing_was_seen(seconds: float, good: bool) -> None:
    telescopes = sys.modules[type(load_target(str(EXAMPLES / "telescopes.py"))).__module__]
    none = telescopes.Archived(*[np.zeros(0, np.int64)] * 4, incomplete=0)
    assert telescopes.verdict(none, telescopes.truth_of(50.0, seconds))[1] is good


@pytest.mark.e2e
def test_quick_example_finds_the_line(environment: dict[str, str]) -> None:
    printed = run_python(environment, EXAMPLES / "quick_example.py")
    assert printed.startswith("learned from 960 points on 3 nodes: y = 2.00 x + 1.00")


@pytest.mark.e2e
def test_map_reduce_finds_all_primes(environment: dict[str, str]) -> None:
    printed = run_python(environment, EXAMPLES / "map_reduce_guide.py")
    assert printed == "1229 primes below 10000, the largest is 9973\n"


@pytest.mark.e2e
def test_federated_model_is_as_good_as_the_central_one(environment: dict[str, str]) -> None:
    printed = run_python(environment, EXAMPLES / "federated_digits.py")
    federated, central = (
        float(re.findall(rf"^{model} .* (\d\.\d{{4}})$", printed, re.MULTILINE)[0])
        for model in ("federated", "central")
    )
    assert federated > 0.93
    assert central - federated <= 0.02


@pytest.mark.e2e
def test_federated_learning_prints_the_same_every_time(environment: dict[str, str]) -> None:
    first, again = (run_python(environment, EXAMPLES / "federated_digits.py") for _ in range(2))
    assert first == again


@pytest.fixture
def federated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The example as a module, run with a state folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return sys.modules[type(load_target(str(EXAMPLES / "federated_digits.py"))).__module__]


@pytest.mark.e2e
def test_federated_learning_fails_if_the_bar_is_not_met(
    federated: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(federated, "ROUNDS_MAX", 1)  # one round is not enough
    assert federated.compare(tmp_path) == 1
    assert "expected more than 0.93" in capsys.readouterr().err


@pytest.mark.e2e
def test_federated_learning_fails_if_a_node_has_lost_its_share(
    federated: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    nodes = federated.prepare(tmp_path)
    (tmp_path / "part_2.npz").unlink()
    monkeypatch.setattr(federated, "prepare", lambda folder: nodes)
    assert federated.compare(tmp_path) == 1
    error = capsys.readouterr().err
    assert error.startswith("FAILED: trainers@node2#0")
    assert "part_2.npz" in error


@pytest.mark.e2e
def test_federated_learning_runs_from_the_command_line(
    environment: dict[str, str], tmp_path: Path
) -> None:
    example, data = EXAMPLES / "federated_digits.py", tmp_path / "data"
    run_python(environment, example, "--prepare", data)
    target, nodes = f"{example}:FederatedDigits", data / "nodes.toml"
    printed = run_python(environment, "-m", "swarmdsl", "run", target, "--nodes", nodes)
    assert "0.96" in printed
