"""This very swarmdsl as a wheel, wherever it was imported from: images install what compiles."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import importlib.util
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from swarmdsl.errors import EngineError

PACKAGES = ("swarmdsl", "swarmdsl_modules")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: equal sources, equal bytes
LEFT_OUT = {".pyc", ".pyo", ".so"}  # made for one interpreter, and made anew where they are needed
WHEEL = "Wheel-Version: 1.0\nGenerator: swarmdsl\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def own_requirements() -> list[str]:
    """What swarmdsl itself requires, without any extra, as pip takes it.

    Raises:
        EngineError: swarmdsl is not installed.

    >>> any(one.startswith("pyzmq") for one in own_requirements())
    True
    """
    required = _installed().requires or []
    return sorted(one for one in required if "extra ==" not in one)


def own_wheel() -> tuple[str, bytes]:
    """The name of the wheel, and its bytes; the same for the same sources.

    Raises:
        EngineError: swarmdsl is not installed, so nothing tells what it requires.

    >>> name, data = own_wheel()
    >>> name.startswith("swarmdsl-"), data == own_wheel()[1]
    (True, True)
    """
    installed = _installed()
    folder = f"swarmdsl-{installed.version}.dist-info"
    files = dict(_sources())
    files[f"{folder}/METADATA"] = (installed.read_text("METADATA") or "").encode()
    files[f"{folder}/WHEEL"] = WHEEL.encode()
    files[f"{folder}/entry_points.txt"] = (installed.read_text("entry_points.txt") or "").encode()
    files[f"{folder}/RECORD"] = _record(files, folder).encode()
    return f"swarmdsl-{installed.version}-py3-none-any.whl", _zipped(files)


def _installed() -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution("swarmdsl")
    except importlib.metadata.PackageNotFoundError as error:
        raise EngineError(
            "docker", "swarmdsl is not installed: pip install it, that images can hold it too"
        ) from error


def _sources() -> Iterator[tuple[str, bytes]]:
    for package in PACKAGES:
        found = importlib.util.find_spec(package)
        for place in (found.submodule_search_locations if found else None) or ():
            root = Path(place)
            for file in sorted(root.rglob("*")):
                if file.is_file() and file.suffix not in LEFT_OUT:
                    yield f"{package}/{file.relative_to(root).as_posix()}", file.read_bytes()


def _record(files: dict[str, bytes], folder: str) -> str:
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{folder}/RECORD,,\n"])


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return packed.getvalue()
