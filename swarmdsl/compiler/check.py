"""The fourth pass: every rule over the whole graph, and all that they find at once."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.compiler.diagnostics import in_order
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.rules import RULES
from swarmdsl.compiler.rules.scheduling import ill_declared
from swarmdsl.topology.garbage import collection_paused


@collection_paused()
def check(draft: Draft) -> Draft:
    """Add what the rules find, and put all diagnostics in report order."""
    draft = replace(draft, ill_declared=ill_declared(draft))
    found = [one for rule in RULES for one in rule(draft)]
    return replace(draft, diagnostics=in_order([*draft.diagnostics, *found]))
