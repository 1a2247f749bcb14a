"""Federated learning on handwritten digits: four nodes, and no image ever leaves its node.

Each node holds its own, uneven share of scikit-learn's digits. A round is: every node improves the
shared model on its share, one node averages what they learned and tests the result on images that
nobody trained on, and a scheduler decides whether another round is needed.

    python examples/federated_digits.py                 # prepare, run, compare with a central model
    python examples/federated_digits.py --prepare DIR   # only write the shares and DIR/nodes.toml
    swarm run examples/federated_digits.py:FederatedDigits --nodes DIR/nodes.toml
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from swarmdsl import Node, Run, Swarm, Task, module
from swarmdsl.control.happenings import Happening, ResultAdded
from swarmdsl.light import Local, World
from swarmdsl_modules.fl import Update, dirichlet_partition, weighted_average

NODES = 4
CONCENTRATION = 0.5  # of the Dirichlet shares: some nodes hardly ever see some digits
SEED = 0
LOCAL_STEPS = 20  # of gradient descent, on each node and in each round
LEARNING_RATE = 1.0
TARGET = 0.96
ROUNDS_MAX = 25
BAR = 0.93  # below this the example has failed, and
GAP_MAX = 0.02  # so it has if the central model is better by more than this

Floats = NDArray[np.float64]
Samples = tuple[Floats, NDArray[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How good the shared model is after a round."""

    accuracy: float
    samples: int


# ------------------------------------------------------------------------------------- the model


def fit(weights: Floats, images: Floats, digits: NDArray[np.int64], steps: int) -> Floats:
    """The weights after some full-batch gradient steps of multinomial logistic regression."""
    inputs = with_bias(images)
    wanted = np.eye(10)[digits]
    for _ in range(steps):
        scores = inputs @ weights
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances = odds / odds.sum(axis=1, keepdims=True)
        weights = weights - LEARNING_RATE * (inputs.T @ (chances - wanted)) / len(inputs)
    return weights


def accuracy_of(weights: Floats, images: Floats, digits: NDArray[np.int64]) -> float:
    return float(np.mean(np.argmax(with_bias(images) @ weights, axis=1) == digits))


def with_bias(images: Floats) -> Floats:
    return np.hstack([images, np.ones((len(images), 1))])


def blank_weights() -> Floats:
    return np.zeros((65, 10))


# ------------------------------------------------------------------------------------- the swarm


@module(datasets=["digits"], requirements=["numpy"])
def train(world: World, local: Local) -> Update:
    """Improve the shared model on this node's own images."""
    images, digits = samples_of(local, "digits")
    weights = fit(cast("Floats", world.globals["weights"]), images, digits, LOCAL_STEPS)
    return Update(parameters=[weights], samples=len(digits))


@module(datasets=["digits_test"], requirements=["numpy"])
def aggregate(trainers: list[Update], world: World, local: Local) -> Score:
    """Average what the nodes learned, share it, and test it."""
    counts = [update.samples for update in trainers]
    [weights] = weighted_average([update.parameters for update in trainers], counts)
    world.globals["weights"] = weights
    score = Score(
        accuracy=accuracy_of(weights, *samples_of(local, "digits_test")), samples=sum(counts)
    )
    world.results.add("accuracy", score.accuracy)
    return score


@module
def decide(score: Score, world: World, target: float, rounds_max: int) -> Score:
    """Ask for another round, unless the model is good enough or has had its rounds."""
    if score.accuracy < target and world.iteration + 1 < rounds_max:
        world.schedule_next_iter(task_to_schedule_alias="trainers")
    return score


class FederatedDigits(Swarm):
    """Train on every node that holds digits; average; decide; repeat."""

    name = "federated_digits"

    def __init__(self) -> None:
        super().__init__()
        self.set_global("weights", blank_weights())

    def execute(self) -> Task:
        limits = {"target": TARGET, "rounds_max": ROUNDS_MAX}
        trainers = Task(train, method="all", alias="trainers")
        aggregator = Task(aggregate, method="any", alias="aggregator")
        scheduler = Task(decide, method="any", alias="scheduler", inputs=limits)
        return scheduler(aggregator(trainers))


def samples_of(local: Local, dataset: str) -> Samples:
    """The images and digits of a dataset of this node."""
    arrays = cast("Mapping[str, NDArray[np.generic]]", local.get_numpy_data(dataset))
    return arrays["images"].astype(np.float64), arrays["digits"].astype(np.int64)


# -------------------------------------------------------------------------------------- the data


