"""The rules of the house that no linter knows, each as a small function over the source.

A check yields findings; `EXEMPTIONS` is the only way around one. The second half plants a bad
example for every check, so that none can fall silent.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import re
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = {"swarmdsl": "swarmdsl", "modules": "swarmdsl_modules"}

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "misc"}
BANNED_IMPORTS = {"pickle", "_pickle", "dill", "shelve", "marshal"}
EXAMPLES_REQUIRED = {"swarmdsl", "swarmdsl.light"}
FOLDERS = {"swarmdsl", "modules", "examples", "tests", "notebooks", "docs", "benchmarks"}
NOT_PYTHON = REPOSITORY / "tests/golden/codes/SW214/wrong/train.py"  # as its code says
FOLDERS_MADE = {"build", "dist", "htmlcov", "__pycache__"}  # by tools, and ignored by git


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breach of a rule: the check that saw it, the file or name, and what it saw."""

    check: str
    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A breach that is meant. It covers every finding of one check at one place."""

    check: str
    where: str
    reason: str


# This table may only shrink: lower the number with it, never raise it.
EXEMPTIONS_MAX = 2
EXEMPTIONS: tuple[Exemption, ...] = (
    Exemption(
        check="cloudpickle",
        where="swarmdsl/compiler/by_value.py",
        reason="packs code of __main__, notebooks and closures, which has no source to zip",
    ),
    Exemption(
        check="cloudpickle",
        where="swarmdsl/daemon/bundle.py",
        reason="unpacks such a bundle, once its SHA-256 is the one the topology names",
    ),
)


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its path below the repository, its text and its tree."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        """The name it is imported by: modules/fl.py is swarmdsl_modules.fl."""
        first, *rest = Path(self.path).with_suffix("").parts
        parts = [PACKAGES.get(first, first), *rest]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        """The package its relative imports start from."""
        is_package = Path(self.path).name == "__init__.py"
        return self.module if is_package else self.module.rpartition(".")[0]


def sources(*folders: str) -> list[Source]:
    paths = [path for folder in folders for path in sorted((REPOSITORY / folder).rglob("*.py"))]
    paths = [path for path in paths if path != NOT_PYTHON]
    return [
        Source(path.relative_to(REPOSITORY).as_posix(), path.read_text("utf-8")) for path in paths
    ]


# -------------------------------------------------------------------------------------- checks


def check_size(source: Source) -> Iterator[Finding]:
    """A file over 500 lines, or a function over 70 (its docstring is not counted)."""
    lines = len(source.text.splitlines())
    if lines > FILE_LINES_MAX:
        yield Finding(check="size", where=source.path, what=f"{lines} lines in the file")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = span(node) - (span(node.body[0]) if ast.get_docstring(node) else 0)
            if lines > FUNCTION_LINES_MAX:
                yield Finding(
                    check="size", where=source.path, what=f"{lines} lines in {node.name}()"
                )


def span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def check_file_name(source: Source) -> Iterator[Finding]:
    """A file or folder whose name says nothing about what is in it."""
    for part in Path(source.path).with_suffix("").parts:
        if part.strip("_") in BANNED_NAMES:
            yield Finding(check="name", where=source.path, what=f"{part!r} says nothing")


def check_words(source: Source) -> Iterator[Finding]:
    """print(), pickle, time.sleep, a TODO that names no issue; cloudpickle is its own word."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Name(id="print")):
                yield Finding(check="print", where=source.path, what=f"line {node.lineno}")
            case ast.Attribute(value=ast.Name(id="time"), attr="sleep"):
                yield Finding(check="sleep", where=source.path, what=f"line {node.lineno}")
            case ast.ImportFrom(module="time") if any(one.name == "sleep" for one in node.names):
                yield Finding(check="sleep", where=source.path, what=f"line {node.lineno}")
            case ast.Import() | ast.ImportFrom():
                for root in {name.partition(".")[0] for name in imported_names(source, node)}:
                    if root in BANNED_IMPORTS:
                        yield Finding(check="pickle", where=source.path, what=f"imports {root}")
                    if root == "cloudpickle":
                        yield Finding(check="cloudpickle", where=source.path, what="imports it")
    for line, text in comments(source).items():
        if re.search(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))", text):
            yield Finding(check="todo", where=source.path, what=f"line {line}: {text}")


def comments(source: Source) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def check_broad_except(source: Source) -> Iterator[Finding]:
    """A handler of every exception that has no comment on, above or just under its line."""
    noted = comments(source)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
            lines = range(node.lineno - 1, node.body[0].lineno + 1)
        elif isinstance(node, ast.Call) and "suppress" in ast.unparse(node.func):
            if not any(is_broad(argument) for argument in node.args):
                continue
            lines = range(node.lineno - 1, node.lineno + 1)
        else:
            continue
        if not any(is_reason(noted.get(line, "")) for line in lines):
            yield Finding(check="broad except", where=source.path, what=f"line {node.lineno}")


