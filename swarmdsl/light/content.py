"""The bytes of a file as both styles take them: as bytes, and as something to read from."""

from __future__ import annotations

import functools
import io


class Content(bytes):
    """Bytes that can also be read as an open file is, from their beginning.

    Manta's `get_binary_data` gives such a file, for `np.load(...)` or `zipfile.ZipFile(...)`; as
    bytes it can be compared, decoded and pushed. It travels as plain bytes.

    >>> found = Content(b"kept here")
    >>> found == b"kept here", found.read(4), found.read(), found.seek(0)
    (True, b'kept', b' here', 0)
    """

    @functools.cached_property
    def _file(self) -> io.BytesIO:
        return io.BytesIO(self)

    def read(self, size: int | None = -1, /) -> bytes:
        """What comes next: at most `size` bytes, or all of it."""
        return self._file.read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        """The rest of the line."""
        return self._file.readline(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go on elsewhere, as in a file; returns where."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where the next `read` begins."""
        return self._file.tell()

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def getvalue(self) -> bytes:
        """All of it, wherever it has been read to."""
        return bytes(self)
