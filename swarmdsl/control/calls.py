"""What tasks ask the controller: globals, results, rounds. Each answer comes after the commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import ResultAdded
from swarmdsl.control.recollections import Recollections
from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import CALL_BYTES_MAX, RECALL, TOO_LONG
from swarmdsl.errors import CallFailed, DecodeError
from swarmdsl.topology.expand import node_of
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import Call


class GlobalGet(msgspec.Struct, frozen=True):
    """Arguments of `globals.get`."""

    tag: str


class GlobalSet(msgspec.Struct, frozen=True):
    """Arguments of `globals.set`."""

    tag: str
    value: Any


class ResultAdd(msgspec.Struct, frozen=True):
    """Arguments of `results.add`."""

    tag: str
    value: Any


class ResultSelect(msgspec.Struct, frozen=True):
    """Arguments of `results.select`."""

    tag: str
    iteration: int


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
    """

    def __init__(
        self, core: ControlCore, store: Store, tell: Callable[[ResultAdded], None]
    ) -> None:
        self._core = core
        self._store = store
        self._tell = tell
        self._recollections = Recollections(store)
        self._methods: dict[str, Callable[[Call], object]] = {
            "globals.get": self._get,
            "globals.set": self._set,
            "results.add": self._add,
            "results.select": self._select,
            "round.request": self._request,
            "round.stop": self._stop,
            RECALL: self._recall,
        }

    def answer(self, call: Call) -> tuple[bool, bytes]:
        """Whether the call succeeded, and its answer or what is wrong, encoded."""
        method = self._methods.get(call.method)
        try:
            if method is None:
                raise CallFailed(call.method, "the controller knows no such method")
            return True, self._answer(call, method)
        except CallFailed as error:
            return False, encode_blob(error.problem)
        except DecodeError as error:
            return False, encode_blob(f"its arguments are wrong: {error.problem}")

    def _answer(self, call: Call, method: Callable[[Call], object]) -> bytes:
        """What the method says; a change that was made before is not made again."""
        place = (call.instance, call.iteration, call.effect)
        known = self._store.effect(*place) if call.effect else None
        if known is not None:
            return known
        answer = encode_blob(method(call))
        if len(answer) > CALL_BYTES_MAX:
            raise CallFailed(call.method, TOO_LONG.format(len(answer), CALL_BYTES_MAX))
        if call.effect:
            self._store.keep_effect(*place, answer)
        return answer

    def _get(self, call: Call) -> object:
        tag = decode_blob(call.arguments, GlobalGet).tag
        found = self._store.get_global(tag)
        if found is None:
            known = ", ".join(row.tag for row in self._store.list_globals()) or "none"
            raise CallFailed(call.method, f"no global is named {tag!r}; set so far: {known}")
        return decode_blob(found[1])

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
        self._tell(
            ResultAdded(
                tag=arguments.tag,
                node=node,
                alias=alias,
                round=call.iteration,
                value=arguments.value,
            )
        )

    def _select(self, call: Call) -> object:
        asked = decode_blob(call.arguments, ResultSelect)
        rows = self._store.select_results(tag=asked.tag, iteration=asked.iteration)
        newest = {row.node: decode_blob(row.value) for row in rows}
        return dict(sorted(newest.items()))

    def _request(self, call: Call) -> None:
        asked = decode_blob(call.arguments, RoundRequest)
        self._core.request_round(asked.alias, asked.node_ids)

    def _stop(self, _call: Call) -> None:
        self._core.request_stop()

    def _recall(self, call: Call) -> object:
        return self._recollections.of(call.instance, self._core.last_begun(call.instance))
