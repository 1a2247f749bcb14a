"""What a command says before it does anything, and how little it needs for that."""

import resource
import subprocess
import sys

import pytest

import swarmdsl
from swarmdsl._version import is_compiled
from tests.unit.cli.command_line import CommandLine

VERBS = (
    *("validate", "compile", "run", "resume", "simulate", "results", "nodes"),
    *(
        "ps",
        "status",
        "stats",
        "logs",
        "globals",
        "describe",
        "call",
        "wait",
        "stop",
        "kill",
        "prune",
        "doctor",
    ),
)
HEAVY = ("networkx", "zmq", "pydantic", "rich", "msgspec", "cloudpickle", "tomli_w")


def test_help_shows_examples_and_every_verb(swarm: CommandLine) -> None:
    ended = swarm("--help")
    assert ended.code == 0
    assert "swarm run words.py --nodes 4" in ended.out
    for verb in VERBS:
        assert f"\n    {verb} " in ended.out


def test_help_says_what_the_states_of_a_run_mean_and_what_to_do(swarm: CommandLine) -> None:
    lines = [line.split(maxsplit=1) for line in swarm("--help").out.splitlines()]
    told = {line[0]: line[1] for line in lines if len(line) == 2}
    assert "swarm resume goes on" in told["LOST"]
    assert "run it again" in told["FAILED"]


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_is_a_sentence_and_examples(swarm: CommandLine, verb: str) -> None:
    ended = swarm(verb, "--help")
    assert ended.code == 0
    assert f"examples\n    swarm {verb}" in ended.out
    assert ended.out.split("\n\n")[1].endswith(".")


def test_version_is_the_library_s(swarm: CommandLine) -> None:
    ended = swarm("--version")
    built = " (compiled)" if is_compiled() else ""
    assert (ended.code, ended.out) == (0, f"swarm {swarmdsl.__version__}{built}\n")


def test_no_verb_is_answered_with_help(swarm: CommandLine) -> None:
    ended = swarm()
    assert (ended.code, ended.out) == (2, "")
    assert "verbs:" in ended.err


@pytest.mark.parametrize("argv", [["vaildate"], ["run", "--nodse", "3"], ["run", "--format", "x"]])
def test_misspelt_command_is_a_usage_error(swarm: CommandLine, argv: list[str]) -> None:
    ended = swarm(*argv)
    assert (ended.code, ended.out) == (2, "")
    assert "error:" in ended.err


def test_importing_the_command_loads_nothing_heavy() -> None:
    program = "import sys, swarmdsl.cli; print(*(one.partition('.')[0] for one in sys.modules))"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert not set(loaded.split()) & set(HEAVY)


def test_help_loads_nothing_heavy_and_is_quick() -> None:
    program = (
        "import sys; from swarmdsl.cli import main; main(['--help']); "
        "sys.stderr.write(' '.join(sys.modules))"
    )
    before_s = processor_seconds()
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert processor_seconds() - before_s < 0.25
    assert not {one.partition(".")[0] for one in ended.stderr.split()} & set(HEAVY)


def processor_seconds() -> float:
    """What our children have used: a busy machine does not change it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
