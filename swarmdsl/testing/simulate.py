"""The public `simulate`: one seed of one swarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from swarmdsl.api import Nodes, Swarm, inventory_of
from swarmdsl.control.secrets import Secrets
from swarmdsl.dsl import Inventory
from swarmdsl.dsl.inventory import inventory_made_by
from swarmdsl.errors import SimulationFailed
from swarmdsl.testing.faults import SURVIVED, Fault, FaultKind
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulator import UNTIL_S, Simulation, Simulator

SLOTS = 2  # of a virtual node: not this machine's cores, so that a seed means the same elsewhere


def simulate(
    swarm: Swarm,
    *,
    seed: int,
    nodes: Nodes = 3,
    kinds: Sequence[FaultKind] = SURVIVED,
    faults: Sequence[Fault] | None = None,
    only: Sequence[int] | None = None,
    until_s: float = UNTIL_S,
    secrets: Mapping[str, str | bytes] | None = None,
    any_outcome: bool = False,
) -> Simulation:
    """Run a swarm in this process and thread, in virtual time, with the faults of a seed.

    The compiler, the controller, the daemons and the code of the tasks are those of a real run;
    clock, network and processes are simulated. The same seed gives the same trace.

    Args:
        swarm: to simulate; its tasks are functions and daemon modules.
        seed: decides everything that is left to chance.
        nodes: how many virtual nodes, an inventory file, or the nodes themselves.
        kinds: of faults that the schedule of the seed is drawn from.
        faults: a schedule to use instead.
        only: positions in the schedule: leave out all other faults.
        until_s: virtual time that the run may take.
        secrets: what tasks may ask for, by name; give no real ones to a simulation.
        any_outcome: what the swarm yields depends on timing, so only ask that it completes.

    Raises:
        CompileError: the swarm has errors.
        SecretsWrong: the secrets are not those that the tasks declare.
        SimulationImpossible: it cannot be simulated, or fails without any fault.
        SimulationFailed: a promise was broken; the message names the faults that suffice.

    >>> from swarmdsl import Swarm, Task
    >>> def greet(name: str) -> str:
    ...     return f"hello {name}"
    >>> class Greeting(Swarm):
    ...     def execute(self):
    ...         return Task(greet, inputs={"name": "world"})
    >>> simulation = simulate(Greeting(), seed=1)
    >>> simulation.outcome.state.value, simulation.trace[0]
    ('COMPLETED', "0.000010 told StateChanged run='simulated' state='STARTING' reason=None")
    """
    compilation = swarm.compile(inventory_for(nodes))
    topology = compilation.require()
    with prepared(topology, compilation.bundles, Secrets(secrets)) as ready:
        simulator = Simulator(ready, kinds, until_s, any_outcome=any_outcome)
        schedule = simulator.schedule(seed) if faults is None else list(faults)
        chosen = range(len(schedule)) if only is None else only
        simulation = simulator.run(seed, [schedule[position] for position in chosen])
        if simulation.violations:
            raise _failure(simulator, simulation, type(swarm).__name__, list(chosen))
    return simulation


def inventory_for(nodes: Nodes) -> Inventory:
    """The nodes of a simulation: virtual ones have the same slots on every machine."""
    inventory = inventory_of(nodes)
    if not isinstance(nodes, int):
        return inventory
    wider = tuple(replace(node, slots=SLOTS) for node in inventory.nodes)
    return inventory_made_by(inventory.origin, wider)


def _failure(
    simulator: Simulator, simulation: Simulation, swarm: str, chosen: Sequence[int]
) -> SimulationFailed:
    kept, smallest = simulator.shrink(simulation)
    only = [chosen[position] for position in kept]
    return SimulationFailed(
        simulation.seed,
        [str(one) for one in smallest.violations],
        [str(fault) for fault in smallest.faults],
        f"simulate({swarm}(), seed={simulation.seed}, only={only}), with the other arguments",
        by_timing=simulator.is_by_timing(smallest),
    )
