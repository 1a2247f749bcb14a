"""What is wrong with a deployed swarm."""

from __future__ import annotations

from swarmdsl.errors.root import SwarmError


class DeploymentBusy(SwarmError):
    """Another process deploys, or takes down, under the same home."""

    def __init__(self, home: str) -> None:
        super().__init__(
            f"another swarm up or swarm down is under way under {home}: wait until it has ended"
        )
        self.home = home


class DeploymentUnreadable(SwarmError):
    """What is kept of a deployed swarm cannot be read."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(
            f"{file} is not what swarm up wrote: {problem}. Remove it; swarm ps shows what still "
            "runs, swarm stop ends it, swarm prune --images removes its images"
        )
        self.file, self.problem = file, problem


class DeploymentFailed(SwarmError):
    """An operation of a plan was begun, and did not come to its end."""

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(f"{what}: {problem}")
        self.what, self.problem = what, problem
