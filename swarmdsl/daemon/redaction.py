"""Takes the values of secrets out of texts that are written down, shown or told. Pure.

It is the last line, not the first: a value that user code has changed, or told bit by bit, is not
found. What is found is the value as it stands, as Python or JSON write it in quotes, in base64, and
as it stands in an address.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

MARK = "***"
VALUE_CHARACTERS_MIN = 4  # what is shorter is found everywhere, and takes the sense out of a text
LINE_CHARACTERS_MIN = 8  # of one line of a value that has several, which may be told by itself


class Redaction:
    """Knows values, and replaces them.

    >>> redaction = Redaction([b"s3cr3t"])
    >>> redaction.text("GET /?token=s3cr3t was refused")
    'GET /?token=*** was refused'
    """

    def __init__(self, values: Iterable[bytes] = ()) -> None:
        self._forms: list[str] = []
        self._known: set[bytes] = set()
        for value in values:
            self.learn(value)

    def learn(self, value: bytes) -> None:
        """Replace this value, too, from now on."""
        if value in self._known:
            return
        self._known.add(value)
        # The longest first: one may hold another.
        self._forms = sorted({*self._forms, *_forms_of(value)}, key=lambda form: (-len(form), form))

    def text(self, text: str) -> str:
        """The text with every value replaced."""
        for form in self._forms:
            text = text.replace(form, MARK)
        return text

    def end(self, text: str) -> str:
        """The same of the end of a longer text, which may begin within a value."""
        for form in self._forms:
            text = _without_rest(text, form)
        return self.text(text)


def _forms_of(value: bytes) -> Iterator[str]:
    """The texts by which a value may be told."""
    text = value.decode("utf-8", "backslashreplace")
    stripped = text.strip()
    if len(stripped) < VALUE_CHARACTERS_MIN:
        return
    for form in (text, stripped):
        yield form
        yield repr(form)[1:-1]
        yield json.dumps(form)[1:-1]
        yield json.dumps(form, ensure_ascii=False)[1:-1]
        yield quote(form, safe="")
    yield repr(value)[2:-1]
    yield base64.b64encode(value).decode()
    yield base64.b64encode(value.strip()).decode()
    lines = [line.strip() for line in text.splitlines()]
    yield from (line for line in lines if len(line) >= LINE_CHARACTERS_MIN)


def _without_rest(text: str, form: str) -> str:
    """The text without the rest of a value at its beginning."""
    head = text[:VALUE_CHARACTERS_MIN]
    start = form.find(head) if len(head) == VALUE_CHARACTERS_MIN else -1
    while start >= 0:
        rest = form[start:]
        if text.startswith(rest):
            return MARK + text[len(rest) :]
        if rest.startswith(text):
            return MARK
        start = form.find(head, start + 1)
    return text
