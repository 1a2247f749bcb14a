"""Source lines that travel behind code without a file: for tracebacks, which show them.

They stand behind the pickle, which ends by itself, so who does not know of them loads the code as
ever.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Lines = Mapping[int, str]
"""Lines of a file, with their numbers."""

CHARACTERS_MAX = 65_536  # of all lines that travel with one module
LINE_MAX = 100_000  # the last line whose text is shown: all before it have a place in a list


def packed(files: Mapping[str, Lines]) -> bytes:
    """Lines of some files as they travel; nothing if there are none, or too many.

    >>> unpacked(packed({"cell 3": {4: "return 1 / 0"}}))
    {'cell 3': {4: 'return 1 / 0'}}
    """
    size = sum(len(line) for lines in files.values() for line in lines.values())
    if not size or size > CHARACTERS_MAX:
        return b""
    return msgspec.msgpack.encode({name: sorted(of.items()) for name, of in sorted(files.items())})


def unpacked(data: bytes) -> Mapping[str, Lines]:
    """The lines of some files; none if the bytes are something else.

    >>> unpacked(b""), unpacked(b"something else")
    ({}, {})
    """
    try:
        found = msgspec.msgpack.decode(data, type=dict[str, list[tuple[int, str]]])
    except msgspec.MsgspecError:
        return {}
    return {name: dict(lines) for name, lines in found.items()}


def laid_out(lines: Lines) -> list[str]:
    """All lines of a file up to the last one that is known; those between are empty.

    >>> [line.rstrip() for line in laid_out({2: "x = 1"})]
    ['', 'x = 1']
    """
    known = {number: line for number, line in lines.items() if 0 < number <= LINE_MAX}
    return [f"{known.get(number, '')}\n" for number in range(1, max(known, default=0) + 1)]
