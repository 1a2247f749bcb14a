"""A program in its process, and what its daemon gives it and hears from it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgpack
import pytest

from swarmdsl.daemon.bundle import bundle_path
from swarmdsl.daemon.command_program import CommandProgram, pushed_by
from swarmdsl.daemon.program_file import executable
from swarmdsl.daemon.work import Handle
from swarmdsl.errors import BundleError, ProgramWroteWrong
from swarmdsl.topology.model import ModuleSpec
from tests.unit.daemon.program_bench import Bench, ignored, run


def test_each_line_is_a_push() -> None:
    assert run("echo 1; echo '\"two\"'; echo '[3]'") == [1, "two", [3]]


def test_silence_pushes_nothing() -> None:
    assert run("true") == []


def test_inputs_come_one_by_one_in_the_order_of_the_links() -> None:
    bench = Bench("cat")
    bench.inputs = {"many": [2, {"a": [3]}], "one": [1]}
    assert bench.run() == [[1], 2, {"a": [3]}]


def test_what_did_not_come_is_no_line() -> None:
    bench = Bench("cat")
    bench.inputs = {"many": []}
    assert bench.run() == []


def test_messagepack_goes_both_ways() -> None:
    bench = Bench("cat", form="msgpack")
    bench.inputs = {"one": b"\x00\n", "many": [1, "two\n"]}
    assert bench.run() == [b"\x00\n", 1, "two\n"]


def test_huge_inputs_and_outputs_block_neither_side() -> None:
    """More than any pipe holds, both ways at once."""
    bench = Bench("cat")
    lines = [f"{number:06}" + "x" * 1_000 for number in range(20_000)]
    bench.inputs = {"many": lines, "one": "y" * 5_000_000}
    assert bench.run() == ["y" * 5_000_000, *lines]


def test_program_may_read_everything_before_it_writes() -> None:
    bench = Bench("sort -r | cat")
    bench.inputs = {"many": list(range(10, 60_000))}
    assert sorted(bench.run()) == list(range(10, 60_000))


def test_program_may_write_a_lot_before_it_reads() -> None:
    bench = Bench("seq 200000; wc -l")
    bench.inputs = {"many": ["x" * 1_000] * 1_000}
    assert bench.run() == [*range(1, 200_001), 1_000]


def test_program_need_not_read_what_it_does_not_want() -> None:
    bench = Bench("head -n 1")
    bench.inputs = {"many": ["x" * 100_000] * 100}
    assert bench.run() == ["x" * 100_000]


def test_value_is_pushed_while_the_program_runs(tmp_path: Path) -> None:
    """It ends only when somebody has seen its push."""
    seen = tmp_path / "seen"
    os.mkfifo(seen)
    bench = Bench(f"echo 1; read line < {seen}; echo 2")

    def look_around() -> None:
        if bench.pushed == [1]:
            with suppress(OSError), os.fdopen(os.open(seen, os.O_WRONLY | os.O_NONBLOCK)) as _:
                pass

    bench.look_around = look_around
    assert bench.run() == [1, 2]


def test_nothing_is_read_while_a_push_waits() -> None:
    """Whoever pushes waits in `push`: what is behind it stays with the program."""
    bench = Bench("exec seq 1000000")
    most = 0

    class Slow(list[Any]):
        def append(self, value: Any, /) -> None:
            nonlocal most
            most = max(most, value)
            if value == 1:
                raise InterruptedError

    bench.pushed = Slow()
    with pytest.raises(InterruptedError):
        bench.run()
    assert most == 1


def test_types_are_those_of_the_links() -> None:
    assert run("echo 1; echo 2.5", carries=float) == [1.0, 2.5]
    with pytest.raises(ProgramWroteWrong, match=r"line 2 of what count@n1#0 wrote .*: '\"x\"'"):
        run("echo 1; echo '\"x\"'", carries=float)


@pytest.mark.parametrize("script", ["echo done", "printf '{'", "echo 1; printf '1 2'"])
def test_line_that_is_no_value_fails_the_task(script: str) -> None:
    with pytest.raises(ProgramWroteWrong):
        run(script)


def test_what_a_program_leaves_in_the_background_is_not_waited_for() -> None:
    """It holds the output open; the test ends it by its id."""
    [pid, value] = run("exec 3>&1; sleep 60 >&3 & echo $!; echo 2; exit 0")
    os.kill(pid, 9)
    assert value == 2


def test_program_that_closes_its_output_early_may_go_on() -> None:
    bench = Bench("echo 1; exec >&-; wc -l > /dev/null")
    bench.inputs = {"many": ["x" * 1_000] * 1_000}
    assert bench.run() == [1]


def test_process_is_gone_when_a_push_fails() -> None:
    class Refusing(list[Any]):
        def append(self, value: Any, /) -> None:
            self.insert(0, value)
            raise ValueError(value)

    bench = Bench("echo $$; exec sleep 60")
    bench.pushed = Refusing()
    with pytest.raises(ValueError):
        bench.run()
    with pytest.raises(ProcessLookupError):
        os.kill(bench.pushed[0], 0)


def test_process_is_gone_when_its_daemon_stops_in_between() -> None:
    class Stopped(BaseException):
        pass

    bench = Bench("echo $$; exec sleep 60")

    def look_around() -> None:
        if bench.pushed:
            raise Stopped

    bench.look_around = look_around
    with pytest.raises(Stopped):
        bench.run()
    with pytest.raises(ProcessLookupError):
        os.kill(bench.pushed[0], 0)


def test_program_is_in_the_group_of_its_daemon() -> None:
    [group] = run("cut -d ' ' -f 5 /proc/$$/stat")
    assert group == os.getpgrp()


WHO = """
echo "\\"$SWARM_RUN $SWARM_NAME $SWARM_TASK $SWARM_ALIAS $SWARM_NODE\\""
echo $SWARM_ITERATION; echo $SWARM_DATASETS; echo "\\"$SWARM_DATASET_A_B\\""
echo "\\"$TASK_ID $SWARM_ID $NODE_ID $ITERATION $HOME\\""
"""


def test_environment_says_who_it_is() -> None:
    bench = Bench(WHO)
    bench.datasets = {"a-b": "/data/x"}
    bench.environment = {**bench.environment, "HOME": "/home/x"}
    assert bench.run() == [
        "r1 handmade count@n1#0 count n1",
        4,
        {"a-b": "/data/x"},
        "/data/x",
        "count@n1#0 r1 n1 4 /home/x",
    ]


CALLING = """
import json, os, socket, sys
channel = socket.socket(socket.AF_UNIX)
channel.connect(os.environ["SWARM_SOCKET"])
lines = channel.makefile("rw")
for line in sys.argv[1:]:
    lines.write(line + "\\n")
    lines.flush()
    sys.stdout.write(lines.readline())
