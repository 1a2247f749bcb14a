"""Whether a swarm can do anything with a global that `--set` gives it.

A swarm need not declare its globals: a task may ask for one that only `--set` sets, and have a
default of its own. But whoever asks must write the name. So a name that the swarm does not set, and
that none of its code holds, is a misspelt one.
"""

from __future__ import annotations

import difflib
import inspect
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence

from swarmdsl.cli.exits import UsageError
from swarmdsl.dsl import Swarm
from swarmdsl.topology.model import Topology

NAMES_SHOWN_MAX = 8
CODE_BYTES_MAX = 64_000_000  # of what is looked through; beyond that no name is refused


def refuse_unknown(
    swarm: Swarm, given: Iterable[str], declared: Sequence[str], code: Sequence[bytes]
) -> None:
    """Refuse globals that the swarm neither declares nor asks for.

    Args:
        swarm: that is given them.
        given: their names.
        declared: what the swarm itself sets; if that is nothing, all are accepted.
        code: all that its tasks execute, beside the file of the swarm itself.

    Raises:
        UsageError: there are such; it names what was probably meant.
    """
    unknown = [name for name in given if name not in declared]
    if not declared or not unknown:
        return
    texts = [*code, *_own_source(swarm)]
    if sum(map(len, texts)) > CODE_BYTES_MAX:
        return
    problems = [_told(name, declared) for name in unknown if not is_written(name, texts)]
    if problems:
        raise UsageError("\n".join(problems))


def code_of(topology: Topology, bundles: Mapping[str, bytes]) -> list[bytes] | None:
    """What the tasks execute; None if some is not packaged, so that it cannot be looked through."""
    names = {module.bundle for module in topology.modules}
    if "" in names:  # of an installed module, or of an image
        return None
    return [text for name in sorted(names) for text in _unpacked(bundles[name])]


def is_written(name: str, texts: Iterable[bytes]) -> bool:
    """Whether the name stands in one of the texts, as a word of its own.

    >>> is_written("rate", [b"world.globals.get('rate', 1)"]), is_written("rat", [b"rate"])
    (True, False)
    """
    word = re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)")
    return any(word.search(text) for text in texts)


def _unpacked(bundle: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            yield from (archive.read(one) for one in archive.namelist())
    except zipfile.BadZipFile:
        yield bundle  # pickled code holds its texts as they are


def _own_source(swarm: Swarm) -> Iterator[bytes]:
    """The file of the swarm's class, whose `execute` may ask for a global."""
    module = inspect.getmodule(type(swarm))
    try:
        yield b"" if module is None else inspect.getsource(module).encode()
    except OSError:
        yield b""


def _told(name: str, declared: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, declared, n=1)
    more = len(declared) - NAMES_SHOWN_MAX
    shown = ", ".join(declared[:NAMES_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
    meant = f"did you mean {near[0]!r}?" if near else f"it has {shown}."
    return (
        f"--set {name}: the swarm sets no global of that name, and no code of it asks for one; "
        f"{meant} A swarm declares one with self.set_global({name!r}, DEFAULT)"
    )
