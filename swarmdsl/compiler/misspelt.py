"""Whether one name is another, misspelt; not where the two may well be two names."""

from __future__ import annotations

SEPARATORS = str.maketrans("", "", "-_. ")


def is_misspelt(given: str, meant: str) -> bool:
    """Whether a name differs from another as a slip of the pen does.

    That is by capitals or separators, by one letter too many or too few, by two neighbours that
    have changed places, or by one letter within a word. `part1` and `part2`, or `site-a` and
    `site-b`, are two names.

    >>> [is_misspelt(one, "numbers") for one in ("number", "Numbers", "nubmers", "nunbers")]
    [True, True, True, True]
    >>> is_misspelt("part1", "part2"), is_misspelt("site-a", "site-b")
    (False, False)
    """
    if given == meant:
        return False
    one, other = given.casefold(), meant.casefold()
    if one.translate(SEPARATORS) == other.translate(SEPARATORS):
        return True
    if len(one) == len(other):
        return _swapped(one, other) or _one_within(one, other)
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and _one_more(short, long)


def _one_more(short: str, long: str) -> bool:
    """Whether a letter less of `long`, at the end or beside another one, is `short`."""
    return any(
        long[place].isalpha()
        and long[:place] + long[place + 1 :] == short
        and any(one.isalpha() for one in long[max(place - 1, 0) : place])
        for place in range(len(long))
    )


def _swapped(one: str, other: str) -> bool:
    places = [place for place, pair in enumerate(zip(one, other, strict=True)) if len({*pair}) > 1]
    if len(places) != 2 or places[1] - places[0] != 1:
        return False
    first, second = places
    letters = one[first] + one[second]
    return letters.isalpha() and letters == other[second] + other[first]


def _one_within(one: str, other: str) -> bool:
    """Whether one letter differs, and has a letter on both sides."""
    places = [place for place, pair in enumerate(zip(one, other, strict=True)) if len({*pair}) > 1]
    if len(places) != 1 or not 0 < places[0] < len(one) - 1:
        return False
    place = places[0]
    return (one[place - 1 : place + 2] + other[place]).isalpha()
