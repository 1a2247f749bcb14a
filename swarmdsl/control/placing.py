"""Tasks that take their nodes in another order from the next round on. Pure.

The candidates of a task are what they are: the topology has them, and all daemons have agreed upon
it. Which of them take part is decided round by round, in an order; that may change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swarmdsl.control.happenings import TasksPlaced
from swarmdsl.control.journal import CandidatesOrdered
from swarmdsl.control.orders import Orders
from swarmdsl.control.rounds import Rounds
from swarmdsl.errors import CallFailed
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import TaskSpec, Topology
from swarmdsl.topology.staying import staying

PLACE = "place"


class Placing:
    """Has tasks take their nodes in another order.

    Args:
        topology: of the run.
        rounds: which decide by it.
        orders: takes what the shell is to do.
    """

    def __init__(self, topology: Topology, rounds: Rounds, orders: Orders) -> None:
        self._topology = topology
        self._rounds = rounds
        self._orders = orders

    def ask(self, nodes: Mapping[str, Sequence[str]]) -> None:
        """Give tasks, by alias, their nodes in this order, best first; all or none.

        From the next round on they go by it, and what is lost in this one steps in by it. Tasks
        that stay where they are (`staying`) keep those that they have, and only others step in by
        it. Who came late is not behind the others any more.

        Raises:
            CallFailed: there is no such task, or these are not its nodes.
        """
        asked = {index: _order(task, nodes) for index, task in _named(self._topology, nodes)}
        before = [self._rounds.order_of(index) for index in range(len(self._topology.tasks))]
        orders = self._orders_with(asked, before)
        self._rounds.place(orders)
        self._orders.note(CandidatesOrdered(orders))
        self._orders.tell(TasksPlaced(moves=self._moves_since(before)))

    def _orders_with(
        self, asked: Mapping[int, list[int]], before: Sequence[list[int]]
    ) -> dict[int, list[int]]:
        """Of all tasks: what is asked for, behind those that a task must keep."""
        stays = staying(self._topology)
        orders: dict[int, list[int]] = {}
        for index, task in enumerate(self._topology.tasks):
            keeps = before[index][: task.count] if task.alias in stays else []
            after = asked.get(index, before[index])
            orders[index] = [*keeps, *(one for one in after if one not in keeps)]
        return orders

    def _moves_since(self, before: Sequence[list[int]]) -> dict[str, tuple[str, ...]]:
        """The tasks that a round of everything has elsewhere now, and on which nodes."""
        moves: dict[str, tuple[str, ...]] = {}
        for index, task in enumerate(self._topology.tasks):
            chosen = sorted(self._rounds.order_of(index)[: task.count])
            if chosen != sorted(before[index][: task.count]):
                moves[task.alias] = tuple(node_of(task.candidates[one]) for one in chosen)
        return moves


def _named(topology: Topology, aliases: Mapping[str, object]) -> list[tuple[int, TaskSpec]]:
    found = [(index, one) for index, one in enumerate(topology.tasks) if one.alias in aliases]
    unknown = sorted(aliases.keys() - {task.alias for _, task in found})
    if unknown:
        raise CallFailed(PLACE, f"the run has no task {', '.join(unknown)}")
    return found


def _order(task: TaskSpec, nodes: Mapping[str, Sequence[str]]) -> list[int]:
    """The candidates of a task, in the order of its nodes."""
    at = {node_of(daemon): index for index, daemon in enumerate(task.candidates)}
    wanted = nodes[task.alias]
    if sorted(wanted) != sorted(at):
        raise CallFailed(
            PLACE,
            f"the nodes of {task.alias} are {', '.join(sorted(at))}, each of which is to be named "
            f"once; these were: {', '.join(wanted) or 'none'}",
        )
    return [at[node] for node in wanted]
