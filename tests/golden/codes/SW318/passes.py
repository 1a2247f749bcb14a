from swarmdsl import Swarm, Task


def train() -> int:
    return 1


class MySwarm(Swarm):
    def execute(self) -> Task:
        return Task(train, method="all", on_node_loss="continue")
