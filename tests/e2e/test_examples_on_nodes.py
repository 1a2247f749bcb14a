"""The examples on the nodes of a real Docker Swarm give what they give on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

import pytest

from examples import federated_digits
from examples.telescopes import Telescopes, archived_by, truth_of, verdict
from swarmdsl import Limits, Run, Swarm
from swarmdsl.control.state import RunState
from tests.nodes import Nodes, folder_for_all, run_on_nodes, three_nodes

S = TypeVar("S", bound=Swarm)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with three_nodes() as made:
        yield made


def patient(swarm: type[S]) -> type[S]:
    """The swarm, which waits for its daemons until all nodes have pulled their images."""
    limits = cast("Limits", swarm.limits or Limits())
    swarm.limits = replace(limits, start_timeout_s=240.0)
    return swarm


def accuracies_of(run: Run) -> list[float]:
    """Of the shared model after each round."""
    return [float(str(row["value"])) for row in run.results("accuracy")]


def test_federated_learning_gives_the_same_model_on_three_nodes(
    nodes: Nodes, tmp_path: Path
) -> None:
    """The trainers are on all nodes, and the images of each are mounted there alone."""
    [*on, _fourth] = federated_digits.prepare(folder_for_all(tmp_path / "data"))
    here = federated_digits.FederatedDigits().run(nodes=on, home=tmp_path / "here")
    there = run_on_nodes(nodes, patient(federated_digits.FederatedDigits)(), tmp_path / "there", on)
    assert there.state is RunState.COMPLETED, there.reason
    assert accuracies_of(there) == accuracies_of(here)
    assert there.value.samples == here.value.samples


def test_telescopes_see_on_three_nodes_what_they_see_on_one(nodes: Nodes, tmp_path: Path) -> None:
    here = Telescopes(100.0, 1.0).run(home=tmp_path / "here")
    there = run_on_nodes(nodes, patient(Telescopes)(100.0, 1.0), tmp_path / "there", 3)
    assert there.state is RunState.COMPLETED, there.reason
    seen, wanted = archived_by(there), archived_by(here)
    assert seen.times.tolist() == wanted.times.tolist()
    assert seen.masks.tolist() == wanted.masks.tolist()
    assert seen.lights.tolist() == wanted.lights.tolist()
    lines, good = verdict(seen, truth_of(100.0, 1.0))
    assert good, lines
