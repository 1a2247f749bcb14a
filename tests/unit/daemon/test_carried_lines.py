"""Lines of source that come behind code: tracebacks find them."""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.compiler.by_value import dumped
from swarmdsl.daemon.bundle import bundle_path, load_program
from swarmdsl.daemon.trace import users_traceback
from swarmdsl.topology.model import ModuleSpec
from swarmdsl.wire.carried_source import CHARACTERS_MAX

Defined = Callable[[str, str], Any]


@pytest.fixture
def defined(monkeypatch: pytest.MonkeyPatch) -> Defined:
    """Gives the function `work` of a text that is known as such a file."""
    monkeypatch.setattr(linecache, "cache", dict(linecache.cache))
    monkeypatch.setattr("swarmdsl.daemon.bundle._carried", {})

    def define(file: str, text: str) -> Any:
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(text, file, "exec"), names)
        return names["work"]

    return define


def arrived(folder: Path, program: Any) -> Any:
    """A program as a daemon loads it, which has not the file that it was in."""
    data = dumped(program)
    linecache.cache.pop(program.__code__.co_filename, None)
    digest = hashlib.sha256(data).hexdigest()
    path = bundle_path(folder, digest)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    module = ModuleSpec(
        name="work", kind="function", bundle=digest, encoding="cloudpickle", entry="a:work"
    )
    return load_program(module, folder)


def traceback_of(program: Any) -> str:
    with pytest.raises(ZeroDivisionError) as raised:
        program()
    return users_traceback(raised.value)


def test_a_traceback_shows_the_line_and_the_name_without_its_folder(
    tmp_path: Path, defined: Defined
) -> None:
    work = arrived(tmp_path, defined("/home/ada/fit.py", "\n\ndef work():\n    return 1 / 0\n"))
    assert 'File "fit.py", line 4, in work\n    return 1 / 0\n' in traceback_of(work)


def test_lines_of_two_modules_of_one_file_are_both_shown(tmp_path: Path, defined: Defined) -> None:
    text = "def work():\n    return 1 / 0\n"
    first = arrived(tmp_path, defined("/home/ada/fit.py", text))
    second = arrived(tmp_path, defined("/home/ada/fit.py", "\n\n\ndef work():\n    return 2 / 0\n"))
    assert "    return 1 / 0\n" in traceback_of(first)
    assert "    return 2 / 0\n" in traceback_of(second)


def test_of_two_files_of_one_name_no_line_is_shown_that_is_the_others(
    tmp_path: Path, defined: Defined
) -> None:
    first = arrived(tmp_path, defined("/home/ada/fit.py", "def work():\n    return 1 / 0\n"))
    second = arrived(tmp_path, defined("/home/bob/fit.py", "def work():\n    return 2 / 0\n"))
    for one in (first, second):
        text = traceback_of(one)
        assert 'File "fit.py", line 2, in work\n' in text
        assert "return" not in text


def test_too_much_source_stays_where_it_is(tmp_path: Path, defined: Defined) -> None:
    comment = f"    # {'x' * CHARACTERS_MAX}\n"
    work = arrived(tmp_path, defined("fit.py", f"def work():\n{comment}    return 1 / 0\n"))
    text = traceback_of(work)
    assert 'File "fit.py", line 3, in work\n' in text
    assert "return" not in text


def test_the_folder_of_a_file_makes_no_difference_to_the_bytes(defined: Defined) -> None:
    text = "def work():\n    return 1 / 0\n"
    assert dumped(defined("/home/ada/fit.py", text)) == dumped(defined("/home/bob/fit.py", text))