"""


@pytest.fixture
def calling(tmp_path: Path) -> Iterator[Bench]:
    """A program that sends its arguments to the socket, line by line, and pushes the answers."""
    bench = Bench("")
    bench.socket = tmp_path / "0.call"
    bench.command = ["python3", "-c", CALLING]
    yield bench
    assert not bench.socket.exists()


def test_program_calls_the_controller_while_it_runs(calling: Bench) -> None:
    ask = json.dumps({"method": "globals.get", "arguments": {"tag": "epochs"}})
    calling.command = [*calling.command, ask]
    assert calling.run() == [{"ok": True, "value": 10}]
    assert calling.calls == [("globals.get", {"tag": "epochs"})]


def test_garbage_at_the_socket_is_answered_counted_and_not_fatal(
    calling: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    too_long = "x" * 100_000
    calling.command = [*calling.command, "GET / HTTP/1.1", too_long, '{"method": "round.stop"}']
    assert [answer["ok"] for answer in calling.run()] == [False, False, True]
    assert capsys.readouterr().err == "count@n1#0: 2 lines at its socket were no calls\n"


HANGING_UP = """
import os, socket
for number in range(40):
    channel = socket.socket(socket.AF_UNIX)
    channel.connect(os.environ["SWARM_SOCKET"])
    channel.sendall(b'{"method": "round.stop"}\\n' * 100)
    channel.close()
kept = []
for number in range(16):
    kept.append(socket.socket(socket.AF_UNIX))
    kept[-1].connect(os.environ["SWARM_SOCKET"])
