"""The public surface: every name resolves, nothing heavy loads early, no change goes unseen."""

from __future__ import annotations

import enum
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path

import pytest

import swarmdsl

HEAVY = {"networkx", "zmq", "pydantic", "rich"}
SCRIPT = Path(sys.executable).with_name("swarm")


def imported_by(*arguments: str) -> set[str]:
    """The top-level packages that a fresh interpreter imports when started like this."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    names = re.findall(r"^import time:.*\|\s*([\w.]+)$", result.stderr, flags=re.MULTILINE)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("name", swarmdsl.__all__)
def test_public_name_resolves(name: str) -> None:
    assert getattr(swarmdsl, name) is not None
    assert name in dir(swarmdsl)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Swram'"):
        swarmdsl.Swram  # type: ignore[attr-defined]


def test_all_is_sorted_and_without_repeats() -> None:
    assert swarmdsl.__all__ == sorted(set(swarmdsl.__all__))


def test_import_loads_nothing_heavy() -> None:
    assert not imported_by("-c", "import swarmdsl") & (HEAVY | {"msgspec", "cloudpickle"})


def test_a_task_loads_no_compiler() -> None:
    loaded = imported_by("-c", "import swarmdsl.light")
    assert not loaded & (HEAVY | {"numpy", "msgspec", "cloudpickle", "asyncio", "torch"})


def test_help_of_the_module_loads_nothing_heavy() -> None:
    assert not imported_by("-m", "swarmdsl", "--help") & HEAVY


def test_help_of_the_command_loads_nothing_heavy() -> None:
    assert not imported_by(str(SCRIPT), "--help") & HEAVY


def test_the_probe_sees_a_heavy_import() -> None:
    assert "networkx" in imported_by("-c", "import networkx")


# ------------------------------------------------------------------------------------ the golden


def described(value: object) -> str:
    """A signature as its author wrote it, with no address or file of this process in it."""
    if isinstance(value, type) and issubclass(value, Enum):
        return f"({', '.join(one.name for one in value)})"
    try:
        signature = inspect.signature(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "(...)"
    parameters = [
        one.replace(annotation=shown(one.annotation), default=shown(one.default, quoted=True))
        for one in signature.parameters.values()
    ]
    result = shown(signature.return_annotation)
    return str(signature.replace(parameters=parameters, return_annotation=result))


class Verbatim(str):
    """A text whose repr has no quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def shown(value: object, *, quoted: bool = False) -> object:
    if value is inspect.Parameter.empty:
        return value
    if isinstance(value, str) and not quoted:
        return Verbatim(value)
    text = value.__qualname__ if inspect.isclass(value) else repr(value)
    return Verbatim(re.sub(r" at 0x[0-9a-f]+", "", text))


def members(name: str, owner: type) -> Iterator[str]:
    """The public methods and properties that the package itself gives a class."""
    for member in sorted(dir(owner)):
        home = next((one for one in owner.__mro__ if member in vars(one)), object)
        if member.startswith("_") or not home.__module__.startswith("swarmdsl"):
            continue
        value = inspect.getattr_static(owner, member)
        if isinstance(value, property):
            yield f"    {name}.{member}"
        elif isinstance(value, classmethod | staticmethod) or inspect.isfunction(value):
            yield f"    {name}.{member}{described(getattr(owner, member))}"


def surface(package: str) -> Iterator[str]:
    module = importlib.import_module(package)
    yield f"# {package}"
    for name in sorted(module.__all__):
        value = getattr(module, name)
        if inspect.isclass(value) and issubclass(value, enum.Enum):
            yield f"enum {name}: {', '.join(value.__members__)}"
        elif inspect.isclass(value):
            yield f"class {name}{described(value)}"
            yield from members(name, value)
        else:
            yield f"{name}{described(value)}" if callable(value) else name


def test_public_surface_is_the_golden_one(golden: Callable[[str, str], None]) -> None:
    lines = [
        *surface("swarmdsl"),
        "",
        *surface("swarmdsl.light"),
        "",
        *surface("swarmdsl.testing"),
    ]
    golden("public_api.txt", "\n".join(lines) + "\n")


def test_signature_is_shown_as_written() -> None:
    def one(a: int, b: list[str] | None = None, *, c: str = "x") -> bool:
        return bool(a)

    assert described(one) == "(a: int, b: list[str] | None = None, *, c: str = 'x') -> bool"


def test_address_of_a_default_is_left_out() -> None:
    assert str(shown(object())) == "<object object>"
