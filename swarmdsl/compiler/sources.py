"""Which source files belong to a module, and the archive that holds them."""

from __future__ import annotations

import ast
import functools
import io
import sys
import sysconfig
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

Read = Callable[[Path], bytes]

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can say
_FILE_MODE = 0o100644
EXECUTABLE_MODE = 0o100755
_ARCHIVES_KEPT = 4  # the modules of a swarm often lie in one package
_INSTALLED = tuple(
    Path(sysconfig.get_path(name)).resolve()
    for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
INSTALLED_PARTS = {"site-packages", "dist-packages"}
_OWN = {"swarmdsl", "swarmdsl_modules"}


def archive(files: Mapping[str, bytes], mode: int = _FILE_MODE) -> bytes:
    """A zip of these files, all of one mode, whose bytes depend on nothing but them.

    A folder of Python without an `__init__.py` has an entry of its own: without one Python imports
    nothing from such a folder of a zip.

    >>> archive({"a.py": b"x = 1", "b.py": b""}) == archive({"b.py": b"", "a.py": b"x = 1"})
    True
    """
    return _archive(tuple(sorted(files.items())), mode)


@functools.lru_cache(_ARCHIVES_KEPT)
def _archive(files: tuple[tuple[str, bytes], ...], mode: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name, data in sorted((*files, *_namespaces(files))):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = mode << 16
            file.writestr(entry, data)
    return buffer.getvalue()


def _namespaces(files: tuple[tuple[str, bytes], ...]) -> list[tuple[str, bytes]]:
    """An entry for each folder of Python that is no package of its own."""
    names = {name for name, _ in files}
    modules = [PurePosixPath(name) for name in names if name.endswith(".py")]
    folders = {folder for one in modules for folder in one.parents if folder.name}
    return [(f"{one}/", b"") for one in folders if str(one / "__init__.py") not in names]


def is_installed(module: str) -> bool:
    """Whether a module comes with Python, with swarmdsl or with an installed package."""
    top = module.partition(".")[0]
    if top in _OWN or top in sys.builtin_module_names:
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return False
    path = Path(file).resolve()
    if INSTALLED_PARTS & set(path.parts):
        return True
    return any(path.is_relative_to(folder) for folder in _INSTALLED)


def package_files(folder: Path, read: Read) -> dict[str, bytes]:
    """All Python files of a package, under names that start with the package's own."""
    return {
        path.relative_to(folder.parent).as_posix(): read(path)
        for path in sorted(folder.rglob("*.py"))
        if "__pycache__" not in path.parts
    }


def file_and_siblings(file: Path, read: Read) -> dict[str, bytes]:
    """A top-level file with all that it imports from beside it, directly or through others.

    Raises:
        SyntaxError: one of them is not Python.
    """
    files = {file.name: read(file)}
    return files | _siblings(files, file.parent, read)


def text_and_siblings(name: str, text: str, folder: Path, read: Read) -> dict[str, bytes]:
    """As `file_and_siblings`, for source text that has no file of its own."""
    files = {f"{name}.py": text.encode()}
    return files | _siblings(files, folder, read)


def _siblings(files: Mapping[str, bytes], folder: Path, read: Read) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    waiting = list(files.items())
    while waiting:
        path, source = waiting.pop()
        # The other files of a package may never be imported.
        must = "/" not in path or path.endswith("/__init__.py")
        for name in sorted(_imported(source, folder / path, must=must)):
            fresh = {
                each: data
                for each, data in _beside(name, folder, read).items()
                if each not in found and each not in files
            }
            found |= fresh
            waiting.extend(fresh.items())
    return found


def _beside(name: str, folder: Path, read: Read) -> dict[str, bytes]:
    """What `import NAME` finds in a folder: a package, a file, or a folder of Python files.

    The last comes after all that is installed, as for Python itself.
    """
    file, package = folder / f"{name}.py", folder / name
    if (package / "__init__.py").is_file():
        return package_files(package, read)
    if file.is_file():
        return {file.name: read(file)}
    is_namespace = package.is_dir() and not is_installed(name)
    return package_files(package, read) if is_namespace else {}


def _imported(source: bytes, path: Path, *, must: bool) -> set[str]:
    """The first parts of the absolute imports anywhere in a source.

    A broken source imports nothing; but if it `must` be imported itself, it is an error.
    """
    if path.suffix != ".py":
        return set()
    try:
        tree = parsed(source, path)
    except SyntaxError:
        if must:
            raise
        return set()
    return {name.partition(".")[0] for node in ast.walk(tree) for name in _names(node)}


def compiled(source: bytes, where: Path | str) -> ast.Module:
    """The syntax tree of a source that Python would also run: a `return` stands in a function.

    Raises:
        SyntaxError: it is not Python; the error names `where`.
    """
    tree = parsed(source, where)
    with warnings.catch_warnings(action="ignore"):  # its author sees them on running it
        compile(tree, str(where), "exec", dont_inherit=True)
    return tree


def parsed(source: bytes, where: Path | str) -> ast.Module:
    """The syntax tree of a source.

    Raises:
        SyntaxError: it is not Python; the error names `where`.
    """
    try:
        return ast.parse(source, str(where))
    except (SyntaxError, ValueError) as problem:
        if isinstance(problem, SyntaxError) and problem.lineno is not None:
            raise
        # Of a zero byte no version tells the file, and some raise a ValueError.
        raise SyntaxError(str(problem), (str(where), 1, 1, "")) from problem


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (one.name for one in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
        yield node.module


def is_guarded(source: bytes) -> bool:
    """Whether a script runs only under `if __name__ == "__main__":`, so that it can be imported."""
    return any(
        isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
        for node in ast.parse(source).body
    )
