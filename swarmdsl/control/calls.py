"""What tasks ask the controller: globals, results, rounds. Each answer comes after the commit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from swarmdsl.control.core import ControlCore
from swarmdsl.control.fitting import fitting
from swarmdsl.control.happenings import ResultAdded
from swarmdsl.control.loops import LoopPages
from swarmdsl.control.recollections import Recollections
from swarmdsl.control.records import ResultRow
from swarmdsl.control.secrets import SecretCalls
from swarmdsl.control.store import ABSENT, Store
from swarmdsl.daemon.calling import told_of
from swarmdsl.daemon.loop_pages import LOOP_VALUES
from swarmdsl.daemon.reports import (
    RECALL,
    TAKES,
    TakesQuestion,
    is_of_handler,
)
from swarmdsl.daemon.sheet import Sheets
from swarmdsl.errors import CallFailed, DecodeError, GlobalMissing
from swarmdsl.light.secrets import GET_SECRET
from swarmdsl.topology.expand import node_of
from swarmdsl.wire.answers import Answer, answer_of
from swarmdsl.wire.codec import Payload, decode_blob, encode_blob, encode_values, unpack_payload
from swarmdsl.wire.messages import Call

TAGS_SHOWN_MAX = 20  # in an error, which a person reads


class GlobalGet(msgspec.Struct, frozen=True):
    """Arguments of `globals.get`."""

    tag: str


class GlobalTags(msgspec.Struct, frozen=True):
    """Arguments of `globals.tags`: none."""


class GlobalSet(msgspec.Struct, frozen=True):
    """Arguments of `globals.set`."""

    tag: str
    value: Any


class ResultAdd(msgspec.Struct, frozen=True):
    """Arguments of `results.add`."""

    tag: str
    value: Any


class ResultSelect(msgspec.Struct, frozen=True):
    """Arguments of `results.select`; `size` is of how many nodes at most, -1 of all."""

    tag: str
    iteration: int
    size: int = -1


class RoundRequest(msgspec.Struct, frozen=True):
    """Arguments of `round.request`."""

    alias: str | None
    node_ids: list[str] | None


class Calls:
    """Answers calls from the store and the core.

    Args:
        core: takes the requests for rounds.
        store: holds globals and results; the caller has a batch open.
        tell: takes each result that was added.
        secrets: answers for secrets; what it says is never recorded.
        sheets: where what a loop brings lies for those on this host; by default it is sent to each.
        named: the names of the tasks that run what is meant by one.
    """

    def __init__(
        self,
        core: ControlCore,
        store: Store,
        tell: Callable[[ResultAdded], None],
        secrets: SecretCalls,
        sheets: Sheets | None = None,
        named: Callable[[str], Iterable[str]] = lambda name: (name,),
    ) -> None:
        self._named = named
        self._core = core
        self._store = store
        self._tell = tell
        self._secrets = secrets
        self._recollections = Recollections(store)
        self._loops = LoopPages(store, sheets)
        self._once: dict[str, Callable[[Call], object]] = {
            "globals.tags": self._tags,
            "globals.set": self._set,
            "results.add": self._add,
            "round.request": self._request,
            "round.stop": self._stop,
            RECALL: self._recall,
        }
        self._reads: dict[str, Callable[[Call, int | None], tuple[Payload, int]]] = {
            "globals.get": self._get,
            "results.select": self._select,
        }

    def answer(self, call: Call) -> tuple[bool, Answer]:
        """Whether the call succeeded, and its answer or what is wrong, encoded."""
        try:
            return True, self._answer(call)
        except CallFailed as error:
            return False, Answer(encode_blob(told_of(error)))
        except DecodeError as error:
            return False, Answer(encode_blob(f"its arguments are wrong: {error.problem}"))

    def _answer(self, call: Call) -> Answer:
        if call.method == LOOP_VALUES:  # of rounds that are over: always the same
            return self._loops.answer(call)
        if call.method == TAKES:
            return Answer(self._takes(call))
        if call.method == GET_SECRET:
            return Answer(self._secrets.answer(call))
        if call.method in self._reads:
            return self._read(call)
        return Answer(self._answer_once(call))

    def _takes(self, call: Call) -> bytes:
        """Whether the run still takes what an instance pushes to it in a round."""
        channel = decode_blob(call.arguments, TakesQuestion).channel
        return encode_blob(not self._core.has_been_fed(channel, call.iteration))

    def _answer_once(self, call: Call) -> bytes:
        """Answer and keep the answer; a change that was made before is not made again."""
        method = self._once.get(call.method)
        if method is None:
            raise CallFailed(call.method, "the controller knows no such method")
        known = self._recorded(call)
        if known is not None:
            return known
        answer = fitting(call, Answer(encode_blob(method(call)))).payload
        self._record(call, answer)
        return answer

    def _read(self, call: Call) -> Answer:
        """Answer a question; one that was asked before is told what it was told then."""
        known = self._store.read(*_asked(call)) if call.effect else None
        seen = None if known is None else decode_blob(known, int)
        try:
            value, version = self._reads[call.method](call, seen)
        except CallFailed:
            if seen is None:
                self._record_read(call, ABSENT)  # and it stays absent for who asks again
            raise
        if seen is None:
            self._record_read(call, version)
        return fitting(call, answer_of(value))

    def _record_read(self, call: Call, version: int) -> None:
        if call.effect:
            self._store.keep_read(*_asked(call), encode_blob(version))

    def _recorded(self, call: Call) -> bytes | None:
        if not call.effect:
            return None
        return self._store.effect(call.instance, call.iteration, call.effect)

    def _record(self, call: Call, answer: bytes) -> None:
        if call.effect:
            if is_of_handler(call.effect):  # It has read the answer to the one before.
                self._store.forget_handlers_effects(call.instance, call.iteration)
            self._store.keep_effect(call.instance, call.iteration, call.effect, answer)

    def _get(self, call: Call, version: int | None) -> tuple[Payload, int]:
        tag = decode_blob(call.arguments, GlobalGet).tag
        found = self._store.get_global(tag, version)
        if found is None:
            known = _named(self._store.global_tags())
            raise GlobalMissing(call.method, f"no global is named {tag!r}; set so far: {known}")
        if call.effect:
            self._store.hold_global(tag, found[0])
        return unpack_payload(found[1]), found[0]

    def _tags(self, call: Call) -> list[str]:
        decode_blob(call.arguments, GlobalTags)
        return self._store.global_tags()

    def _set(self, call: Call) -> object:
        arguments = decode_blob(call.arguments, GlobalSet)
        return self._store.set_global(arguments.tag, encode_blob(arguments.value))

    def _add(self, call: Call) -> None:
        arguments = decode_blob(call.arguments, ResultAdd)
        alias = call.instance.partition("@")[0]
        node = node_of(call.instance)
        self._store.add_result(
            tag=arguments.tag,
            node=node,
            task=alias,
            instance=call.instance,
            iteration=call.iteration,
            value=encode_blob(arguments.value),
        )
        self._core.movement.results += 1
        self._tell(
            ResultAdded(
                tag=arguments.tag,
                node=node,
                alias=alias,
                round=call.iteration,
                value=arguments.value,
            )
        )

    def _select(self, call: Call, upto: int | None) -> tuple[Payload, int]:
        asked = decode_blob(call.arguments, ResultSelect)
        last = self._store.last_result() if upto is None else upto
        rows = self._store.select_results(tag=asked.tag, iteration=asked.iteration, upto=last)
        chosen = _newest(rows, asked.size)
        found = {node: decode_blob(chosen[node].value) for node in sorted(chosen)}
        return encode_values([found]), last

    def _request(self, call: Call) -> None:
        asked = decode_blob(call.arguments, RoundRequest)
        names = None if asked.alias is None else tuple(self._named(asked.alias))
        self._core.request_round(names, asked.node_ids)

    def _stop(self, _call: Call) -> None:
        self._core.request_stop()

    def _recall(self, call: Call) -> object:
        return self._recollections.of(call.instance, self._core.last_begun(call.instance))


def _named(tags: Sequence[str]) -> str:
    """Tags for a person, not too many of them."""
    more = len(tags) - TAGS_SHOWN_MAX
    shown = ", ".join(tags[:TAGS_SHOWN_MAX]) or "none"
    return f"{shown} and {more} more" if more > 0 else shown


def _asked(call: Call) -> tuple[str, int, str]:
    """Who asks in which round, and what: on another node a question may be another one."""
    about = hashlib.sha256(call.method.encode() + call.arguments).hexdigest()[:16]
    return call.instance, call.iteration, f"{call.effect}:{about}"


def _newest(rows: Iterable[ResultRow], size: int) -> dict[str, ResultRow]:
    """The newest result of each node; of `size` nodes at most, those that added one last."""
    newest: dict[str, ResultRow] = {}
    for row in rows:
        newest.pop(row.node, None)  # so that the order is that of the last results
        newest[row.node] = row
    return newest if size < 0 else dict(list(newest.items())[-size:])
