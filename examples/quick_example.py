"""The Quick Example of the Manta Swarm guide: the swarm is the guide's, only its import is ours.

Beside it lies what the guide leaves to its reader: trainer.py, the script that all its tasks run.

    python examples/quick_example.py
"""

# The class below is kept as the guide prints it, down to its missing annotations.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"
# ruff: noqa: ANN201, ANN204, D415

from swarmdsl import Module, Swarm, Task


class MySwarm(Swarm):
    """Simple federated learning swarm"""

    def __init__(self):
        super().__init__()
        self.name = "federated_mnist"

        # Set global parameters
        self.set_global("epochs", 10)
        self.set_global("batch_size", 32)

    def execute(self):
        # Define module
        fl_module = Module(name="fl_trainer", python_program="trainer.py", image="manta:pytorch")

        # Create tasks
        aggregator = Task(module=fl_module, method="any", maximum=1, alias="aggregator")

        workers = Task(module=fl_module, method="all", alias="workers")

        # Define execution flow
        return aggregator(workers)


if __name__ == "__main__":
    run = MySwarm().run(nodes=3)
    line = run.value
    print(f"learned from {line['samples']} points on 3 nodes: ", end="")
    print(f"y = {line['slope']:.2f} x + {line['intercept']:.2f}, and the truth is y = 2 x + 1")
