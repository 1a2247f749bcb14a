"""What a simulated run left, and whether that is what it should have left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from swarmdsl.control.state import RunState
from swarmdsl.control.store import Store
from swarmdsl.topology.model import RUN, Topology
from swarmdsl.wire.codec import decode_blob, encode_blob

SHOWN_MAX = 200  # characters of a value

Pushes = Mapping[tuple[str, int], Sequence[bytes]]
"""What each last task pushed to the run in each round, as it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run left in its store.

    Attributes:
        state: that it ended in.
        reason: why, in a sentence.
        values: what came to the run, by task and round.
        results: tag, round, task, node and value of each result, sorted.
        globals: by tag.
    """

    state: RunState
    reason: str
    values: Pushes
    results: Sequence[tuple[str, int, str, str, bytes]]
    globals: Mapping[str, bytes]


class Comparison(Enum):
    """How a run with faults is compared with one that had none."""

    EXACT = "exact"  # the very same values: functions, and nothing that depends on timing
    CONTENTS = "contents"  # the same values in any order, more of them if something died
    NONE = "none"  # what the swarm yields depends on timing even without faults


def outcome_of(store: Store, topology: Topology, state: RunState) -> Outcome:
    """What a run has left."""
    rounds = 1 + max(
        (row.iteration for row in store.events() if row.iteration is not None), default=-1
    )
    sinks = sorted({link.source for link in topology.links if link.destination == RUN})
    values = {
        (alias, number): [row.value for row in store.values(alias, number)]
        for alias in sinks
        for number in range(rounds)
    }
    rows = store.select_results()
    return Outcome(
        state=state,
        reason=store.run().reason or "",
        values=values,
        results=sorted((one.tag, one.iteration, one.task, one.node, one.value) for one in rows),
        globals={row.tag: row.value for row in store.list_globals()},
    )


def comparison_for(topology: Topology, outcomes: Sequence[Outcome]) -> Comparison:
    """How runs of this swarm can be compared, given some that had no faults."""
    has_daemons = any(module.kind == "daemon" for module in topology.modules)
    first, *others = outcomes
    if not has_daemons and not any(list(differences(first, one)) for one in others):
        return Comparison.EXACT
    if not any(list(missing(first, one, more_allowed=False)) for one in others):
        return Comparison.CONTENTS
    return Comparison.NONE


def differences(wanted: Outcome, found: Outcome) -> Iterator[str]:
    """Where one outcome is not the other."""
    if found.state is not wanted.state:
        yield f"it ended {found.state.value} ({found.reason}), not {wanted.state.value}"
        return
    for (alias, number), pushes in wanted.values.items():
        if list(found.values.get((alias, number), ())) != list(pushes):
            yield _shown(
                f"{alias} in round {number}", pushes, found.values.get((alias, number), ())
            )
    if len(found.values) != len(wanted.values):
        yield f"values of {len(found.values)} rounds, not of {len(wanted.values)}"
    if list(found.results) != list(wanted.results):
        lost = Counter(wanted.results) - Counter(found.results)
        added = Counter(found.results) - Counter(wanted.results)
        yield f"results: {_rows(lost)} missing, {_rows(added)} too many"
    for tag in sorted({*wanted.globals, *found.globals}):
        if wanted.globals.get(tag) != found.globals.get(tag):
            yield f"the global {tag} differs"


def missing(wanted: Outcome, found: Outcome, *, more_allowed: bool) -> Iterator[str]:
    """What one outcome lacks of the other, in whatever order, and what it has too much.

    Args:
        wanted: of a run without faults.
        found: of the run to judge.
        more_allowed: whether work may have been done twice: values and results are repeated, and
            a global may have been set once more.
    """
    if found.state is not wanted.state:
        yield f"it ended {found.state.value} ({found.reason}), not {wanted.state.value}"
        return
    for place, pushes in wanted.values.items():
        whole, parts = _contents(pushes), _contents(found.values.get(place, ()))
        lacks, extra = whole - parts, parts - whole
        if lacks or (extra and not more_allowed):
            yield f"{place[0]} in round {place[1]}: {_unlike(lacks, extra)}"
    lost = Counter(wanted.results) - Counter(found.results)
    added = Counter(found.results) - Counter(wanted.results)
    if lost or (added and not more_allowed):
        yield f"results: {_rows(lost)} missing, {_rows(added)} too many"
    for tag in sorted({*wanted.globals, *found.globals}):
        is_same = wanted.globals.get(tag) == found.globals.get(tag)
        if tag not in found.globals or not (is_same or more_allowed):
            yield f"the global {tag} differs"


def anywhere(outcome: Outcome) -> Outcome:
    """An outcome without the nodes of its results: an instance may have moved to another."""
    rows = ((tag, number, task, "", value) for tag, number, task, _, value in outcome.results)
    return replace(outcome, results=sorted(rows))


def _contents(pushes: Sequence[bytes]) -> Counter[bytes]:
    """The values in any order; a list counts as its elements."""
    found: Counter[bytes] = Counter()
    for push in pushes:
        value = decode_blob(push)
        found.update(encode_blob(one) for one in (value if isinstance(value, list) else [value]))
    return found


def _unlike(lacks: Counter[bytes], extra: Counter[bytes]) -> str:
    """What is missing, and what is there instead; of two records only where they differ."""
    if lacks.total() == extra.total() == 1:
        wanted, found = (decode_blob(*one) for one in (lacks, extra))
        if isinstance(wanted, dict) and isinstance(found, dict):
            return first_difference(wanted, found)
    return f"{_plain(lacks)} missing, {_plain(extra)} too many"


def first_difference(wanted: object, found: object, path: str = "") -> str:
    """Where one value is not another of the same kind, and what stands there.

    >>> first_difference({"a": {"b": [1, 2]}}, {"a": {"b": [1]}})
    '.a.b: 1 elements, not 2'
    >>> first_difference({"a": [1, 2]}, {"a": [1, 3]})
    '.a[1]: 3, not 2'
    """
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in [*wanted, *found]:
            if key not in wanted or key not in found:
                return f"{path}.{key}: {'missing' if key in wanted else 'too many'}"
            if not _is_same(wanted[key], found[key]):
                return first_difference(wanted[key], found[key], f"{path}.{key}")
    if isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            return f"{path}: {len(found)} elements, not {len(wanted)}"
        for place, (one, other) in enumerate(zip(wanted, found, strict=True)):
            if not _is_same(one, other):
                return first_difference(one, other, f"{path}[{place}]")
    return f"{path}: {_short(found)}, not {_short(wanted)}"


def _is_same(one: object, other: object) -> bool:
    """As they were stored: arrays are not asked whether they are equal, and 1 is not 1.0."""
    return encode_blob(one) == encode_blob(other)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


def _plain(values: Counter[bytes]) -> str:
    shown = [_short(decode_blob(value)) for value in sorted(values.elements())[:5]]
    more = values.total() - len(shown)
    return "nothing" if not shown else ", ".join([*shown, f"and {more} more"] if more else shown)


def _rows(rows: Counter[tuple[str, int, str, str, bytes]]) -> str:
    shown = [f"{tag} of {task}@{node} in round {number}" for tag, number, task, node, _ in rows]
    return ", ".join(sorted(shown)[:5]) or "none"


def _shown(where: str, wanted: Sequence[bytes], found: Sequence[bytes]) -> str:
    values = [[decode_blob(one) for one in pushes] for pushes in (found, wanted)]
    texts = [_short(one) for one in values]
    return f"{where}: {texts[0]}, not {texts[1]}"
