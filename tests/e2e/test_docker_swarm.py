"""Runs on the nodes of a real Docker Swarm, and what becomes of them when nodes are lost."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from swarmdsl import Node, Run, Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.happenings import Happening, ResultAdded
from swarmdsl.control.state import RunState
from swarmdsl.deploy.engines.docker_client import DAEMON_LABEL, RUN_LABEL, DockerClient
from swarmdsl.errors import EngineError
from tests.e2e.captured import Capture
from tests.e2e.clustered_swarm import LASTS
from tests.e2e.entered_swarm import IMAGE
from tests.e2e.test_standing_images import comes_to_say, forget, says, standing_on
from tests.e2e.test_up import Home
from tests.nodes import Nodes, run_on_nodes, three_nodes
from tests.shell_image import shout_image

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

REPOSITORY = Path(__file__).resolve().parents[2]
SWARMS = "tests/e2e/clustered_swarm.py"
NETWORKED = "tests/e2e/networked_swarm.py"
ENTERED = "tests/e2e/entered_swarm.py"
CONTAINED = "tests/e2e/contained_swarm.py"
PATIENCE_S = 60.0
Observer = Callable[[Happening], None]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with three_nodes() as made:
        yield made


def run_on(
    nodes: Nodes,
    target: str,
    home: Path,
    *observers: Observer,
    on: int | list[Node] = 3,
    transport: str = "unix",
) -> Run:
    swarm = load_target(f"{REPOSITORY / target}")
    assert isinstance(swarm, Swarm)
    return run_on_nodes(nodes, swarm, home, on, *observers, transport=transport)


def left_on(nodes: Nodes) -> list[str]:
    """What the cluster has of any run: services, secrets, networks, and containers of each node."""
    kinds = ("service", "secret", "network")
    found = [nodes.docker(kind, "ls", "-q", "--filter", f"label={RUN_LABEL}") for kind in kinds]
    for number in (1, 2, 3):
        host = nodes.docker_host_of(number)
        asked = ("-H", host, "ps", "-aq", "--filter", f"label={RUN_LABEL}")
        found.append(nodes.docker(*asked))
    return "".join(found).split()


def wait_until(asked: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not asked():
        assert time.monotonic() < deadline_s, what


def trainers_of(run: Run) -> list[str]:
    return [str(row["value"]) for row in run.results("trainers")]


def strikes(nodes: Nodes, number: int) -> Observer:
    """Pulls the plug of a node as soon as a task says that it waits there."""

    def observe(happening: Happening) -> None:
        if isinstance(happening, ResultAdded) and happening.tag == "waits":
            nodes.kill(number)

    return observe


def test_the_same_swarm_gives_the_same_result_on_three_nodes(nodes: Nodes, tmp_path: Path) -> None:
    target = "examples/wordcount.py"
    swarm = load_target(str(REPOSITORY / target))
    assert isinstance(swarm, Swarm)
    here = swarm.run(nodes=3, home=tmp_path / "here")
    there = run_on(nodes, target, tmp_path / "there")
    assert there.state is RunState.COMPLETED
    assert there.value == here.value
    wait_until(lambda: not left_on(nodes), "something is left in the cluster")


@pytest.mark.parametrize(("name", "count"), [("ShoutsFar", 1), ("ShoutsEverywhere", 3)])
def test_a_module_that_is_an_image_runs_on_the_nodes_by_its_own_entry_point(
    nodes: Nodes, tmp_path: Path, name: str, count: int
) -> None:
    with closing(DockerClient(nodes.variables)) as manager:
        shout_image(manager, IMAGE)
    run = run_on(nodes, f"{ENTERED}:{name}", tmp_path)
    assert run.state is RunState.COMPLETED, run.reason
    assert run.value == ["hello, from-the-image in /work", "PEAR", "FIG"] * count
    wait_until(lambda: not left_on(nodes), "something is left in the cluster")


def test_a_run_that_may_goes_on_without_a_node_that_is_lost_in_a_round(
    nodes: Nodes, tmp_path: Path
) -> None:
    run = run_on(nodes, f"{SWARMS}:GoesOn", tmp_path, strikes(nodes, 3))
    nodes.restart(3)
    assert run.state is RunState.COMPLETED, run.reason
    assert trainers_of(run) == ["node1 node2 node3", "node1 node2", "node1 node2"]


def test_a_run_that_may_not_fails_and_names_the_node(nodes: Nodes, tmp_path: Path) -> None:
    run = run_on(nodes, f"{SWARMS}:Fails", tmp_path, strikes(nodes, 3))
    nodes.restart(3)
    assert run.state is RunState.FAILED
    assert "the node node3 does not answer" in f"{run.reason.text} {run.reason.details}"


def test_a_node_whose_cable_is_pulled_takes_part_again_when_it_is_plugged_in(
    nodes: Nodes, tmp_path: Path
) -> None:
    steps: list[threading.Thread] = []

    def step(happening: Happening) -> None:
        if isinstance(happening, ResultAdded):
            with_all = "node3" in str(happening.value)
            if (len(steps), with_all) in {(0, True), (1, False)}:
                act = nodes.rejoin if steps else nodes.isolate
                steps.append(threading.Thread(target=act, args=[3]))
                steps[-1].start()

    run = run_on(nodes, f"{SWARMS}:Returns", tmp_path, step)
    for one in steps:
        one.join(PATIENCE_S)
    assert run.state is RunState.COMPLETED, run.reason
    rounds = trainers_of(run)
    assert "node1 node2" in rounds
    assert rounds[0] == rounds[-1] == "node1 node2 node3"


def test_a_node_that_joins_while_a_run_is_at_work_takes_part_from_the_next_round_on(
    nodes: Nodes, tmp_path: Path
) -> None:
    joining: list[threading.Thread] = []

    def join(happening: Happening) -> None:
        if isinstance(happening, ResultAdded) and not joining:
            joining.append(threading.Thread(target=nodes.join, args=[4]))
            joining[0].start()

    on = [Node(name=f"node{number}") for number in (1, 2, 3)]
    on.append(Node(name="node4", expected=True))
    run = run_on(nodes, f"{SWARMS}:Grows", tmp_path, join, on=on)
    joining[0].join(PATIENCE_S)
    assert run.state is RunState.COMPLETED, run.reason
    *before, last = trainers_of(run)
    assert set(before) == {"node1 node2 node3"}
    assert last == "node1 node2 node3 node4"


@pytest.mark.parametrize(("transport", "is_seen"), [("tcp", False), ("tcp-plaintext", True)])
def test_between_nodes_a_value_is_seen_only_if_the_user_wants_plaintext(
    nodes: Nodes, tmp_path: Path, transport: str, *, is_seen: bool
) -> None:
    capture = Capture(nodes.bridge)
    run = run_on(nodes, f"{CONTAINED}:Plants", tmp_path, on=2, transport=transport)
    seen = capture.stop()
    assert run.value == 1_000
    assert len(seen) > 10_000
    assert (b"a marker that nobody else writes" in seen) is is_seen


def test_a_network_of_the_swarm_spans_the_nodes(nodes: Nodes, tmp_path: Path) -> None:
    run = run_on(nodes, f"{NETWORKED}:Wide", tmp_path, on=2)
    [[seen]] = run.value
    # The one of the run, the one of the swarm, and the one by which Docker lets it out.
    assert [name for name in seen if name.startswith("eth")] == ["eth0", "eth1", "eth2"]


def test_a_container_that_is_killed_is_replaced_and_the_result_is_right(
    nodes: Nodes, tmp_path: Path
) -> None:
    killed: list[str] = []

    def kill(happening: Happening) -> None:
        if isinstance(happening, ResultAdded) and not killed:
            host = nodes.docker_host_of(2)
            killed.append(nodes.docker("-H", host, "ps", "-q", "--filter", f"label={RUN_LABEL}"))
            nodes.docker("-H", host, "kill", *killed[0].split())

    run = run_on(nodes, f"{SWARMS}:Lasts", tmp_path, kill)
    assert killed[0]
    assert run.state is RunState.COMPLETED, run.reason
    assert run.value == [["node1", "node2", "node3"]] * LASTS


def test_a_run_whose_controller_was_killed_is_resumed_in_the_cluster(
    nodes: Nodes, tmp_path: Path
) -> None:
    process = command(nodes, "run", f"{SWARMS}:Lasts", "--nodes", "3", *engine_on(tmp_path))
    kill_in_round_1(process)
    resumed = command(nodes, "resume", "--home", str(tmp_path), "--format", "json")
    out, err = resumed.communicate(timeout=PATIENCE_S)
    assert resumed.returncode == 0, err
    assert json.loads(out)["value"] == [["node1", "node2", "node3"]] * LASTS
    wait_until(lambda: not left_on(nodes), "something is left in the cluster")


def test_a_standing_swarm_is_given_another_image_daemon_by_daemon(
    nodes: Nodes, tmp_path: Path
) -> None:
    side = f"swarmdsl-tests-side:{secrets.token_hex(6)}"
    nodes.build(side, f"FROM {nodes.base_image}\nLABEL side={side}\n")
    home = Home(tmp_path, "docker-swarm")
    on = {**nodes.variables, "SWARM_NODES": "1"}
    try:
        run = home.stands(**on)
        before = services_of(nodes, run)
        assert home.stands(**on) == run
        assert services_of(nodes, run) == before
        changed = home.up(**on, SIDE_IMAGE=side)
        assert changed.returncode == 0, changed.stderr
        assert changed.stdout.strip() == run
        after = services_of(nodes, run)
        assert after.keys() == before.keys()
        assert {one for one in before if before[one] != after[one]} == {"doubles#0"}
        assert "nothing to do" in home.up(**on, SIDE_IMAGE=side).stderr
    finally:
        ended = home.call("down", "--timeout", "20s", variables=on)
    assert ended.returncode == 0, ended.stderr
    wait_until(lambda: not left_on(nodes), "something is left in the cluster")


def test_a_module_of_a_standing_swarm_that_is_an_image_is_given_another_one(
    nodes: Nodes, tmp_path: Path
) -> None:
    image, on = f"swarmdsl-tests-word:{secrets.token_hex(6)}", {**nodes.variables}
    home = standing_on(tmp_path, "docker-swarm", image)
    with closing(DockerClient(nodes.variables)) as manager:
        says(manager, image, "one")
        try:
            run = home.stands(SWARM_NODES="1", **on)
            assert comes_to_say(home, run, "one")
            before = services_of(nodes, run)
            says(manager, image, "two")
            changed = home.up(SWARM_NODES="1", **on)
            assert (changed.returncode, changed.stdout.strip()) == (0, run), changed.stderr
            assert comes_to_say(home, run, "two")
            after = services_of(nodes, run)
            assert {one for one in before if before[one] != after[one]} == {"worker#0"}
        finally:
            ended = home.call("down", "--timeout", "20s", variables=on)
            forget(manager, image)
    assert ended.returncode == 0, ended.stderr
    wait_until(lambda: not left_on(nodes), "something is left in the cluster")


def services_of(nodes: Nodes, run: str) -> dict[str, str]:
    """The image of each service of a run, by the group of daemons that it is for."""
    shown = nodes.docker(
        *("service", "ls", "--filter", f"label={RUN_LABEL}={run}", "--format"),
        "{{.ID}} {{.Image}}",
    )
    labels = [
        nodes.docker(
            "service", "inspect", "-f", f'{{{{index .Spec.Labels "{DAEMON_LABEL}"}}}}', one
        )
        for one in shown.split()[::2]
    ]
    return dict(zip(map(str.strip, labels), shown.split()[1::2], strict=True))


def test_a_cluster_without_a_node_of_the_swarm_is_refused_by_its_name(
    nodes: Nodes, tmp_path: Path
) -> None:
    swarm = load_target(str(REPOSITORY / "examples/wordcount.py"))
    assert isinstance(swarm, Swarm)
    with pytest.raises(EngineError, match=r"node9 \(no such node\).*swarm nodes"):
        swarm.run(
            nodes=[Node(name="node1"), Node(name="node9")],
            engine="docker-swarm",
            environment={**os.environ, **nodes.variables},
            home=tmp_path,
        )


def test_several_nodes_need_a_registry(nodes: Nodes, tmp_path: Path) -> None:
    swarm = load_target(str(REPOSITORY / "examples/wordcount.py"))
    assert isinstance(swarm, Swarm)
    with pytest.raises(EngineError, match=r"no registry is named.*SWARM_REGISTRY"):
        swarm.run(
            nodes=3,
            engine="docker-swarm",
            base_image=nodes.base_image,
            environment={**os.environ, **nodes.variables},
            home=tmp_path,
        )


def test_what_a_killed_controller_leaves_is_pruned(nodes: Nodes, tmp_path: Path) -> None:
    process = command(nodes, "run", f"{SWARMS}:Lasts", "--nodes", "3", *engine_on(tmp_path))
    kill_in_round_1(process)
    assert left_on(nodes)
    pruned = command(nodes, "prune", "--home", str(tmp_path))
    _, err = pruned.communicate(timeout=PATIENCE_S)
    assert pruned.returncode == 0, err
    assert "services" in err
    wait_until(lambda: not left_on(nodes), "something is left in the cluster")


def engine_on(home: Path) -> list[str]:
    return ["--engine", "docker-swarm", "--home", str(home)]


def command(nodes: Nodes, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "swarmdsl", *words],
        cwd=REPOSITORY,
        env={**os.environ, **nodes.variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_in_round_1(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("round 1: "):
            break
    process.kill()
    process.communicate(timeout=PATIENCE_S)
