"""Where calls to daemon modules come in and their answers go out: the store and the sessions.

That a call was begun is in the store before it is said to a daemon, and its answer before it is
given. So one that is asked again, on a new connection, by a function that is executed anew, or of a
controller that has taken over, is never carried out a second time.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from swarmdsl.control.addressee import addressee
from swarmdsl.control.core import ControlCore
from swarmdsl.control.questions import Answer, Question
from swarmdsl.control.relay import Ask, Caller, FromOutside, FromTask, Relay, Verdict, Withdraw
from swarmdsl.control.store import Store
from swarmdsl.daemon.calling import told_of
from swarmdsl.daemon.redaction import Redaction
from swarmdsl.daemon.reports import DESCRIBE, INVOKE, WITHDRAW, Invocation, is_of_handler
from swarmdsl.errors import CallFailed, CallTimedOut, DecodeError
from swarmdsl.topology.model import Topology
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import AnyMessage, Call, Reply

ANY_ROUND = 2**53  # as the round of what a handler asked: kept until its next call, not by rounds
BEGUN = "?"  # behind the name of a call: the record that it was begun
FORGOTTEN = (
    "the controller was replaced while the call was under way; whether it was carried out is not "
    "known, and it is not repeated"
)


class Sessions(Protocol):
    """What messages leave by: a switchboard."""

    def number_of(self, peer: str, /) -> int:
        """The connection that a message to a peer must name."""

    def say(self, peer: str, message: AnyMessage, /) -> None:
        """Send a message to a peer."""


class TaskCall(msgspec.Struct, frozen=True):
    """Arguments of `daemon.call`, as a task gives them."""

    alias: str
    node: str | None
    method: str
    timeout_s: float
    arguments: list[bytes]
    keywords: dict[str, bytes]


class Exchange:
    """The calls of one controller.

    Args:
        topology: of the run.
        core: knows where instances are.
        store: keeps what tasks have asked and were told; the caller has a batch open.
        sessions: with the daemons.
        controllers_before: how many controllers the run had before.
        redaction: takes the values of secrets out of errors that are told and kept.
    """

    def __init__(
        self,
        topology: Topology,
        core: ControlCore,
        store: Store,
        sessions: Sessions,
        controllers_before: int,
        redaction: Redaction,
    ) -> None:
        self._redaction = redaction
        self._topology = topology
        self._core = core
        self._store = store
        self._sessions = sessions
        self._relay = Relay(controllers_before)
        self._incarnations: dict[str, int] = {}
        self._answers: list[Answer] = []

    # ------------------------------------------------------------------ who asks

    def take(self, peer: str, call: Call, now_s: float) -> None:
        """A task calls a daemon module, perhaps once more on a new connection."""
        lasts = is_of_handler(call.effect)
        iteration = ANY_ROUND if lasts else call.iteration
        incarnation = self._incarnations.get(peer, -1)
        caller = FromTask(peer, incarnation, call.number, call.instance, iteration, call.effect)
        if self._relay.is_under_way(caller):
            return
        known = self._recorded(caller)
        if known is not None:
            self._reply(caller, known[1:], ok=known[:1] == b"+")
            return
        try:
            self._begin(caller, decode_blob(call.arguments, TaskCall), now_s)
        except CallFailed as error:
            self._reply(caller, encode_blob(error.problem), ok=False)
        except DecodeError as error:
            problem = f"its arguments are wrong: {error.problem}"
            self._reply(caller, encode_blob(problem), ok=False)
        else:
            if lasts:  # It has read the answer to the one before.
                self._store.forget_handlers_effects(caller.instance, iteration)
            self._store.keep_effect(caller.instance, iteration, caller.effect + BEGUN, b"")

    def ask(self, question: Question, now_s: float) -> None:
        """Another process calls a daemon module, or asks what it is."""
        caller = FromOutside(question.token)
        try:
            self._begin(caller, question, now_s)
        except CallFailed as error:
            self._answers.append(Answer(caller.token, ok=False, payload=encode_blob(error.problem)))

    def _begin(self, caller: Caller, asked: TaskCall | Question, now_s: float) -> None:
        if self._core.state.final:
            raise CallFailed(asked.alias, "the run has ended")
        target = addressee(
            self._topology,
            self._core.seated,
            asked.alias,
            asked.node,
            whichever=not asked.method,
            gone=self._core.gone,
        )
        invocation = Invocation(
            method=asked.method,
            timeout_s=asked.timeout_s,
            arguments=asked.arguments,
            keywords=asked.keywords,
        )
        method = INVOKE if asked.method else DESCRIBE
        blob = encode_blob(invocation)
        self._relay.begin(caller, target, blob, asked.timeout_s, now_s, method)

    def _recorded(self, caller: FromTask) -> bytes | None:
        """What the caller was told before, if it has asked this before."""
        where = caller.instance, caller.iteration
        known = self._store.effect(*where, caller.effect)
        if known is None and self._store.effect(*where, caller.effect + BEGUN) is not None:
            known = b"-" + encode_blob(FORGOTTEN)
            self._store.keep_effect(*where, caller.effect, known)
        return known

    # ------------------------------------------------------------------ who answers

    def answered(self, daemon: str, reply: Reply) -> bool:
        """A daemon has answered; False if nobody waits for that."""
        return self._relay.answered(daemon, reply.number, reply.payload, ok=reply.ok)

    def connected(self, peer: str, incarnation: int) -> None:
        """A daemon has introduced itself, perhaps once more."""
        self._incarnations[peer] = incarnation
        self._relay.connected(peer, incarnation)

    def lost(self, daemon: str) -> None:
        """The process of a daemon has ended."""
        self._relay.lost(daemon)

    def tick(self, now_s: float) -> float:
        """Give up what has taken its time; returns when to call again."""
        return self._relay.tick(now_s)

    def close(self, why: str) -> None:
        """The run is over."""
        self._relay.close(why)

    def carry_out(self) -> list[Answer]:
        """Say what there is to say to daemons; returns the answers to other processes."""
        self._relay.give_up(self._core.gone)
        for one in self._relay.take():
            match one:
                case Ask():
                    self._say(one)
                case Withdraw(number=number, daemon=daemon):
                    self._say(Ask(number, daemon, "", WITHDRAW, b""))
                case Verdict():
                    self._tell(one)
        answers, self._answers = self._answers, []
        return answers

    def _say(self, ask: Ask) -> None:
        number = self._sessions.number_of(ask.daemon)
        message = Call(number, ask.number, ask.instance, 0, ask.method, ask.arguments, "")
        self._sessions.say(ask.daemon, message)

    def _tell(self, verdict: Verdict) -> None:
        caller, ok = verdict.caller, verdict.answer is not None
        payload = verdict.answer
        if payload is None:
            payload = encode_blob(_told(verdict, self._redaction))
        if isinstance(caller, FromOutside):
            self._answers.append(Answer(caller.token, ok=ok, payload=payload))
            return
        kept = (b"+" if ok else b"-") + payload
        self._store.keep_effect(caller.instance, caller.iteration, caller.effect, kept)
        self._reply(caller, payload, ok=ok)

    def _reply(self, caller: FromTask, payload: bytes, *, ok: bool) -> None:
        """Answer the process that has asked; one that came after it would not understand."""
        if self._incarnations.get(caller.peer, -1) == caller.incarnation:
            number = self._sessions.number_of(caller.peer)
            self._sessions.say(caller.peer, Reply(number, caller.number, ok, payload))


def _told(verdict: Verdict, redaction: Redaction) -> Any:
    """What goes into an answer that is an error; see `failure_of`."""
    problem = verdict.problem
    text = redaction.text(problem if isinstance(problem, str) else str(decode_blob(problem)))
    return told_of(CallTimedOut("", verdict.late_s, text)) if verdict.late_s else text
