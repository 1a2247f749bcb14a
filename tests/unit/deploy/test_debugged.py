"""Whether the user's code is at work, and what it means when it is left."""

from __future__ import annotations

import bdb
import io
import pdb  # noqa: T100 - its end is what is tested
from collections.abc import Iterator
from typing import Any

import pytest

from swarmdsl.daemon.program import Living, Program
from swarmdsl.daemon.stopping import Stopped
from swarmdsl.deploy.cooperative.debugged import DebuggedProgram, Left, Onlooker, was_left


class Code:
    """The user's code: notes whether it is at work, and raises what it is told to."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.ended = 0
        self.seen: list[bool] = []
        self.onlooker = Onlooker(self._end)
        self._error = error

    def _end(self) -> None:
        self.ended += 1

    def _work(self) -> None:
        self.seen.append(self.onlooker.is_users_code_at_work)
        if self._error is not None:
            raise self._error

    def run(self, work: Any, push: Any) -> None:
        self._work()
        push(1)
        self._work()

    handle = invoke = run

    def start(self) -> None:
        self._work()

    stop = start

    def produce(self, work: Any) -> Iterator[int]:
        for number in range(2):
            self._work()
            yield number

    def snapshot(self) -> str:
        self._work()
        return "state"

    def restore(self, state: bytes) -> None:
        self._work()

    def respond(self, work: Any) -> bytes:
        self._work()
        return b"answer"

    def position(self) -> int:
        self._work()
        return 7

    def debugged(self) -> DebuggedProgram:
        program: Program = self
        return DebuggedProgram(program, self.onlooker)


@pytest.mark.parametrize("method", ["run", "handle", "invoke"])
def test_the_users_code_is_at_work_but_for_its_pushes(method: str) -> None:
    code = Code()
    pushes: list[bool] = []
    getattr(code.debugged(), method)(
        None, lambda _value: pushes.append(code.onlooker.is_users_code_at_work)
    )
    assert (code.seen, pushes) == ([True, True], [False])
    assert not code.onlooker.is_users_code_at_work


def test_a_source_is_at_work_until_it_yields() -> None:
    code = Code()
    for _ in code.debugged().produce(None):  # type: ignore[arg-type]
        assert not code.onlooker.is_users_code_at_work
    assert code.seen == [True, True]


def test_every_call_of_the_users_code_is_known() -> None:
    code = Code()
    program = code.debugged()
    program.start()
    assert (program.snapshot(), program.position()) == ("state", 7)
    assert program.respond(None) == b"answer"  # type: ignore[arg-type]
    program.restore(b"")
    program.stop()
    assert code.seen == [True] * 6


def test_code_that_is_told_nothing_of_its_life_is_not_asked() -> None:
    class Silent:
        def run(self, work: Any, push: Any) -> None: ...

        def handle(self, work: Any, push: Any) -> None: ...

    program = DebuggedProgram(Silent(), Onlooker(lambda: None))
    assert not isinstance(Silent(), Living)
    program.start()
    program.stop()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), bdb.BdbQuit(), Left()])
def test_who_leaves_ends_the_run_and_fails_no_task(error: BaseException) -> None:
    code = Code(error)
    with pytest.raises(Stopped):
        code.debugged().run(None, print)  # type: ignore[arg-type]
    assert (code.ended, code.onlooker.is_users_code_at_work) == (1, False)


@pytest.mark.parametrize("error", [ValueError("wrong"), SystemExit(1), Stopped()])
def test_all_else_is_the_tasks_own(error: BaseException) -> None:
    code = Code(error)
    with pytest.raises(type(error)):
        code.debugged().run(None, print)  # type: ignore[arg-type]
    assert code.ended == 0


def test_quit_in_pdb_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("q\ny\n"))
    debugger = pdb.Pdb(nosigint=True, readrc=False)

    def stop() -> None:
        debugger.set_trace()

    with pytest.raises((bdb.BdbQuit, SystemExit)) as raised:
        stop()
    assert was_left(raised.value)


def test_an_exit_that_a_debugger_asks_for_is_recognised() -> None:
    exits = compile("raise SystemExit(1)", "/usr/lib/python3.14/pdb.py", "exec")
    with pytest.raises(SystemExit) as raised:
        exec(exits)
    assert was_left(raised.value)
