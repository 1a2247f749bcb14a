import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine


def completed(script: Path, *words: str) -> list[str]:
    """What bash offers for the last of these words."""
    line = " ".join(f"'{word}'" for word in words)
    asked = f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
    call = f"_shtab_swarm swarm '{words[-1]}' '{words[-2]}'; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        ["bash", "-c", asked + call],
        cwd=script.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return sorted(done.stdout.split())


@pytest.fixture
def script(swarm: CommandLine, tmp_path: Path) -> Path:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash here")
    ended = swarm("completion", "bash")
    assert (ended.code, ended.err) == (0, "")
    made = tmp_path / "completions/swarm"
    made.parent.mkdir()
    made.write_text(ended.out)
    (made.parent / "words.py").touch()
    return made


def test_bash_completes_verbs(script: Path) -> None:
    assert completed(script, "swarm", "st") == ["stats", "status", "stop"]


def test_it_completes_flags(script: Path) -> None:
    assert completed(script, "swarm", "graph", "--le") == ["--level"]


def test_it_completes_what_a_flag_may_be(script: Path) -> None:
    assert completed(script, "swarm", "new", "ours", "--template", "m") == ["mapreduce", "minimal"]


def test_it_completes_files_for_targets(script: Path) -> None:
    assert "words.py" in completed(script, "swarm", "run", "wo")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_have_scripts_that_name_the_verbs(swarm: CommandLine, shell: str) -> None:
    assert "validate" in swarm("completion", shell).out


def test_a_shell_that_there_is_not_is_told(swarm: CommandLine) -> None:
    ended = swarm("completion", "cmd")
    assert ended.code == 2
    assert "invalid choice: 'cmd'" in ended.err
