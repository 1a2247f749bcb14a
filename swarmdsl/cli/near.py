"""What was meant by a verb or a flag that there is not."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NoReturn

_WRONG = re.compile(r"invalid choice: '([^']+)'|unrecognized arguments: (-[^ =]+)")
_OTHER_WORDS: Mapping[str, str] = MappingProxyType(  # what other tools call our verbs
    {
        "check": "validate",
        "draw": "graph",
        "init": "new",
        "lint": "validate",
        "list": "ps",
        "start": "run",
    }
)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors say what may have been meant.

    Attributes:
        known: the words that it knows.
        verbs: the parsers of its verbs.
    """

    known: Sequence[str] = ()
    verbs: Mapping[str, Parser] = MappingProxyType({})

    def parse_line(self, words: Sequence[str] | None) -> argparse.Namespace:
        """Parse a command line; what a verb does not know is told with the usage of that verb."""
        found, unknown = self.parse_known_args(words)
        if unknown:
            speaker = self.verbs.get(getattr(found, "verb", None) or "", self)
            speaker.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found

    def error(self, message: str) -> NoReturn:
        """End with the usage and the message, and with the word that is much like the wrong one."""
        super().error(message + meant(message, self.known))


def meant(message: str, known: Iterable[str]) -> str:
    """What to add to a message of argparse about a word that it does not know.

    >>> meant("argument VERB: invalid choice: 'log' (choose from 'logs', 'ps')", ["logs", "ps"])
    "; did you mean 'logs'?"
    >>> meant("unrecognized arguments: --node 3", ["--nodes", "--slots"])
    "; did you mean '--nodes'?"
    >>> meant("the following arguments are required: RUN", ["run"])
    ''
    """
    wrong = _WRONG.search(message)
    if wrong is None:
        return ""
    near = _near(wrong[1] or wrong[2], list(known))
    return f"; did you mean {near!r}?" if near else ""


def _near(given: str, known: Sequence[str]) -> str:
    """The word that is much like this one, has its letters in another order, or means the same."""
    import difflib  # of use only where something is wrong already

    alike = difflib.get_close_matches(given, known, n=1, cutoff=0.8)
    swapped = [one for one in known if sorted(one) == sorted(given)]
    same = [one for one in known if one == _OTHER_WORDS.get(given)]
    return next(iter([*alike, *swapped, *same]), "")
