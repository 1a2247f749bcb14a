"""The three examples as a test of failures sees them: who fails, and what is the right result."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from examples import federated_digits, telescopes, wordcount
from swarmdsl.control.stored_run import StoredRun
from swarmdsl_modules.fl import dirichlet_partition, weighted_average
from tests.e2e.failures import failing_examples

TARGETS = Path(failing_examples.__file__)
DIGITS_PREPARED = "digits"  # a folder beside the run


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One of them.

    Attributes:
        swarm: its class among the targets.
        victim: the instance that fails.
        round: in which it does.
        is_right: whether a run has found what a plain loop finds.
    """

    swarm: str
    victim: str
    round: int
    is_right: Callable[[StoredRun], bool]

    @property
    def where(self) -> str:
        """The victim and its round, as messages name them."""
        return f"{self.victim} in round {self.round}"

    def words(self, folder: Path, nodes: str = "1") -> list[str]:
        """The target of `swarm run`, and its options."""
        if self.swarm == "Digits":
            prepared = folder / DIGITS_PREPARED
            prepared.mkdir()
            federated_digits.prepare(prepared)
            nodes = str(prepared / "nodes.toml")
        return [f"{TARGETS}:{self.swarm}", "--nodes", nodes]


def value_of(run: StoredRun) -> Any:
    """What the example gives, whatever a task beside it may have given."""
    value = run.value()
    if isinstance(value, dict) and "beside" in value:
        [value] = [one for alias, one in value.items() if alias != "beside"]
    return value


@functools.cache
def words_by_a_plain_loop() -> dict[str, int]:
    """The words of all files that the mappers share."""
    return wordcount.words_of(wordcount.sources()[: failing_examples.FILES])


def are_the_words(run: StoredRun) -> bool:
    """Whether they are counted as the plain loop counts them."""
    return bool(value_of(run) == words_by_a_plain_loop())


@functools.cache
def accuracies_by_a_plain_loop() -> tuple[float, ...]:
    """What the rounds give, trained in this process one part after another."""
    (images, digits), test = federated_digits.load_digits()
    parts = dirichlet_partition(
        digits,
        federated_digits.NODES,
        concentration=federated_digits.CONCENTRATION,
        seed=federated_digits.SEED,
    )
    weights, accuracies = federated_digits.blank_weights(), []
    for _ in range(failing_examples.ROUNDS):
        steps = federated_digits.LOCAL_STEPS
        learned = [federated_digits.fit(weights, images[p], digits[p], steps) for p in parts]
        [weights] = weighted_average([[one] for one in learned], [len(part) for part in parts])
        accuracies.append(federated_digits.accuracy_of(weights, *test))
    return tuple(accuracies)


def are_the_accuracies(run: StoredRun) -> bool:
    """Whether each round has one, and the one of the plain loop."""
    found = [row["value"] for row in run.results("accuracy")]
    wanted = accuracies_by_a_plain_loop()
    return len(found) == len(wanted) and bool(np.allclose(found, wanted, rtol=0, atol=0.005))


def are_the_events(run: StoredRun) -> bool:
    """Whether they are those of the plain loop over all triggers."""
    archived = telescopes.together([telescopes.Archived(**part) for part in value_of(run)])
    truth = telescopes.truth_of(failing_examples.RATE, failing_examples.SECONDS)
    return telescopes.verdict(archived, truth)[1]


WORDS = Example(swarm="Words", victim="mapper_1@node1#0", round=0, is_right=are_the_words)
DIGITS = Example(swarm="Digits", victim="trainers@node2#0", round=1, is_right=are_the_accuracies)
SKY = Example(swarm="Sky", victim="Stereo@node1#0", round=0, is_right=are_the_events)
EXAMPLES = [WORDS, DIGITS, SKY]
