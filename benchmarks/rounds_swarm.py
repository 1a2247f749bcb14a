"""Federated rounds as a swarm: clients on their nodes, a server, its judge, and a loop back.

python -m benchmarks.rounds_swarm CLIENTS PARAMETERS ROUNDS
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from benchmarks.rounds_work import Floats, Laps, blank, mean, trained
from swarmdsl import Node, Swarm, Task
from swarmdsl.light import Results

SERVER = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What one client learned."""

    model: Floats
    samples: int


def train(model: Floats | None = None, parameters: int = 0) -> Update:
    """A client's round: the first begins with the blank model."""
    return Update(model=trained(blank(parameters) if model is None else model), samples=1)


def aggregate(clients: list[Update]) -> Floats:
    """The server's round: the model that the clients get in the next one."""
    return mean([update.model for update in clients])


LAPS = Laps()


def judge(aggregate: Floats, results: Results, rounds: int) -> float:
    """See that the model is right; after the last round, tell the times."""
    LAPS.over(aggregate)
    if len(LAPS.ended_s) == rounds:
        results.add("laps", LAPS.told())
    return float(aggregate[0])


class Rounds(Swarm):
    """So many clients, and one server."""

    def __init__(self, clients: int, parameters: int, rounds: int) -> None:
        super().__init__(max_iteration=rounds)
        self.nodes = [Node(name=f"client{number}") for number in range(clients)]
        self._parameters, self._rounds = parameters, rounds

    def execute(self) -> Task:
        """The graph."""
        clients = Task(
            train,
            method="fixed",
            specified_ids=[node.name for node in self.nodes],
            inputs={"parameters": self._parameters},
        )
        server = Task(aggregate, method="any", specified_ids=[SERVER])
        judges = Task(judge, method="any", specified_ids=[SERVER], inputs={"rounds": self._rounds})
        graph = judges(server(clients))
        self.loop(server, clients)
        return graph


def main(clients: int, parameters: int, rounds: int) -> None:
    """Run it here, and print the times."""
    swarm = Rounds(clients, parameters, rounds)
    with TemporaryDirectory(prefix="rounds-") as home:
        run = swarm.run(home=home, nodes=[*swarm.nodes, Node(name=SERVER)])
        assert run.state.name == "COMPLETED", run.reason
        print(run.results("laps")[0]["value"])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