kept.pop().close()
last = socket.socket(socket.AF_UNIX)
last.connect(os.environ["SWARM_SOCKET"])
last.sendall(b'{"method": "round.stop"}\\n')
print(last.recv(100).decode(), end="")
"""


def test_callers_that_hang_up_make_room_for_others(calling: Bench) -> None:
    calling.command = ["python3", "-c", HANGING_UP]
    assert calling.run() == [{"ok": True, "value": 10}]


ANSWERED_SLOWLY = """
import os, socket
channel = socket.socket(socket.AF_UNIX)
channel.connect(os.environ["SWARM_SOCKET"])
channel.sendall(b'{"method": "round.stop"}\\n' * 2000)
channel.shutdown(socket.SHUT_WR)
print(len(channel.makefile().readlines()))
"""


def test_every_line_is_answered_however_slowly_answers_are_read(calling: Bench) -> None:
    calling.command = ["python3", "-c", ANSWERED_SLOWLY]
    assert calling.run() == [2_000]


NEVER_READING = """
import os, socket
channel = socket.socket(socket.AF_UNIX)
channel.connect(os.environ["SWARM_SOCKET"])
channel.settimeout(1)
try:
    for number in range(100000):
        channel.sendall(b'{"method": "round.stop"}\\n' * 100)
except TimeoutError:
    print(1)
"""


def test_caller_that_reads_no_answers_is_not_read_either(calling: Bench) -> None:
    calling.command = ["python3", "-c", NEVER_READING]
    assert calling.run() == [1]


def test_socket_is_for_its_user_alone_and_replaces_what_was_left(calling: Bench) -> None:
    assert calling.socket is not None
    calling.socket.write_text("left by a process that was killed")
    calling.command = ["sh", "-c", 'stat -c \'["%a", "%F"]\' $SWARM_SOCKET']
    assert calling.run() == [["600", "socket"]]


def test_programs_have_no_handlers() -> None:
    bench = Bench("")
    program = CommandProgram(
        bench.hosted,
        bench.wiring,
        executable="sh",
        environment={},
        calls=None,
        look_around=ignored,
    )
    with pytest.raises(AssertionError, match="is a program"):
        program.handle(Handle(bench.hosted, 0, "", [], {}), print)


def test_link_of_a_type_that_no_schema_can_give_back_is_any() -> None:
    class Tree(dict[str, "Tree"]):
        pass

    assert pushed_by(Bench("", carries=int).hosted, Bench("", carries=int).wiring) == {2: int}
    bench = Bench("", carries=Tree)
    assert pushed_by(bench.hosted, bench.wiring) == {2: Any}


# ---------------------------------------------------------------------------------- its file


def zipped(folder: Path, name: str, text: str) -> ModuleSpec:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    path = bundle_path(folder, digest)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return ModuleSpec(
        name="count",
        kind="program",
        bundle=digest,
        encoding="zip",
        entry=name,
        command=("./count",),
    )


def test_file_that_travelled_is_unpacked_once_and_can_be_executed(tmp_path: Path) -> None:
    module = zipped(tmp_path, "count", "#!/bin/sh\necho 1\n")
    path = Path(executable(module, tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert [path] == [one for one in (tmp_path / "programs").rglob("*") if one.is_file()]
    before = path.stat().st_ino
    assert executable(module, tmp_path) == str(path)
    assert path.stat().st_ino == before


def test_file_that_was_altered_is_refused(tmp_path: Path) -> None:
    module = zipped(tmp_path, "count", "#!/bin/sh\n")
    bundle_path(tmp_path, module.bundle).write_bytes(b"other")
    with pytest.raises(BundleError, match="it was altered"):
        executable(module, tmp_path)


def test_file_that_is_not_in_its_bundle_is_told(tmp_path: Path) -> None:
    module = replace(zipped(tmp_path, "count", ""), entry="sum")
    with pytest.raises(BundleError, match="cannot be unpacked"):
        executable(module, tmp_path)


def test_installed_program_is_what_the_command_says(tmp_path: Path) -> None:
    module = replace(zipped(tmp_path, "count", ""), encoding="installed", command=("sort", "-r"))
    assert executable(module, tmp_path) == "sort"


def test_msgpack_of_another_library_is_read() -> None:
    """The stream that a program in Python would write."""
    text = msgpack.packb([1, {"a": b"x"}]).hex()
    bench = Bench(f"printf '{_octal(text)}'", form="msgpack")
    assert bench.run() == [[1, {"a": b"x"}]]


def _octal(text: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in bytes.fromhex(text))
