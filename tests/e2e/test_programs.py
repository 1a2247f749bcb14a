"""Programs in any language in real runs, and that nothing is left of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from swarmdsl import Condition, Limits, Module, Run, Swarm, Task
from swarmdsl.daemon.socket_folder import SOCKET_FOLDER_PREFIX
from swarmdsl.light import Daemon, on
from tests.conformance.building import STRICT

pytestmark = pytest.mark.e2e


def words() -> Iterator[str]:
    yield from ("pear", "apple", "fig", "apple")


def total(values: list[int]) -> int:
    return sum(values)


class Sum(Daemon):
    """Takes values one by one, slowly enough that whoever is fast must wait."""

    def __init__(self) -> None:
        self.sum = 0

    @on
    def add(self, value: int) -> Iterator[int]:
        self.sum += value
        if value == LAST:
            yield self.sum


LAST = 100_000


class Made(Swarm):
    """A swarm of the tasks that it is given."""

    def __init__(self, end: Task, limits: Limits | None = None) -> None:
        super().__init__(limits=limits)
        self.end = end
        self.set_global("epochs", 10)

    def execute(self) -> Task:
        return self.end


def shell(script: str, **options: Any) -> Module:
    return Module(command=["sh", "-c", script], name=options.pop("name", "shell"), **options)


def python(program: str, **options: Any) -> Module:
    return Module(command=[sys.executable, "-c", program], name="python", **options)


def run(end: Task, home: Path, **options: Any) -> Run:
    """A run, of which nothing is left but its folder."""
    done = Made(end, **options).run(home=home)
    assert_nothing_left(done.id)
    return done


def assert_nothing_left(run_id: str) -> None:
    left = [entry.name for entry in Path("/proc").iterdir() if is_of(entry, run_id)]
    assert left == []
    assert list(sockets_of(run_id)) == []


def sockets_of(run_id: str) -> Iterator[Path]:
    """The folder of the run's sockets, if it is there."""
    token = blake2b(run_id.encode(), digest_size=4).hexdigest()
    return Path(gettempdir()).glob(f"{SOCKET_FOLDER_PREFIX}{token}*")


def is_of(process: Path, run_id: str) -> bool:
    try:
        return f"SWARM_RUN={run_id}\0".encode() in (process / "environ").read_bytes()
    except OSError:  # It is no process, has ended, or is somebody else's.
        return False


def test_a_pipeline_of_the_shell_runs_between_functions(tmp_path: Path) -> None:
    ordered = Task(Module(command=["sort"], takes=str, yields=str), "any")(Task(words, "any"))
    unique = Task(shell("uniq | tr -d '\"' | wc -w", yields=int), "any")(ordered)
    assert run(Task(total, "any")(unique), tmp_path).value == 3


def test_each_value_of_a_program_is_pushed_in_order(tmp_path: Path) -> None:
    ordered = Task(Module(command=["sort", "-r"]), "any")(Task(words, "any"))
    assert run(ordered, tmp_path).value == ["pear", "fig", "apple", "apple"]


def test_program_runs_for_each_result(tmp_path: Path) -> None:
    each = Task(shell("tr a-z A-Z"), "any", alias="upper")
    each(Task(words, "any"), condition=Condition.RESULT)
    assert run(each, tmp_path).value == ["PEAR", "APPLE", "FIG", "APPLE"]


