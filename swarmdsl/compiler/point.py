"""The sixth pass: from the call that a finding is about to the argument in it that is wrong.

The source is read only here, and only of calls that have a finding: a swarm may have a hundred
thousand of them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from swarmdsl.compiler.argument import Setting, Steps
from swarmdsl.compiler.diagnostics import Diagnostic, in_order
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.settings import Trees, setting_span
from swarmdsl.compiler.source_tree import source_tree, walked
from swarmdsl.dsl import Span


def point(draft: Draft) -> Draft:
    """Let each finding about an argument stand where that is written, if the source shows it."""
    if not any(one.steps for one in draft.diagnostics):
        return draft
    trees = lru_cache(maxsize=None)(lambda file: source_tree(file, draft.read))
    pointed = [_pointed(draft, one, trees) if one.steps else one for one in draft.diagnostics]
    return replace(draft, diagnostics=in_order(pointed))


def _pointed(draft: Draft, one: Diagnostic, trees: Trees) -> Diagnostic:
    found = _place(draft, one.steps, one.primary, trees)
    if found is None:
        return replace(one, steps=())
    return replace(one, steps=(), primary=found, call=one.primary)


def _place(draft: Draft, steps: Steps, at: Span | None, trees: Trees) -> Span | None:
    match steps[0]:
        case Setting(name=name):
            return setting_span(draft.swarm, name, steps[1:], trees)
        case _ if at is None:
            return None
        case _:
            call = trees(at.file).call(at)
            stretch = None if call is None else walked(call, steps)
            return None if stretch is None else stretch.span(at.file)
