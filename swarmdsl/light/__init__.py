"""What code inside a task may use.

Function modules receive `World`, `Local`, `Globals` and `Results` by annotating a parameter;
scripts subclass `Task` or make a `World` themselves; daemon modules subclass `Daemon`, and mark
their handlers with `on`, with `every` what the clock calls, and with `call` what others may call.
All of them may use `logger` and `secret`. `entered` lets a test call such code by itself.
"""

from swarmdsl.light.byte_forms import (
    bytes_to_dict,
    bytes_to_numpy,
    bytes_to_torchmodel,
    dict_to_bytes,
    numpy_to_bytes,
    torchmodel_to_bytes,
)
from swarmdsl.light.calls import call, call_daemon
from swarmdsl.light.context import TaskContext, entered
from swarmdsl.light.daemon import Daemon, every, on
from swarmdsl.light.local import Local
from swarmdsl.light.log import logger
from swarmdsl.light.path import MantaPath
from swarmdsl.light.secrets import secret
from swarmdsl.light.task import Task
from swarmdsl.light.world import (
    Globals,
    ResultMethod,
    Results,
    World,
    schedule_next_iter,
    stop_swarm,
)

__all__ = [
    "Daemon",
    "Globals",
    "Local",
    "MantaPath",
    "ResultMethod",
    "Results",
    "Task",
    "TaskContext",
    "World",
    "bytes_to_dict",
    "bytes_to_numpy",
    "bytes_to_torchmodel",
    "call",
    "call_daemon",
    "dict_to_bytes",
    "entered",
    "every",
    "logger",
    "numpy_to_bytes",
    "on",
    "schedule_next_iter",
    "secret",
    "stop_swarm",
    "torchmodel_to_bytes",
]
