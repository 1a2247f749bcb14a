"""A verb or a flag that is misspelt is answered with the one that was meant."""

from __future__ import annotations

import pytest

from swarmdsl.cli.parser import make_parser


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["log"], "did you mean 'logs'?"),
        (["valdate", "x.py"], "did you mean 'validate'?"),
        (["validate", "--node", "3", "x.py"], "unrecognized arguments: --node; did you mean"),
        (["run", "--dettach", "x.py"], "did you mean '--detach'?"),
        (["rnu", "x.py"], "did you mean 'run'?"),
        (["check", "x.py"], "did you mean 'validate'?"),
        (["--versoin"], "did you mean '--version'?"),
    ],
)
def test_what_was_meant_is_said(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        make_parser().parse_line(words)
    assert told in capsys.readouterr().err


def test_what_a_verb_does_not_know_is_told_with_its_own_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        make_parser().parse_line(["validate", "--engine-of-all", "x.py"])
    told = capsys.readouterr().err
    assert told.startswith("usage: swarm validate")
    assert "did you mean" not in told