def prepare(folder: Path) -> list[Node]:
    """Write the nodes' shares, the test set and nodes.toml into a folder."""
    (images, digits), test = load_digits()
    parts = dirichlet_partition(digits, NODES, concentration=CONCENTRATION, seed=SEED)
    nodes = []
    for number, part in enumerate(parts, start=1):
        write_samples(folder / f"part_{number}.npz", (images[part], digits[part]))
        datasets = {"digits": str(folder / f"part_{number}.npz")}
        nodes.append(Node(name=f"node{number}", slots=1, datasets=datasets))
    write_samples(folder / "test.npz", test)
    first = {**nodes[0].datasets, "digits_test": str(folder / "test.npz")}
    nodes[0] = Node(name="node1", slots=1, datasets=first)
    (folder / "nodes.toml").write_text("\n".join(map(table_of, nodes)), encoding="utf-8")
    return nodes


def load_digits() -> tuple[Samples, Samples]:
    """The images to learn from, and those to test with."""
    # Only who prepares needs scikit-learn; the nodes load this file without it.
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    digits = datasets.load_digits()
    images, test_images, targets, test_targets = train_test_split(
        digits.data / 16, digits.target, test_size=0.25, random_state=SEED, stratify=digits.target
    )
    return (images, targets), (test_images, test_targets)


def write_samples(file: Path, samples: Samples) -> None:
    images, digits = samples
    np.savez(file, images=images, digits=digits)


def table_of(node: Node) -> str:
    files = ", ".join(f'{name} = "{Path(path).name}"' for name, path in node.datasets.items())
    return f'[[node]]\nname = "{node.name}"\nslots = {node.slots}\ndatasets = {{ {files} }}\n'


# --------------------------------------------------------------------------------- the comparison


def central_accuracies() -> list[float]:
    """What the same steps give, round by round, to a model that sees all images in one place."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    samples, test = load_digits()
    weights, accuracies = blank_weights(), []
    with threadpool_limits(limits=1):  # as in the daemons, so that every run gives the same digits
        for _ in range(ROUNDS_MAX):
            weights = fit(weights, *samples, LOCAL_STEPS)
            accuracies.append(accuracy_of(weights, *test))
    return accuracies


class Rounds:
    """An observer that prints a line for each round as it happens."""

    def __init__(self, central: list[float]) -> None:
        self.central = central

    def __call__(self, happening: Happening) -> None:
        match happening:
            case ResultAdded(tag="accuracy", round=number, value=float(accuracy)):
                beside = f"central {self.central[number]:.4f}"
                print(f"round {number + 1:2}   federated {accuracy:.4f}   {beside}", flush=True)
            case _:
                pass


def report(run: Run, nodes: list[Node], central: list[float]) -> bool:
    """Print what the nodes held and what came of it; whether that is good enough."""
    accuracies = [row["value"] for row in run.results("accuracy")]
    federated, beside = accuracies[-1], central[len(accuracies) - 1]
    print(f"\n{'node':6} {'images':>6}   of each digit, 0 to 9")
    for node in nodes:
        with np.load(node.datasets["digits"]) as share:
            counts = np.bincount(share["digits"], minlength=10)
        print(f"{node.name:6} {counts.sum():6}   {' '.join(f'{count:3}' for count in counts)}")
    print(f"\n{'model':10} {'trained on':27} {'accuracy':>8}")
    print(f"{'federated':10} {f'{len(nodes)} shares, each on its node':27} {federated:8.4f}")
    print(f"{'central':10} {f'{run.value.samples} images in one place':27} {beside:8.4f}")
    print(f"\n{run.state.value}: {run.reason.text}; the gap is {beside - federated:.4f}")
    return bool(federated > BAR and beside - federated <= GAP_MAX)


def compare(folder: Path) -> int:
    """Run the swarm beside the central model; 0 if it is good enough."""
    nodes, central = prepare(folder), central_accuracies()
    run = FederatedDigits().run(nodes=nodes, observers=[Rounds(central)])
    if run.state.value != "COMPLETED":
        print(f"{run.state.value}: {run.reason.text}\n{run.reason.details}", file=sys.stderr)
        return 1
    if not report(run, nodes, central):
        print(f"expected more than {BAR}, and a gap of at most {GAP_MAX}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Federated learning on handwritten digits.")
    parser.add_argument("--prepare", metavar="DIR", type=Path, help="write the shares, run nothing")
    folder: Path | None = parser.parse_args().prepare
    if folder is None:
        with tempfile.TemporaryDirectory() as made:
            return compare(Path(made))
    folder.mkdir(parents=True, exist_ok=True)
    prepare(folder)
    print(f"wrote {NODES} shares, the test set and {folder / 'nodes.toml'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