def is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(is_broad(one) for one in caught.elts)
    return caught is None or ast.unparse(caught) in {"Exception", "BaseException"}


def is_reason(comment: str) -> bool:
    """A comment for people; a directive to a tool explains nothing."""
    return bool(comment) and not re.fullmatch(r"#\s*(noqa|type:|pragma)[^#]*", comment)


def check_imported(
    everything: list[Source], witnesses: list[Source], entry_points: set[str]
) -> Iterator[Finding]:
    """A module that no other file imports or names.

    A full module name in a string counts as an import: that is how registries load. Tests and
    examples are witnesses only for what users import themselves.
    """
    own = {name for source in everything for name in reached(source)}
    public = {name for source in witnesses for name in reached(source)}
    for source in everything:
        is_users = source.module.startswith(("swarmdsl_modules", "swarmdsl.testing"))
        known = own | public if is_users else own
        inside = f"{source.module}."
        if source.module in entry_points or source.path.endswith("/__main__.py"):
            continue
        if source.path.startswith("swarmdsl/cli/templates/"):  # read, to be written elsewhere
            continue
        if source.module not in known and not any(name.startswith(inside) for name in known):
            yield Finding(check="unused", where=source.path, what="nobody imports it")


def reached(source: Source) -> set[str]:
    """What a file imports or names in a string, itself excepted."""
    names: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update(imported_names(source, node))
        elif isinstance(node, ast.Constant) and is_module_name(node.value):
            names.add(str(node.value).partition(":")[0])
    return names - {source.module}


def is_module_name(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"swarmdsl[\w.]*(:\w+)?", value))


def imported_names(source: Source, node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.Import):
        return {one.name for one in node.names}
    base = node.module or ""
    if node.level:
        parents = source.package.split(".")
        base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [node.module])])
    return {base} | {f"{base}.{one.name}" for one in node.names}


def check_documented(module: ModuleType) -> Iterator[Finding]:
    """A name in a package's __all__ without a docstring, or a user's name without an example."""
    for name in module.__all__:
        value = getattr(module, name)
        if not (inspect.isclass(value) or inspect.isroutine(value)):
            continue
        text = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
        # A dataclass or named tuple without a docstring writes its signature there.
        if not text or text.startswith(f"{name}("):
            yield Finding(check="docstring", where=f"{module.__name__}.{name}", what="has none")
        elif module.__name__ in EXAMPLES_REQUIRED and ">>>" not in text:
            yield Finding(check="example", where=f"{module.__name__}.{name}", what="has none")


def check_folders(names: Iterable[str]) -> Iterator[Finding]:
    """A folder at the top of the repository that is not on the list."""
    for name in names:
        made = name.startswith(".") or name.endswith(".egg-info") or name in FOLDERS_MADE
        if not made and name not in FOLDERS:
            yield Finding(check="folder", where=name, what="is not on the list")


# ----------------------------------------------------------------------------- this repository


def public_packages() -> list[ModuleType]:
    names = [one.module for one in sources("swarmdsl", "modules") if "__init__" in one.path]
    return [module for module in map(importlib.import_module, names) if hasattr(module, "__all__")]


def entry_points() -> set[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["scripts"], *project["entry-points"].values()]
    named = {value.partition(":")[0] for group in groups for value in group.values()}
    return {"swarmdsl", "swarmdsl_modules", *named}


