"""Which code was meant: a text that is almost one, or that names a family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_MISREAD = str.maketrans({"O": "0", "L": "1", "I": "1"})


def nearest(given: str, known: Sequence[str]) -> str:
    """A sentence that leads from a text to a code: the one that was meant, or some to choose from.

    >>> codes = ["SW101", "SW306", "SW603", "SW901", "SW902"]
    >>> nearest("SW360", codes), nearest("sw3O6", codes), nearest("101", codes)
    ("did you mean 'SW306'?", "did you mean 'SW306'?", "did you mean 'SW101'?")
    >>> nearest("SW999", codes)
    'those that begin with SW9 are SW901, SW902'
    """
    digits = given.strip().upper().removeprefix("SW").translate(_MISREAD)
    if not digits.isdecimal():
        return f"the codes are {', '.join(known)}"
    family = [code for code in known if code.startswith(f"SW{digits[0]}")]
    meant = _meant(digits, family) or _meant(digits, known)
    if meant:
        return f"did you mean {meant!r}?"
    if family:
        return f"those that begin with SW{digits[0]} are {', '.join(family)}"
    return f"the codes are {', '.join(known)}"


def _meant(digits: str, known: Iterable[str]) -> str | None:
    """The code of these digits; or that has them in another order; or one too many or too few."""
    by_digits = {code.removeprefix("SW"): code for code in known}
    if digits in by_digits:
        return by_digits[digits]
    swapped = [one for one in by_digits if sorted(one) == sorted(digits)]
    longer = [one for one in by_digits if len(digits) == len(one) + 1 and _is_within(one, digits)]
    longer.sort(key=lambda one: not digits.startswith(one))
    shorter = [one for one in by_digits if len(one) == len(digits) + 1 and _is_within(digits, one)]
    found = [*swapped, *longer, *(shorter if len(shorter) == 1 else [])]
    return by_digits[found[0]] if found else None


def _is_within(short: str, long: str) -> bool:
    """Whether one digit less of `long` is `short`."""
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))
