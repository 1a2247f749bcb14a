"""`python -m swarmdsl.light`: one call from a shell."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from swarmdsl.cli.ask import VARIABLE, main, request_of


@contextmanager
def answering(path: Path, answer: bytes) -> Iterator[list[bytes]]:
    """A socket that gives this answer to the one who calls; what was asked is in the list."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(10)

        def serve() -> None:
            channel, _ = listener.accept()
            with channel, channel.makefile("rb") as lines:
                heard.append(lines.readline())
                channel.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield heard
        finally:
            thread.join()


def asked(folder: Path, words: list[str], answer: object) -> tuple[int, object]:
    path = folder / "s"
    with answering(path, json.dumps(answer).encode() + b"\n") as heard:
        code = main(words, {VARIABLE: str(path)})
    return code, json.loads(heard[0])


@pytest.mark.parametrize(
    ("value", "shown"),
    [(10, "10\n"), ("a b", "a b\n"), ({"a": "ü"}, '{"a": "ü"}\n'), (None, "")],
)
def test_value_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], value: object, shown: str
) -> None:
    code, request = asked(tmp_path, ["globals", "get", "epochs"], {"ok": True, "value": value})
    assert (code, capsys.readouterr().out) == (0, shown)
    assert request == {"method": "globals.get", "arguments": {"tag": "epochs"}}


def test_refusal_goes_to_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = asked(tmp_path, ["stop"], {"ok": False, "problem": "too late"})
    assert (code, capsys.readouterr()) == (1, ("", "swarmdsl.light: too late\n"))


@pytest.mark.parametrize(
    ("words", "method", "arguments"),
    [
        ("globals set a [1,2]", "globals.set", {"tag": "a", "value": [1, 2]}),
        ("globals set a text", "globals.set", {"tag": "a", "value": "text"}),
        ("globals tags", "globals.tags", {}),
        ("results add a 0.5", "results.add", {"tag": "a", "value": 0.5}),
        ("results select a", "results.select", {"tag": "a"}),
        ("results select a 3", "results.select", {"tag": "a", "iteration": 3}),
        ("next", "round.request", {}),
        ("next train", "round.request", {"alias": "train", "node_ids": None}),
        ("next train n1 n2", "round.request", {"alias": "train", "node_ids": ["n1", "n2"]}),
        ("stop", "round.stop", {}),
    ],
)
def test_words_stand_for_calls(words: str, method: str, arguments: dict[str, object]) -> None:
    assert request_of(words.split()) == {"method": method, "arguments": arguments}


@pytest.mark.parametrize("words", ["", "globals", "globals set a", "results select a x", "halt"])
def test_other_words_are_answered_with_the_usage(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split(), {}) == 2
    assert capsys.readouterr().err.startswith("usage: ")


def test_help_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"], {}) == 0
    assert "globals get TAG" in capsys.readouterr().out


def test_program_that_no_swarm_runs_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stop"], {}) == 3
    assert "SWARM_SOCKET is not set" in capsys.readouterr().err
    assert main(["stop"], {VARIABLE: str(tmp_path / "gone")}) == 3
    assert "nobody answers at" in capsys.readouterr().err


def test_socket_that_hangs_up_is_nobody(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with answering(path, b""):
        assert main(["stop"], {VARIABLE: str(path)}) == 3


def test_command_loads_nothing_heavy() -> None:
    script = [sys.executable, "-X", "importtime", "-m", "swarmdsl.light", "--help"]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    loaded = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()
    }
    assert not loaded & {"msgspec", "msgpack", "zmq", "networkx", "pydantic", "rich", "argparse"}


def test_a_secret_is_printed_byte_for_byte(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, request = asked(tmp_path, ["secret", "key"], {"ok": True, "value": "//4K"})
    assert (code, capsysbinary.readouterr().out) == (0, b"\xff\xfe\n")
    assert request == {"method": "secrets.get", "arguments": {"name": "key", "base64": True}}