def all_findings() -> Iterator[Finding]:
    packages = sources("swarmdsl", "modules")
    around = sources("tests", "examples", "benchmarks")
    for source in [*packages, *around]:
        yield from check_size(source)
        yield from check_file_name(source)
    for source in packages:
        yield from check_words(source)
        yield from check_broad_except(source)
    yield from check_imported(packages, around, entry_points())
    for module in public_packages():
        yield from check_documented(module)
    yield from check_folders(path.name for path in REPOSITORY.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return list(all_findings())


def test_the_house_is_tidy(findings: list[Finding]) -> None:
    exempt = {(one.check, one.where) for one in EXEMPTIONS}
    left = [one for one in findings if (one.check, one.where) not in exempt]
    assert not left, "\n".join(f"{one.check}: {one.where}: {one.what}" for one in left)


def test_no_exemption_is_unused(findings: list[Finding]) -> None:
    found = {(one.check, one.where) for one in findings}
    unused = [one for one in EXEMPTIONS if (one.check, one.where) not in found]
    assert not unused, f"no longer needed: {unused}; lower EXEMPTIONS_MAX too"


def test_exemptions_only_shrink_and_say_why() -> None:
    assert len(EXEMPTIONS) == EXEMPTIONS_MAX
    assert all(len(one.reason.split()) >= 4 for one in EXEMPTIONS)
    assert max(Counter((one.check, one.where) for one in EXEMPTIONS).values(), default=1) == 1


# ------------------------------------------------------------------------------ planted badness


def source_of(text: str, path: str = "swarmdsl/wire/codec.py") -> Source:
    return Source(path, text)


def saw(found: Iterable[Finding]) -> list[str]:
    return [one.check for one in found]


def test_long_function_is_seen() -> None:
    body = "    x = 1\n"
    assert saw(check_size(source_of(f"def f():\n{body * 70}"))) == ["size"]
    assert saw(check_size(source_of(f'def f():\n    """One\n\n    two."""\n{body * 69}'))) == []


def test_long_file_is_seen() -> None:
    assert saw(check_size(source_of("x = 1\n" * 501))) == ["size"]
    assert saw(check_size(source_of("x = 1\n" * 500))) == []


@pytest.mark.parametrize("path", ["swarmdsl/utils.py", "swarmdsl/_common/a.py", "tests/misc.py"])
def test_name_that_says_nothing_is_seen(path: str) -> None:
    assert saw(check_file_name(source_of("", path))) == ["name"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("print(1)", ["print"]),
        ("import pickle", ["pickle"]),
        ("from pickle import loads", ["pickle"]),
        ("import cloudpickle", ["cloudpickle"]),
        ("import time\nnap = time.sleep", ["sleep"]),
        ("from time import sleep", ["sleep"]),
        ("x = 1  # TODO: later", ["todo"]),
        ("x = 1  # TODO(#12): later", []),
        ("text = 'print(1)  # TODO'", []),
        ("console.print(1)", []),
    ],
)
def test_word_is_seen(text: str, expected: list[str]) -> None:
    assert saw(check_words(source_of(text))) == expected


@pytest.mark.parametrize("caught", ["", " Exception", " BaseException", " (OSError, Exception)"])
def test_broad_except_without_a_reason_is_seen(caught: str) -> None:
    text = f"try:\n    f()\nexcept{caught}:{{}}\n    pass\n"
    assert saw(check_broad_except(source_of(text.format("")))) == ["broad except"]
    assert saw(check_broad_except(source_of(text.format("  # noqa: E722")))) == ["broad except"]
    assert saw(check_broad_except(source_of(text.format("  # A handler's own fault.")))) == []


def test_broad_suppress_is_seen_and_a_narrow_one_is_not() -> None:
    assert saw(check_broad_except(source_of("with suppress(Exception):\n    f()")))
    assert not saw(check_broad_except(source_of("with suppress(KeyError):\n    f()")))


@pytest.mark.parametrize(
    "importer",
    [
        "import swarmdsl.wire.codec",
        "from swarmdsl.wire import codec",
        "from .codec import encode",
        "from ..wire.codec import encode",
        "ENGINES = {'one': 'swarmdsl.wire.codec:encode'}",
        "def late():\n    from swarmdsl.wire.codec import encode",
    ],
)
def test_imported_module_is_used(importer: str) -> None:
    both = [source_of(""), source_of(importer, "swarmdsl/wire/session.py")]
    assert [one.where for one in check_imported(both, [], set())] == ["swarmdsl/wire/session.py"]


def test_module_nobody_imports_is_seen() -> None:
    alone = source_of("import swarmdsl.wire.codec")
    witness = source_of("import swarmdsl.wire.codec", "tests/test_codec.py")
    assert saw(check_imported([alone], [witness], set())) == ["unused"]
    assert saw(check_imported([alone], [], {"swarmdsl.wire.codec"})) == []


def test_users_module_may_be_imported_by_an_example_alone() -> None:
    module = source_of("", "modules/fl.py")
    witness = source_of("from swarmdsl_modules.fl import mean", "examples/learn.py")
    assert saw(check_imported([module], [], set())) == ["unused"]
    assert saw(check_imported([module], [witness], set())) == []


def package_of(name: str, text: str) -> ModuleType:
    module = ModuleType(name)
    code = "from dataclasses import dataclass\n" + text
    exec(compile(code, name, "exec", dont_inherit=True), module.__dict__)
    module.__dict__["__all__"] = ["one"]
    return module


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def one(): pass", ["docstring"]),
        ("class one: pass", ["docstring"]),
        ("@dataclass\nclass one:\n    x: int", ["docstring"]),
        ("def one():\n    'What it is.'", ["example"]),
        ("def one():\n    'What it is. >>> one()'", []),
        ("one = 1", []),
    ],
)
def test_public_name_without_docstring_or_example_is_seen(text: str, expected: list[str]) -> None:
    assert saw(check_documented(package_of("swarmdsl.light", text))) == expected
    inner = [check for check in expected if check != "example"]
    assert saw(check_documented(package_of("swarmdsl.wire", text))) == inner


def test_unlisted_folder_is_seen() -> None:
    assert saw(check_folders(["swarmdsl", ".git", "build", "scripts"])) == ["folder"]
