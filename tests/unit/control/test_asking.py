"""Questions of other processes: put, taken once, answered, and never left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from swarmdsl.control import asking
from swarmdsl.control.claim import claimed
from swarmdsl.control.interrupts import COMMANDS, Interrupts
from swarmdsl.control.questions import (
    ANSWER,
    FOLDER,
    QUESTION,
    READ_WITHIN_S,
    Answer,
    PostFolder,
    Question,
)
from swarmdsl.control.replacements import is_replacement
from swarmdsl.control.store import Store
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from swarmdsl.errors import CallFailed, CallTimedOut, EncodeError, RunUnreachable
from swarmdsl.wire.codec import decode_blob, encode_blob
from tests.kept import kept

Reply = Callable[[Question], Answer | None]


class Controller:
    """Whenever somebody waits for it, it answers what it is asked."""

    def __init__(self, folder: Path) -> None:
        sockets = folder / "swarm-sockets"
        sockets.mkdir()
        run = kept(folder, "r1")
        store = Store.open(run.store, to_write=True)
        store.begin_controller("process", str(sockets), 0.0)
        store.close()
        self.stored = StoredRun.open(run)
        self.folder = sockets / FOLDER
        self.post = PostFolder(sockets, Patience())
        self.interrupts = Interrupts(sockets / COMMANDS)
        self.taken: list[Question] = []
        self.reply: Reply = lambda question: Answer(question.token, ok=True, payload=encode_blob(5))
        self.now_s = 0.0

    def pause(self, seconds: float) -> None:
        self.now_s += seconds
        self.interrupts.heard()
        if self.interrupts.take_call():
            self.taken += (questions := self.post.take())
            self.post.give([one for asked in questions if (one := self.reply(asked)) is not None])

    def ask(self, *arguments: object, timeout_s: float = 2.0, **keywords: object) -> object:
        return asking.call(
            self.stored,
            "model",
            "tune",
            arguments,
            keywords,
            node="n2",
            timeout_s=timeout_s,
            patience=Patience(monotonic_s=lambda: self.now_s, pause=self.pause),
        )


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[Controller]:
    made = Controller(tmp_path)
    with claimed(made.stored.folder.path):
        yield made
    made.interrupts.close()


def test_a_question_reaches_the_controller_and_its_answer_returns(controller: Controller) -> None:
    assert controller.ask(0.5, steps=2) == 5
    [question] = controller.taken
    assert (question.alias, question.method, question.node) == ("model", "tune", "n2")
    assert [decode_blob(one) for one in question.arguments] == [0.5]
    assert {name: decode_blob(one) for name, one in question.keywords.items()} == {"steps": 2}


def replace_double(controller: Controller) -> None:
    patience = Patience(monotonic_s=lambda: controller.now_s, pause=controller.pause)
    asking.replace_daemons(controller.stored, {"double@n2#0": "swarm-s:2"}, patience)


def test_a_replacement_is_asked_for_the_same_way(controller: Controller) -> None:
    replace_double(controller)
    [question] = controller.taken
    assert is_replacement(question)
    assert question.keywords == {"double@n2#0": b"swarm-s:2"}


def test_a_replacement_that_is_refused_says_why(controller: Controller) -> None:
    controller.reply = lambda one: Answer(one.token, ok=False, payload=encode_blob("it has ended"))
    with pytest.raises(CallFailed, match="it has ended"):
        replace_double(controller)


def test_what_cannot_travel_is_not_asked(controller: Controller) -> None:
    with pytest.raises(EncodeError):
        controller.ask(object())
    assert controller.taken == []


def test_nothing_is_left_behind(controller: Controller) -> None:
    controller.ask()
    controller.reply = lambda question: None
    with pytest.raises(CallTimedOut):
        controller.ask()
    assert list(controller.folder.iterdir()) == []


def test_an_error_names_the_method(controller: Controller) -> None:
    controller.reply = lambda one: Answer(one.token, ok=False, payload=encode_blob("it raised"))
    with pytest.raises(CallFailed, match=r"^model\.tune: it raised$"):
        controller.ask()


def test_a_late_answer_is_an_error_of_its_own(controller: Controller) -> None:
    late = encode_blob({"late": "no answer from model@n1#0", "timeout_s": 2.0})
    controller.reply = lambda one: Answer(one.token, ok=False, payload=late)
    with pytest.raises(CallTimedOut, match=r"model\.tune: no answer from model@n1#0"):
        controller.ask()


def test_a_controller_that_does_not_answer_is_waited_for_a_little_longer(
    controller: Controller,
) -> None:
    controller.reply = lambda question: None
    with pytest.raises(CallTimedOut):
        controller.ask(timeout_s=3.0)
    assert 3.0 <= controller.now_s <= 3.0 + asking.MARGIN_S + 1.0


def test_a_run_that_nobody_looks_after_is_not_asked(tmp_path: Path) -> None:
    controller = Controller(tmp_path)
    with pytest.raises(RunUnreachable, match=r"looked after it died; `swarm resume \S+` goes on"):
        controller.ask()
    controller.interrupts.close()
    assert list(controller.folder.iterdir()) == []


def test_a_controller_that_leaves_meanwhile_is_told_of(tmp_path: Path) -> None:
    controller = Controller(tmp_path)
    claim = claimed(controller.stored.folder.path)
    claim.__enter__()

    def leave(_question: Question) -> None:
        claim.__exit__(None, None, None)

    controller.reply = leave
    with pytest.raises(RunUnreachable, match="before it had answered"):
        controller.ask()
    controller.interrupts.close()


def test_what_is_no_question_is_removed(controller: Controller) -> None:
    (controller.folder / f"x{QUESTION}").write_bytes(b"garbage")
    token = Question(token="../up", alias="a", method="m", timeout_s=1.0)
    (controller.folder / f"y{QUESTION}").write_bytes(msgspec.msgpack.encode(token))
    assert controller.post.take() == []
    assert list(controller.folder.iterdir()) == []


def test_the_folder_is_private(controller: Controller) -> None:
    assert controller.folder.stat().st_mode & 0o777 == 0o700


def test_answers_are_waited_for_until_they_are_read_and_no_longer_than_a_moment(
    tmp_path: Path,
) -> None:
    now_s, reads = [0.0], [0.3]
    answer = tmp_path / FOLDER / f"{'a' * 32}{ANSWER}"

    def pause(seconds: float) -> None:
        now_s[0] += seconds
        if now_s[0] >= reads[0]:
            answer.unlink(missing_ok=True)

    post = PostFolder(tmp_path, Patience(monotonic_s=lambda: now_s[0], pause=pause))
    post.wait_until_read()
    assert now_s == [0.0]
    post.give([Answer("a" * 32, ok=True, payload=b"")])
    post.wait_until_read()
    assert 0.3 <= now_s[0] < READ_WITHIN_S
    post.give([Answer("a" * 32, ok=True, payload=b"")])
    now_s[0], reads[0] = 0.0, 60.0
    post.wait_until_read()
    assert now_s[0] >= READ_WITHIN_S
