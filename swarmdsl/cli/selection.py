"""`--select` and `--ignore`: which codes a report is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from swarmdsl.cli.exits import UsageError
from swarmdsl.compiler.codes import CODES, near_code
from swarmdsl.compiler.diagnostics import Hidden
from swarmdsl.compiler.formats.checked import Checked

WHOLE = len("SW306")  # what is shorter was meant as a family


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Codes and the beginnings of codes; the longest that fits decides, `--ignore` if both are.

    >>> chosen = selection(["SW3,SW101"], ["SW306"])
    >>> [code for code in ("SW101", "SW102", "SW301", "SW306") if chosen.has(code)]
    ['SW101', 'SW301']
    """

    selected: tuple[str, ...]
    ignored: tuple[str, ...]

    def has(self, code: str) -> bool:
        """Whether findings of this code are reported."""
        return _longest(code, self.selected) > _longest(code, self.ignored)

    def applied(self, one: Checked) -> Checked:
        """The same target, with what is not selected hidden."""
        left_out = [each for each in one.shown if not self.has(each.code)]
        hidden = [Hidden(diagnostic=each, by="selection") for each in left_out]
        shown = tuple(each for each in one.shown if self.has(each.code))
        return replace(one, shown=shown, hidden=(*one.hidden, *hidden))


def selection(select: Sequence[str], ignore: Sequence[str]) -> Selection:
    """What the flags say; each may be given several times, and each time name several codes.

    Raises:
        UsageError: no code begins like this.
    """
    selected = tuple(_prefixes("--select", select))
    return Selection(selected=selected or ("SW",), ignored=tuple(_prefixes("--ignore", ignore)))


def _prefixes(flag: str, given: Sequence[str]) -> Iterable[str]:
    for text in given:
        for part in text.split(","):
            prefix = part.strip().upper()
            if not prefix or not any(code.startswith(prefix) for code in CODES):
                near = near_code(prefix) if len(prefix) >= WHOLE else ""
                raise UsageError(
                    f"{flag}: no code begins with {part.strip()!r}; "
                    f"{near or 'give a code such as SW306, or a family such as SW3'}"
                )
            yield prefix


def _longest(code: str, prefixes: Iterable[str]) -> int:
    return max((len(one) for one in prefixes if code.startswith(one)), default=0)
