"""Carries a plan out: one operation after another, up to the first that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from swarmdsl.deploy.plan import Operation, Plan
from swarmdsl.errors import SwarmError


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """How far a plan was carried out.

    Attributes:
        done: the operations that were, in order.
        failed: the one that was begun and failed; None if none did.
        problem: why it failed.
        left: those that were not begun.
    """

    done: tuple[Operation, ...]
    failed: Operation | None = None
    problem: SwarmError | None = None
    left: tuple[Operation, ...] = ()


def execute(
    plan: Plan, apply: Callable[[Operation], None], about_to: Callable[[Operation], None]
) -> Executed:
    """Carry it out.

    Args:
        plan: what is to be done.
        apply: carries out one operation, within bounded time.
        about_to: is told each one before it begins.

    An error that is not ours ends it as it is; what was done stays done, and the next plan goes on
    from there.

    >>> from swarmdsl.deploy.plan import RemoveNetwork
    >>> plan = Plan(operations=(RemoveNetwork(network="swarm-r", cause="it is left"),))
    >>> execute(plan, lambda operation: None, lambda operation: None).done == plan.operations
    True
    """
    for index, operation in enumerate(plan.operations):
        about_to(operation)
        try:
            apply(operation)
        except SwarmError as problem:
            return Executed(
                done=plan.operations[:index],
                failed=operation,
                problem=problem,
                left=plan.operations[index + 1 :],
            )
    return Executed(done=plan.operations)
