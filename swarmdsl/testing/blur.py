"""What of the yield of a swarm differs from run to run even without faults, and the rest of it.

A time that was measured, a number that was drawn: no run can be asked to have the same. Where such
a thing is a part of a value, only that part is left out, and the rest is compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from swarmdsl.testing.outcome import Outcome
from swarmdsl.wire.codec import decode_blob, encode_blob

Place = tuple[str, ...]
"""Where values stand: `("value", task)`, `("result", tag, task)` or `("global", tag)`."""

Path = tuple[str, ...]
"""The way into a value, by keys; all elements of a list have the same."""

WHOLE: Path = ("",)
"""In the place of a path: nothing of these values is alike."""

ELEMENT = "[]"
BLURRED = None  # in the place of what is left out

Found = Mapping[Place, Sequence[tuple[int, bytes]]]
"""What stands where, each with its round."""


@dataclass(frozen=True, slots=True)
class Blur:
    """What is left out when runs are compared.

    Attributes:
        paths: by place.

    >>> Blur({("value", "report"): frozenset({(".took_s",)})}).sentences()
    ['report: .took_s']
    >>> Blur({("result", "loss", "train"): frozenset({WHOLE})}).sentences()
    ["results 'loss' of train"]
    """

    paths: Mapping[Place, frozenset[Path]] = field(default_factory=dict)

    def sentences(self) -> list[str]:
        """What is left out, in words."""
        return [_in_words(place, paths) for place, paths in sorted(self.paths.items())]

    def of(self, outcome: Outcome) -> Outcome:
        """The outcome without that."""
        if not self.paths:
            return outcome
        return replace(
            outcome,
            values={
                (alias, number): self._rest(("value", alias), pushes)
                for (alias, number), pushes in outcome.values.items()
            },
            results=sorted(
                (tag, number, task, node, rest)
                for tag, number, task, node, value in outcome.results
                for rest in self._rest(("result", tag, task), [value])
            ),
            globals={
                tag: rest
                for tag, value in outcome.globals.items()
                for rest in self._rest(("global", tag), [value])
            },
        )

    def _rest(self, place: Place, values: Sequence[bytes]) -> list[bytes]:
        paths = self.paths.get(place)
        if paths is None:
            return list(values)
        if WHOLE in paths:
            return []
        return [encode_blob(_without(decode_blob(value), paths)) for value in values]


def blur_of(outcomes: Iterable[Outcome]) -> Blur:
    """What differs among runs that had no faults."""
    found = [_by_place(outcome) for outcome in outcomes]
    places = {place for one in found for place in one}
    differing = {place: _differing([one.get(place, ()) for one in found]) for place in places}
    return Blur({place: paths for place, paths in differing.items() if paths})


def _by_place(outcome: Outcome) -> Found:
    found: dict[Place, list[tuple[int, bytes]]] = defaultdict(list)
    for (alias, number), pushes in outcome.values.items():
        found["value", alias] += [(number, push) for push in pushes]
    for tag, number, task, _, value in outcome.results:
        found["result", tag, task].append((number, value))
    for tag, value in outcome.globals.items():
        found["global", tag].append((0, value))
    return found


def _differing(runs: Sequence[Sequence[tuple[int, bytes]]]) -> frozenset[Path]:
    """The paths at which the values of some place differ from run to run; none if they do not."""
    if _are_alike(Counter(one) for one in runs):
        return frozenset()
    decoded = [[(number, decode_blob(value)) for number, value in one] for one in runs]
    by_path = [_leaves_of(one) for one in decoded]
    every = {path for one in by_path for path in one}
    paths = frozenset(
        path for path in every if not _are_alike(one.get(path, Counter()) for one in by_path)
    )
    rest = (
        Counter((number, encode_blob(_without(value, paths))) for number, value in one)
        for one in decoded
    )
    return paths if _are_alike(rest) else frozenset({WHOLE})


def _are_alike(counters: Iterable[Counter[Any]]) -> bool:
    first, *others = counters
    return all(one == first for one in others)


def _leaves_of(values: Iterable[tuple[int, Any]]) -> dict[Path, Counter[tuple[int, bytes]]]:
    """What stands at the end of each path, with its round, as often as it does."""
    found: dict[Path, Counter[tuple[int, bytes]]] = defaultdict(Counter)
    for number, value in values:
        for path, leaf in _leaves(value, ()):
            found[path][number, encode_blob(leaf)] += 1
    return found


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, (*path, f".{key}"))
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, (*path, ELEMENT))
    else:
        yield path, value


def _without(value: Any, paths: frozenset[Path], path: Path = ()) -> Any:
    """The value with what stands at these paths blurred."""
    if isinstance(value, dict):
        return {key: _without(one, paths, (*path, f".{key}")) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, paths, (*path, ELEMENT)) for one in value]
    return BLURRED if path in paths else value


def _in_words(place: Place, paths: frozenset[Path]) -> str:
    match place:
        case ("result", tag, task):
            what = f"results {tag!r} of {task}"
        case ("global", tag):
            what = f"the global {tag!r}"
        case (_, name):
            what = name
        case _:
            raise AssertionError(place)
    if WHOLE in paths or () in paths:
        return what
    return f"{what}: {', '.join(sorted(''.join(path) for path in paths))}"
