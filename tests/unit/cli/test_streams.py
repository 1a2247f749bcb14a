import errno
import os
from io import StringIO

import pytest

from swarmdsl.cli.streams import OutputLost, ReaderGone, Streams, standard_streams


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals() -> None:
    streams = Streams(out=Terminal(), err=StringIO())
    assert streams.paint("x", "bad", streams.out) == "\x1b[1;31mx\x1b[0m"
    assert streams.paint("x", "bad", streams.err) == "x"


def test_colour_can_be_off() -> None:
    streams = Streams(out=Terminal(), err=Terminal(), colored=False)
    assert streams.paint("x", "bad", streams.out) == "x"


def broken_pipe() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_data_that_nobody_reads_ends_the_command() -> None:
    with open(broken_pipe(), "w") as out:
        with pytest.raises(ReaderGone):
            Streams(out=out, err=StringIO()).show("data\n")
        out.write("what was left vanishes quietly")


def test_talk_that_nobody_reads_ends_nothing() -> None:
    with open(broken_pipe(), "w") as err:
        Streams(out=StringIO(), err=err).say("talk")
        Streams(out=StringIO(), err=err).say("more talk")


class Failing(StringIO):
    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def flush(self) -> None:
        raise OSError(self.number, os.strerror(self.number))


def test_talk_to_a_closed_terminal_ends_nothing() -> None:
    Streams(out=StringIO(), err=Failing(errno.EIO)).say("talk")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EBADF])
def test_data_that_cannot_be_written_is_an_error(number: int) -> None:
    expected = f"^cannot write to standard output: {os.strerror(number)}$"
    with pytest.raises(OutputLost, match=expected):
        Streams(out=Failing(number), err=StringIO()).show("data")


def test_data_that_did_not_fit_is_not_tried_again() -> None:
    with open("/dev/full", "w") as out:
        with pytest.raises(OutputLost):
            Streams(out=out, err=StringIO()).show("data\n")
        out.write("what was left vanishes quietly")


def test_closed_stdout_is_an_error_once_there_is_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    streams = standard_streams()
    assert streams.paint("x", "bad", streams.out) == "x"
    with pytest.raises(OutputLost, match="it is closed"):
        streams.show("data")


def test_closed_stderr_takes_talk_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    streams = standard_streams()
    streams.say("talk")
    assert streams.paint("x", "bad", streams.err) == "x"


def test_other_errors_of_talk_are_not_hidden() -> None:
    full = Failing(errno.ENOSPC)
    with pytest.raises(OSError, match="No space"):
        Streams(out=StringIO(), err=full).say("talk")
