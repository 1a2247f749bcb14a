"""The fifth pass: what the declared rates and times come to, if any are declared."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.compiler.capacity import capacity_of
from swarmdsl.compiler.declared_capacity import is_declared
from swarmdsl.compiler.diagnostics import has_errors, in_order
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.rules.capacity import CAPACITY_RULES


def estimate(draft: Draft) -> Draft:
    """Work out the capacity, and add what its rules find.

    A graph with errors has no capacity: which instances there are is not known yet.
    """
    if has_errors(draft.diagnostics) or not is_declared(draft):
        return draft
    capacity = capacity_of(draft)
    found = [one for rule in CAPACITY_RULES for one in rule(draft, capacity)]
    diagnostics = in_order([*draft.diagnostics, *found])
    return replace(draft, capacity=capacity, diagnostics=diagnostics)
