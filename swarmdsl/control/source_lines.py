"""The lines of source that a stack names, read where they lie: in a file, or in a bundle."""

from __future__ import annotations

import linecache
import zipfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from swarmdsl.topology.codec import BUNDLES

SOURCE_BYTES_MAX = 4_000_000  # of a file: what is larger was not written by people


def source_line(file: str, line: int) -> str:
    """A line of a file, by its number from 1; "" if it is not at hand.

    >>> source_line(__file__, 1).strip()[:9], source_line("nowhere.py", 1)
    ('\"\"\"The li', '')
    """
    if not file.endswith(".py"):
        return ""
    archive, inner = _in_bundle(Path(file))
    if archive is None:
        return linecache.getline(file, line)
    lines = _packed(archive, inner)
    return lines[line - 1] if 0 < line <= len(lines) else ""


def _in_bundle(path: Path) -> tuple[Path | None, str]:
    """The bundle that holds a file, and its name there."""
    for parent in path.parents:
        if parent.parent.name == BUNDLES and parent.is_file():
            return parent, path.relative_to(parent).as_posix()
    return None, ""


@lru_cache(maxsize=8)
def _packed(archive: Path, inner: str) -> tuple[str, ...]:
    with suppress(OSError, KeyError, zipfile.BadZipFile), zipfile.ZipFile(archive) as bundle:
        if bundle.getinfo(inner).file_size <= SOURCE_BYTES_MAX:
            return tuple(bundle.read(inner).decode("utf-8", "replace").splitlines())
    return ()
