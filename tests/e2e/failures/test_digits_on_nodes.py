"""The digits on real nodes: one is lost in the midst of a round, and a fourth one joins."""

from __future__ import annotations

import shutil
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from examples import federated_digits
from examples.federated_digits import (
    LOCAL_STEPS,
    ROUNDS_MAX,
    TARGET,
    accuracy_of,
    blank_weights,
    fit,
)
from swarmdsl import Node, Run, Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.happenings import (
    Happening,
    InstanceConfirmed,
    InstanceJoined,
    ResultAdded,
)
from swarmdsl.control.state import RunState
from swarmdsl_modules.fl import weighted_average
from tests.e2e.failures.coming_digits import ROUNDS, ComingDigits
from tests.e2e.failures.struck_digits import STRUCK, STRUCK_IN, WAITS
from tests.nodes import Nodes, folder_for_all, run_on_nodes, three_nodes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

REPOSITORY = Path(__file__).resolve().parents[3]
PATIENCE_S = 90.0


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with three_nodes() as made:
        yield made


@pytest.fixture
def four(tmp_path: Path) -> list[Node]:
    """Nodes that have their digits."""
    return federated_digits.prepare(folder_for_all(tmp_path / "data"))


def swarm_of(folder: Path, file: str, name: str) -> type[Swarm]:
    """A swarm of the tests, with the example beside it, so that both travel to the nodes."""
    project = folder / "project"
    (project / "examples").mkdir(parents=True)
    shutil.copy(REPOSITORY / file, project)
    shutil.copy(REPOSITORY / "examples/federated_digits.py", project / "examples")
    (project / "examples" / "__init__.py").touch()
    found = load_target(f"{project / Path(file).name}:{name}")
    return cast("type[Swarm]", found if isinstance(found, type) else type(found))


def accuracies_of(run: Run) -> list[float]:
    """Of the shared model after each round."""
    return [float(str(row["value"])) for row in run.results("accuracy")]


def plain_accuracies(nodes: Sequence[Node], rounds: Iterable[Iterable[str]]) -> Iterator[float]:
    """What the same steps give in one process, with the shares of some nodes in each round."""
    shares = {node.name: samples_in(node.datasets["digits"]) for node in nodes}
    test = samples_in(nodes[0].datasets["digits_test"])
    weights = blank_weights()
    for present in rounds:
        mine = [shares[name] for name in sorted(present)]
        learned = [[fit(weights, *share, LOCAL_STEPS)] for share in mine]
        [weights] = weighted_average(learned, [len(digits) for _, digits in mine])
        yield accuracy_of(weights, *test)


def samples_in(file: str) -> federated_digits.Samples:
    with np.load(file) as arrays:
        return arrays["images"].astype(np.float64), arrays["digits"].astype(np.int64)


def images_on(nodes: Sequence[Node]) -> int:
    return sum(len(samples_in(node.datasets["digits"])[1]) for node in nodes)


def strike(nodes: Nodes, happening: Happening) -> None:
    """Pull the plug of the node that is struck, as soon as its trainer says that it waits."""
    if isinstance(happening, ResultAdded) and happening.tag == WAITS:
        nodes.kill(int(STRUCK.removeprefix("node")))


def struck(nodes: Nodes, folder: Path, name: str, on: list[Node]) -> Run:
    """The run of a swarm whose third node is lost in the midst of a round."""
    swarm = swarm_of(folder, "tests/e2e/failures/struck_digits.py", name)()
    try:
        return run_on_nodes(nodes, swarm, folder / "home", on, lambda one: strike(nodes, one))
    finally:
        nodes.restart(int(STRUCK.removeprefix("node")))


def test_a_node_that_is_lost_in_a_round_is_done_without_and_the_others_learn_what_theirs_give(
    nodes: Nodes, tmp_path: Path, four: list[Node]
) -> None:
    run = struck(nodes, tmp_path, "GoesOn", four[:3])
    assert run.state is RunState.COMPLETED, run.reason
    assert f"without trainers@{STRUCK}#0 since round {STRUCK_IN}" in run.reason.text
    assert run.value.samples == images_on(four[:2])
    rounds = [
        [node.name for node in (four[:3] if number < STRUCK_IN else four[:2])]
        for number in range(ROUNDS_MAX)
    ]
    wanted: list[float] = []
    for accuracy in plain_accuracies(four[:3], rounds):
        wanted.append(accuracy)
        if accuracy >= TARGET:
            break
    assert accuracies_of(run) == wanted


def test_where_the_settings_say_so_a_lost_node_ends_the_run_and_is_named(
    nodes: Nodes, tmp_path: Path, four: list[Node]
) -> None:
    run = struck(nodes, tmp_path, "Fails", four[:3])
    assert run.state is RunState.FAILED
    assert f"the node {STRUCK} does not answer" in f"{run.reason.text} {run.reason.details}"
    assert len(accuracies_of(run)) == STRUCK_IN


def test_a_fourth_node_that_joins_trains_on_its_share_from_the_next_round_on(
    nodes: Nodes, tmp_path: Path, four: list[Node]
) -> None:
    trained: defaultdict[int, list[str]] = defaultdict(list)
    joined: list[int] = []
    joining: list[threading.Thread] = []

    def observe(happening: Happening) -> None:
        match happening:
            case InstanceConfirmed(alias="trainers", instance=instance, round=number):
                trained[number].append(instance.removeprefix("trainers@").removesuffix("#0"))
            case InstanceJoined(instance="trainers@node4#0", round=number):
                joined.append(number)
            case ResultAdded() if not joining:
                joining.append(threading.Thread(target=nodes.join, args=[4]))
                joining[0].start()

    swarm = cast(
        "type[ComingDigits]",
        swarm_of(tmp_path, "tests/e2e/failures/coming_digits.py", "ComingDigits"),
    )
    on = [*four[:3], replace(four[3], expected=True)]
    run = run_on_nodes(nodes, swarm(images_on(four)), tmp_path / "home", on, observe)
    joining[0].join(PATIENCE_S)
    assert run.state is RunState.COMPLETED, run.reason
    assert run.value.samples == images_on(four)
    rounds = [sorted(trained[number]) for number in range(len(trained))]
    three, all_four = (["node1", "node2", "node3"], ["node1", "node2", "node3", "node4"])
    [first] = joined
    assert rounds == [three] * first + [all_four] * ROUNDS
    assert accuracies_of(run) == [*plain_accuracies(four, rounds)]
