from swarmdsl import Swarm, Task


def train() -> int:
    return 1


class MySwarm(Swarm):
    def execute(self) -> Task:
        return Task(train, method="any", on_node_loss="continue")