def test_program_waits_for_a_daemon_that_is_slower(tmp_path: Path) -> None:
    numbers = Task(Module(command=["seq", str(LAST)], yields=int), "any")
    limits = Limits(inbox_messages=16, unconfirmed_messages=32, batch_messages=16)
    done = run(Task(Sum, "any")(numbers), tmp_path, limits=limits)
    assert done.value == [LAST * (LAST + 1) // 2]


PACKED = """
import sys, msgpack
unpacker = msgpack.Unpacker(sys.stdin.buffer)
for word in unpacker:
    sys.stdout.buffer.write(msgpack.packb([word, word.encode()]))
"""


def test_messagepack_flows_both_ways(tmp_path: Path) -> None:
    packed = Task(python(PACKED, format="msgpack", yields=tuple[str, bytes]), "any")
    found = run(packed(Task(words, "any")), tmp_path).value
    assert found == [(word, word.encode()) for word in words()]


CALLING = """
import json, os, socket
channel = socket.socket(socket.AF_UNIX)
channel.connect(os.environ["SWARM_SOCKET"])
lines = channel.makefile("rw")

def ask(method, **arguments):
    lines.write(json.dumps({"method": method, "arguments": arguments}) + "\\n")
    lines.flush()
    answer = json.loads(lines.readline())
    return answer["value"] if answer["ok"] else answer["problem"]

epochs = ask("globals.get", tag="epochs")
ask("globals.set", tag="epochs", value=epochs + 1)
ask("results.add", tag="epochs", value=epochs)
if epochs < 12:
    ask("round.request")
print(json.dumps([epochs, ask("results.select", tag="epochs"), ask("globals.get", tag="no")]))
"""


def test_program_calls_the_controller(tmp_path: Path) -> None:
    done = run(Task(python(CALLING), "any"), tmp_path)
    [[epochs, results, problem]] = done.value
    assert (epochs, results, done.globals["epochs"]) == (12, {"node1": 12}, 13)
    assert problem == "globals.get: no global is named 'no'; set so far: epochs"


C_PROGRAM = r"""
#include <stdio.h>
#include <string.h>

int main(void) {
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t length = strlen(line);
        printf("{\"letters\": %zu}\n", length < 3 ? (size_t)0 : length - 3);
    }
    return 0;
}
"""

SWARM = """
from typing import TypedDict
from collections.abc import Iterator
from swarmdsl import Module, Swarm, Task

class Counted(TypedDict):
    letters: int

def words() -> Iterator[str]:
    yield from ("pear", "fig")

def total(counted: list[Counted]) -> int:
    return sum(one["letters"] for one in counted)

class Letters(Swarm):
    def execute(self):
        count = Task(Module(command=["./letters"], takes=str, yields=Counted), "any")
        return Task(total, "any")(count(Task(words, "any")))
"""


def test_program_in_c_travels_with_the_topology(tmp_path: Path) -> None:
    """It is compiled, packed, and gone from where it was when the swarm runs."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        pytest.skip("no C compiler (cc) is installed")
    (tmp_path / "letters.c").write_text(C_PROGRAM)
    (tmp_path / "swarm.py").write_text(SWARM)
    program, home = tmp_path / "letters", tmp_path / "home"
    subprocess.run([compiler, *STRICT, "letters.c", "-o", str(program)], cwd=tmp_path, check=True)
    command = [sys.executable, "-m", "swarmdsl"]
    subprocess.run([*command, "compile", "swarm.py", "-o", "built"], cwd=tmp_path, check=True)
    program.unlink()
    (tmp_path / "swarm.py").unlink()
    done = subprocess.run(
        [*command, "run", "built", "--home", str(home)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "7\n"), done.stderr
    [folder] = (home / "runs").iterdir()
    assert_nothing_left(folder.name)


def test_program_that_a_signal_ends_fails_the_run_with_its_name(tmp_path: Path) -> None:
    broken = Task(shell("sleep 60 & echo told why >&2; kill -SEGV $$"), "any", alias="broken")
    done = run(broken, tmp_path)
    assert "program sh of broken@node1#0 was ended by signal 11 (SIGSEGV)" in done.reason.text
    [log] = (tmp_path / "runs").glob("*/logs/worker@node1#0.log")
    assert "told why" in log.read_text()


def test_value_of_another_type_fails_the_run_with_its_line(tmp_path: Path) -> None:
    wrong = Task(shell("echo 1; echo 'progress: 50%'; sleep 60", yields=int), "any", alias="wrong")
    done = run(wrong, tmp_path)
    assert "line 2 of what wrong@node1#0 wrote cannot be pushed" in done.reason.text
    assert "'progress: 50%'" in done.reason.text


ONCE = """
if [ -e {marker} ]; then echo 1; exit 0; fi
echo $$ > {marker}
kill -KILL $PPID
exec sleep 60
"""


def test_program_dies_with_its_daemon_and_runs_again_with_the_next(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    script = ONCE.format(marker=marker)
    assert run(Task(shell(script), "any"), tmp_path / "home").value == [1]


def test_topology_that_names_a_program_which_is_not_there_fails_with_what_to_do(
    tmp_path: Path,
) -> None:
    tool = Task(Module(command=["/opt/no/such"], image="tools:1"), "any", alias="tool")
    told = run(tool, tmp_path).reason.text
    assert told.endswith(
        "program /opt/no/such of tool@node1#0 cannot be started: "
        "it is not there on the node; install it, or give the path of a file"
    )


def test_a_program_without_its_first_line_is_told_in_one_line_and_once(tmp_path: Path) -> None:
    tool = tmp_path / "tool.sh"
    tool.write_text("echo 1\n")
    tool.chmod(0o700)
    reason = run(Task(Module(command=[str(tool)]), "any", alias="tool"), tmp_path / "home").reason
    assert f"program {tool} of tool@node1#0 cannot be started: it has no #! line" in reason.text
    assert reason.text.count("tool.sh") == 1
    assert reason.details == ""
