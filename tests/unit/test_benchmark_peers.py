"""Others that are measured: which of them can be, and what runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import peers, process_tree
from benchmarks.peers import (
    PEERS,
    PeerUnusable,
    chosen_of,
    interpreters,
    said_as_installed,
    said_by,
)
from benchmarks.process_tree import descendants, watch
from benchmarks.registry import BENCHMARKS
from benchmarks.rounds_work import Laps, blank, mean, trained


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The packages that our own interpreter finds; none, until a test adds some."""
    found: set[str] = set()
    monkeypatch.setattr(peers, "find_spec", lambda name: name if name in found else None)
    return found


def test_a_peer_that_is_not_installed_is_told_with_what_installs_it(installed: set[str]) -> None:
    with pytest.raises(PeerUnusable, match=r"zenoh is not installed .* 'swarmdsl\[peers\]'"):
        chosen_of(["zenoh"], ["zenoh"], {})


def test_a_peer_that_lives_apart_is_told_with_the_option_for_that(installed: set[str]) -> None:
    with pytest.raises(PeerUnusable, match=r"flwr\[simulation\].* --peer-python flower=PATH"):
        chosen_of(["flower"], ["flower"], {})


def test_a_peer_that_lacks_a_program_is_told_which(
    installed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.add("nats")
    monkeypatch.setattr(peers, "program_of", lambda _name: None)
    with pytest.raises(PeerUnusable, match="nats needs the program nats-server: install it"):
        chosen_of(["nats"], ["nats"], {})


def test_unless_some_are_named_all_that_can_be_are_measured(installed: set[str]) -> None:
    installed |= {"zenoh", "ray"}
    assert chosen_of(None, ["zenoh", "dask", "ray"], {}) == dict.fromkeys(
        ["zenoh", "ray"], sys.executable
    )


def test_none_are_measured_if_none_are_named(installed: set[str]) -> None:
    installed.add("zenoh")
    assert chosen_of([], ["zenoh"], {}) == {}


def test_another_interpreter_is_asked_whether_it_has_the_peer(tmp_path: Path) -> None:
    lacking = tmp_path / "lacking"
    lacking.write_text("#!/bin/sh\nexit 1\n")
    having = tmp_path / "having"
    having.write_text("#!/bin/sh\nexit 0\n")
    for one in (lacking, having):
        one.chmod(0o755)
    chosen = chosen_of(None, ["ray", "flower"], {"ray": str(lacking), "flower": str(having)})
    assert chosen == {"flower": str(having)}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("flower", "say NAME=PATH"),
        ("rabbits=/bin/sh", "with a NAME of zenoh"),
        ("flower=/no/such/python", "there is no file /no/such/python"),
    ],
)
def test_a_wrong_interpreter_is_told_with_what_was_said(given: str, told: str) -> None:
    with pytest.raises(PeerUnusable, match=f"--peer-python {given}: .*{told}"):
        interpreters([given])


def test_every_peer_of_a_benchmark_is_known() -> None:
    assert {name for one in BENCHMARKS.values() for name in one.peers} == set(PEERS)


def test_what_a_module_says_last_is_heard() -> None:
    assert said_by(sys.executable, "platform", "terse") != ""


def test_a_module_that_fails_is_told_with_its_last_words() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)no.such with .* failed: .*No module named"):
        said_by(sys.executable, "no.such")


def test_what_an_interpreter_has_installed_comes_before_what_lies_beside_the_benchmarks(
    tmp_path: Path,
) -> None:
    installed = tmp_path / "swarmdsl"
    installed.mkdir()
    (installed / "__init__.py").write_text("")
    (installed / "told.py").write_text("print(__file__)")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    assert said_as_installed(str(python), "swarmdsl.told") == str(installed / "told.py")


def test_a_program_is_weighed_with_all_that_it_starts() -> None:
    held = "import time; held = bytearray(60_000_000); time.sleep(0.6)"
    started = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {held!r}]); print('done')"
    )
    watched = watch([sys.executable, "-c", started], weigh_every_s=0.1)
    assert watched.said == "done"
    assert watched.memory_mib > 60
    assert watch([sys.executable, "-c", "pass"]).memory_mib == 0


def test_what_a_program_leaves_behind_is_ended_and_others_are_not() -> None:
    before = {*descendants(os.getpid())}  # whoever else was left behind with us
    with subprocess.Popen(["sleep", "100"]) as other:
        code = "import subprocess; subprocess.Popen(['sleep', '100']); print(1)"
        watch([sys.executable, "-c", code])
        assert {*descendants(os.getpid())} - before == {other.pid}
        other.send_signal(signal.SIGTERM)


def test_a_program_that_fails_or_never_ends_is_no_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        watch([sys.executable, "-c", "1/0"])
    monkeypatch.setattr(process_tree, "END_S_MAX", 0.2)
    with pytest.raises(RuntimeError, match=r"not through after 0\.2 s"):
        watch(["sleep", "100"], weigh_every_s=0.1)


def test_the_model_of_a_round_holds_its_number() -> None:
    laps, model = Laps(), blank(4)
    for _ in range(3):
        model = mean([trained(model) for _ in range(5)])
        laps.over(model)
    assert model.tolist() == [3.0] * 4
    with pytest.raises(AssertionError, match="round 4 gave 3 and 3"):
        laps.over(model)
