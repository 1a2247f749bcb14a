from __future__ import annotations

import enum
import functools
import importlib
import io
import math
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import cloudpickle
import msgspec
import pytest

from swarmdsl.compiler.bundle import Bundle, bundle_of
from swarmdsl.compiler.unpackable import Unpackable
from swarmdsl.dsl import Module
from swarmdsl.errors import BundleError
from swarmdsl.light import Results
from swarmdsl.wire.annotations import hints_of
from swarmdsl.wire.codec import Decoder

READ = Path.read_bytes
SIBLINGS = {
    "start.py": "import near, json\nfrom folder.inner import x\n\ndef work(): return near.y\n",
    "near.py": "import far\ny = far.z\n",
    "far.py": "z = 1\n",
    "apart.py": "raise SystemExit\n",
    "folder/__init__.py": "",
    "folder/inner.py": "x = 1\n",
    "folder/data.txt": "not code",
    "a.b.py": "def main(): ...\n",
    "colorsys/__init__.py": "def main(): ...\n",
}
SCRIPT = "def main():\n    return 1\n"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of sources that can be imported; what is imported there is forgotten again."""
    for name, text in SIBLINGS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def names(bundle: Bundle) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
        return archive.namelist()


def shape(bundle: Bundle) -> tuple[str, str, list[str]]:
    return bundle.encoding, bundle.entry, names(bundle)


def run(file: Path) -> str:
    """What a script prints that packages one of its own functions."""
    done = subprocess.run(
        [sys.executable, str(file)],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ----------------------------------------------------------------------------------- functions


def test_function_travels_with_its_file_and_what_that_imports_from_beside_it(written: Path) -> None:
    work = importlib.import_module("start").work
    assert shape(bundle_of(Module(work), READ)) == (
        "zip",
        "start:work",
        ["far.py", "folder/__init__.py", "folder/inner.py", "near.py", "start.py"],
    )


def test_a_folder_of_helpers_needs_no_init(written: Path) -> None:
    (written / "lib" / "deep").mkdir(parents=True)
    (written / "lib" / "deep" / "end.py").write_text("import far\ng = far.z\n")
    (written / "lib" / "notes.txt").write_text("not code")
    (written / "helped.py").write_text("from lib.deep.end import g\n\ndef work(): return g\n")
    work = importlib.import_module("helped").work
    bundle = bundle_of(Module(work), READ)
    assert names(bundle) == ["far.py", "helped.py", "lib/", "lib/deep/", "lib/deep/end.py"]


def test_a_folder_with_the_name_of_what_is_installed_is_not_taken_for_it(written: Path) -> None:
    (written / "pytest").mkdir()
    (written / "pytest" / "notes.py").write_text("x = 1\n")
    (written / "tried.py").write_text("import pytest\n\ndef work(): return pytest\n")
    work = importlib.import_module("tried").work
    assert names(bundle_of(Module(work), READ)) == ["tried.py"]


def test_function_of_a_package_travels_with_all_its_code(written: Path) -> None:
    (written / "folder" / "deep").mkdir()
    (written / "folder" / "deep" / "end.py").write_text("class A:\n    def f(self): ...\n")
    method = importlib.import_module("folder.deep.end").A.f
    assert shape(bundle_of(Module(method), READ)) == (
        "zip",
        "folder.deep.end:A.f",
        ["folder/__init__.py", "folder/deep/", "folder/deep/end.py", "folder/inner.py"],
    )


def test_installed_code_does_not_travel() -> None:
    bundle = bundle_of(Module(math.sqrt), READ)
    assert (bundle.encoding, bundle.entry, bundle.sha256) == ("installed", "math:sqrt", "")
    assert bundle_of(Module(importlib.import_module), READ).entry == "importlib:import_module"
    assert bundle_of(Module(pytest.raises), READ).encoding == "installed"


def test_closure_travels_by_value() -> None:
    captured = 41

    def add(number: int) -> int:
        return number + captured

    bundle = bundle_of(Module(add), READ)
    assert bundle.encoding == "cloudpickle"
    assert cloudpickle.loads(bundle.data)(1) == 42


def test_closure_takes_the_users_own_modules_along(written: Path) -> None:
    (written / "maker.py").write_text(
        "import near\n\ndef made():\n    def inner(): return near.y\n    return inner\n"
    )
    bundle = bundle_of(Module(importlib.import_module("maker").made()), READ)
    (written / "load.py").write_text(
        f"import cloudpickle\nprint(cloudpickle.loads({bundle.data!r})())\n"
    )
    for name in ("near.py", "maker.py"):
        (written / name).unlink()
    sys.path.remove(str(written))
    assert run(written / "load.py") == "1"


def test_partial_takes_the_function_inside_along(written: Path) -> None:
    work = importlib.import_module("start").work
    bundle = bundle_of(Module(functools.partial(work)), READ)
    assert bundle.encoding == "cloudpickle"
    (written / "load.py").write_text(
        f"import cloudpickle\nprint(cloudpickle.loads({bundle.data!r})())\n"
    )
    for name in ("start.py", "near.py", "far.py"):
        (written / name).unlink()
    assert run(written / "load.py") == "1"


def test_code_that_cannot_be_packaged_is_a_bundle_error() -> None:
    lock = __import__("threading").Lock()
    with pytest.raises(
        BundleError, match=r"it holds on to lock, of type _thread.lock, which cannot be packaged"
    ):
        bundle_of(Module(lambda: lock), READ)


@pytest.mark.parametrize(("guard", "encoding"), [(True, "zip"), (False, "cloudpickle")])
def test_main_script_travels_by_source_if_importing_it_is_safe(
    tmp_path: Path, guard: bool, encoding: str
) -> None:
    report = (
        "from pathlib import Path\nfrom swarmdsl.compiler.bundle import bundle_of\n"
        "from swarmdsl.dsl import module\n@module\ndef work(): return 1\n"
    )
    show = "made = bundle_of(work, Path.read_bytes); print(made.encoding, made.entry)\n"
    text = report + (f'if __name__ == "__main__":\n    {show}' if guard else show)
    (tmp_path / "job.py").write_text(text)
    entry = "job:work" if guard else "__main__:work"
    assert run(tmp_path / "job.py") == f"{encoding} {entry}"


# ------------------------------------------------------------------------------------- scripts


def test_script_file_travels_under_its_own_name(written: Path) -> None:
    (written / "job.py").write_text(f"import far\n{SCRIPT}")
    assert shape(bundle_of(Module("job.py"), READ)) == ("zip", "job", ["far.py", "job.py"])


def test_script_package_travels_whole(written: Path) -> None:
    (written / "folder" / "__init__.py").write_text("from folder.inner import x as main\n")
    assert shape(bundle_of(Module("folder", name="other"), READ)) == (
        "zip",
        "folder",
        ["folder/__init__.py", "folder/inner.py"],
    )


def test_source_text_travels_under_the_name_of_its_module(written: Path) -> None:
    bundle = bundle_of(Module(f"import far\n{SCRIPT}", name="fl-trainer"), READ)
    assert shape(bundle)[:2] == ("zip", "fl_trainer")
    assert "fl_trainer.py" in names(bundle)


def test_path_starts_at_the_file_that_made_the_module(written: Path, tmp_path: Path) -> None:
    (written / "folder" / "steps.py").write_text(SCRIPT)
    (written / "folder" / "swarm.py").write_text(
        "from swarmdsl.dsl import Module\nmade = Module('steps.py')\n"
    )
    made = importlib.import_module("folder.swarm").made
    assert bundle_of(made, READ).entry == "steps"


def test_source_text_named_after_a_standard_module_gets_another_name() -> None:
    assert bundle_of(Module(SCRIPT, name="queue"), READ).entry == "queue_"


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("nowhere.py", "there is no file nowhere.py"),
        ("near.py", r"near.py has no main\(\)"),
        ("x = 1\n", r"the source text of script has no main\(\)"),
        ("def main(:\n", "the source text of script, line 1 is not Python"),
        (".", "has no __init__.py"),
        ("a.b.py", "cannot be imported under this name"),
        ("colorsys", "cannot be imported under this name"),
        (None, "the module has no program: there is None"),
    ],
)
def test_script_that_cannot_be_entered_is_a_bundle_error(
    written: Path, program: Any, told: str
) -> None:
    with pytest.raises(BundleError, match=told):
        bundle_of(Module(program), READ)


def test_equal_sources_make_equal_bundles(written: Path, tmp_path: Path) -> None:
    first = bundle_of(Module(SCRIPT, name="a"), READ)
    second = bundle_of(Module(SCRIPT, name="a", image="other"), READ)
    assert first == second
    assert first.sha256 != bundle_of(Module(SCRIPT, name="b"), READ).sha256


# ------------------------------------------------------------------------- types in no file


def test_a_class_that_was_decoded_before_is_packaged_all_the_same() -> None:
    @dataclass
    class Point:
        x: int

    class Colour(enum.Enum):
        RED = 1

    def paint() -> Colour:
        return Colour(Point(1).x)

    before = bundle_of(Module(paint), READ).data
    Decoder(dict[str, tuple[Point, Colour]])
    assert bundle_of(Module(paint), READ).data == before
    assert "__msgspec_cache__" in vars(Point)


def test_a_struct_in_no_file_is_a_finding_since_its_fields_would_be_lost() -> None:
    class Packed(msgspec.Struct):
        x: int

    def unpack() -> int:
        return Packed(1).x

    with pytest.raises(Unpackable, match=r"it uses .*Packed, a msgspec Struct that is in no file"):
        bundle_of(Module(unpack), READ)


# ------------------------------------------------------------------------ annotations that are text


NAMES = """\
from __future__ import annotations
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from swarmdsl.compiler.bundle import bundle_of
from swarmdsl.dsl import module
from swarmdsl.light import Results

if TYPE_CHECKING:
    from decimal import Decimal

@dataclass
class Point:
    x: int

@dataclass
class Line:
    ends: list[Point]
    next: Line | None
    length: Decimal

@module
def draw(line: Line, results: Results) -> Point:
    return line.ends[0]

sys.stdout.buffer.write(bundle_of(draw, Path.read_bytes).data)
"""


def test_names_in_annotations_travel_with_code_that_is_in_no_file(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(NAMES)
    packaged = subprocess.run(
        [sys.executable, str(tmp_path / "main.py")], capture_output=True, check=True
    )
    draw = cloudpickle.loads(packaged.stdout)
    hints = hints_of(draw)
    line, point = hints["line"], hints["return"]
    assert hints["results"] is Results
    ends, following = hints_of(line).values()
    assert get_args(ends) == (point,)
    assert get_args(following) == (line, type(None))
    assert hints_of(point) == {"x": int}
    assert line.__annotations__["length"] == "Decimal", "only the type checker imports it"
