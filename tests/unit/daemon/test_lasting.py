"""What is made to last: looked at in a process of its own, for it cannot be taken back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from swarmdsl.daemon import lasting
from tests.e2e.installing import interpreter

MADE = """
import gc, json, runpy, sys

def generator():
    yield 1

class Proxy:
    "Tells nobody what it is."
    @property
    def __class__(self):
        raise RuntimeError("not yet")

proxy = [Proxy()]

class Kept:
    "A class, with code, of which there is an instance."
    def method(self):
        return ("a constant that is no name", 123_456_789)

kept, at_work = [Kept(), {"key": (b"bytes in a tuple",)}], generator()
next(at_work)
frame = sys._getframe()
alone = [generator]
gc.collect()
lasting = runpy.run_path(sys.argv[1])
is_enabled = gc.isenabled()
made = lasting["make_lasting"]()
new = Kept()
print(json.dumps({
    "made": made,
    "shared": [sys.getrefcount(one) for one in (
        kept, kept[0], kept[1], kept[1]["key"], kept[1]["key"][0], Kept, Kept.method,
        Kept.method.__code__, Kept.method.__code__.co_consts[1], Kept.__doc__, alone)],
    "at work": [sys.getrefcount(at_work), sys.getrefcount(frame)],
    "new": sys.getrefcount(new),
    "is enabled": [is_enabled, gc.isenabled()],
    "goes on": [next(at_work, "over"), new.method()[1], gc.collect() >= 0],
}))
"""


def made(python: str | Path) -> dict[str, object]:
    words = [str(python), "-c", MADE, str(lasting.__file__)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, object] = msgspec.json.decode(done.stdout)
    return found


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_what_there_is_becomes_immortal_but_for_what_is_at_work(version: str) -> None:
    found = made(interpreter(version))
    assert {*numbers(found["shared"])} == {lasting.IMMORTAL}
    assert max(*numbers(found["at work"]), *numbers([found["new"]])) < 100
    assert found["goes on"] == ["over", 123_456_789, True]
    assert found["is enabled"] == [True, True]


def test_where_python_knows_nothing_immortal_all_is_left_as_it_is() -> None:
    found = made(interpreter("3.11"))
    assert found["made"] == 0
    assert max(numbers(found["shared"])) < lasting.IMMORTAL
    assert found["goes on"] == ["over", 123_456_789, True]


def numbers(found: object) -> list[int]:
    assert isinstance(found, list)
    return [int(one) for one in found]
