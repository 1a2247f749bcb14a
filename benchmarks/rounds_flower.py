"""Federated rounds with Flower's simulation: its clients are actors of Ray, one for each core.

    python -m benchmarks.rounds_flower CLIENTS PARAMETERS ROUNDS

Its strategy is FedAvg, and nothing is evaluated. A client that dies is left out of the round.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from benchmarks.rounds_work import Floats, Laps, blank, trained


def main(clients: int, parameters: int, rounds: int) -> None:
    """Run it here, and print the times."""
    simulation, laps = import_module("flwr.simulation"), Laps()
    simulation.run_simulation(
        server_app=_server(clients, parameters, rounds, laps),
        client_app=_client(),
        num_supernodes=clients,
        backend_config={"client_resources": {"num_cpus": 1}},
    )
    assert len(laps.ended_s) == rounds, "not all rounds were run"
    print(laps.told())


def _client() -> Any:
    flwr = import_module("flwr.client")

    class Client(flwr.NumPyClient):  # type: ignore[misc, name-defined]
        def fit(
            self, parameters: Sequence[Floats], _config: Any
        ) -> tuple[list[Floats], int, dict[str, float]]:
            return [trained(parameters[0])], 1, {}

    return flwr.ClientApp(client_fn=lambda _context: Client().to_client())


def _server(clients: int, parameters: int, rounds: int, laps: Laps) -> Any:
    flwr, common = import_module("flwr.server"), import_module("flwr.common")
    strategies = import_module("flwr.server.strategy")

    class Strategy(strategies.FedAvg):  # type: ignore[misc, name-defined]
        def aggregate_fit(self, number: int, results: Any, failures: Any) -> Any:
            assert len(results) == clients, failures
            model, metrics = super().aggregate_fit(number, results, failures)
            laps.over(common.parameters_to_ndarrays(model)[0])
            return model, metrics

    def components(_context: Any) -> Any:
        strategy = Strategy(
            fraction_fit=1.0,
            fraction_evaluate=0.0,
            min_fit_clients=clients,
            min_available_clients=clients,
            initial_parameters=common.ndarrays_to_parameters([blank(parameters)]),
        )
        config = flwr.ServerConfig(num_rounds=rounds)
        return flwr.ServerAppComponents(strategy=strategy, config=config)

    return flwr.ServerApp(server_fn=components)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
