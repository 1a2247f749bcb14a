"""What users write, recorded with the source line of every call; nothing here decides.

A wrong value is not refused here: the compiler reports it, together with everything else that is
wrong, at the line that wrote it.
"""

from swarmdsl.dsl.condition import Condition
from swarmdsl.dsl.module import Module, module
from swarmdsl.dsl.network import Driver, Network
from swarmdsl.dsl.rate import Rate
from swarmdsl.dsl.resources import Inventory, Node, load_inventory
from swarmdsl.dsl.span import Span
from swarmdsl.dsl.swarm import Swarm
from swarmdsl.dsl.task import Edge, Task

__all__ = [
    "Condition",
    "Driver",
    "Edge",
    "Inventory",
    "Module",
    "Network",
    "Node",
    "Rate",
    "Span",
    "Swarm",
    "Task",
    "load_inventory",
    "module",
]
