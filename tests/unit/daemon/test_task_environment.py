"""What a script finds in its environment."""

from __future__ import annotations

import json

from swarmdsl.daemon.task_environment import task_environment
from tests.unit.light.asked import Asked


def test_names_of_manta_and_ours_say_the_same() -> None:
    found = task_environment(Asked().context())
    assert found == {
        "SWARM_RUN": "r",
        "SWARM_ID": "r",
        "SWARM_TASK": "trainer@n1#0",
        "TASK_ID": "trainer@n1#0",
        "SWARM_ALIAS": "trainer",
        "SWARM_NODE": "n1",
        "NODE_ID": "n1",
        "SWARM_ITERATION": "3",
        "ITERATION": "3",
        "SWARM_DATASETS": "{}",
    }


def test_dataset_is_named_in_capitals() -> None:
    found = task_environment(Asked().context(datasets={"mnist.npz": "/d/m", "café": "/d/c"}))
    assert found["SWARM_DATASET_MNIST_NPZ"] == "/d/m"
    assert found["SWARM_DATASET_CAF_"] == "/d/c"


def test_of_datasets_that_would_share_a_variable_the_first_by_name_has_it() -> None:
    found = task_environment(Asked().context(datasets={"a_b": "2", "a-b": "1", "c": "3"}))
    assert {name: value for name, value in found.items() if "DATASET_" in name} == {
        "SWARM_DATASET_A_B": "1",
        "SWARM_DATASET_C": "3",
    }
    assert json.loads(found["SWARM_DATASETS"]) == {"a-b": "1", "a_b": "2", "c": "3"}
