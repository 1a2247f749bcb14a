"""Inputs from the round before: a program asks the run for them before it starts (rule 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from swarmdsl.daemon.loop_pages import LOOP_VALUES, LoopPage, read_page
from swarmdsl.daemon.program import Bound, Program, Push
from swarmdsl.daemon.sheet import SeenSheets, SheetUnseen
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Handle, Runnable
from swarmdsl.light.context import current
from swarmdsl.wire.answers import Answer
from swarmdsl.wire.codec import Decoder, Payload

UNSEEN_MAX = 3
"""Sheets in a row that cannot be read from here, before no more are asked for in the round."""


class LoopedProgram:
    """A function or script some of whose parameters come from the round before.

    They are asked for once in a round. Where nothing has been pushed yet, the parameter is left to
    its default.

    Args:
        hosted: the instance.
        wiring: of its daemon.
        decoders: per loop link into it.
        program: what to run, once the inputs are there.
        sheets: what reads memory of the controller, if it is on this host; None if nothing does.
    """

    def __init__(
        self,
        hosted: Hosted,
        wiring: Wiring,
        decoders: Mapping[int, Decoder],
        program: Program,
        *,
        sheets: SeenSheets | None = None,
    ) -> None:
        self._links = {link: wiring.link(link) for link in hosted.loops}
        self._decoders = decoders
        self._program = program
        self._round = -1
        self._kept: dict[int, list[Payload]] = {}
        self._sheets = sheets
        self._unseen = 0

    @property
    def constants(self) -> Mapping[str, object]:
        """The arguments that it is given in every run."""
        return self._program.constants if isinstance(self._program, Bound) else {}

    def run(self, work: Runnable, push: Push) -> None:
        """Run with what the round before brought."""
        if work.round != self._round:
            self._kept, self._unseen = {}, 0  # before there is more: values may be large
            self._kept = {link: list(self._brought(link)) for link in self._links}
            self._round = work.round
        arguments = work.arguments | self._arguments()
        self._program.run(msgspec.structs.replace(work, arguments=arguments), push)

    def _arguments(self) -> dict[str, Any]:
        """What was brought, as new values: a run may alter what it is given."""
        arguments: dict[str, Any] = {}
        for link, spec in self._links.items():
            decode = self._decoders[link].decode
            values = [decode(payload)[0] for payload in self._kept[link]]
            assert spec.port is not None, "a loop carries values"
            if spec.gather and values:
                arguments.setdefault(spec.port, []).extend(values)
            elif values:
                arguments[spec.port] = values[-1]
        return arguments

    def handle(self, work: Handle, push: Push) -> None:
        """Functions and scripts have no handlers."""
        raise AssertionError(f"{work.hosted.spec.name} is no daemon module")

    def _brought(self, link: int) -> Iterator[Payload]:
        """What a link brings from the round before, page by page."""
        count, more = 0, True
        while more:
            page = self._page(link, count)
            yield from page.values
            count, more = count + len(page.values), page.more

    def _page(self, link: int, first: int) -> LoopPage:
        """The values behind so many: where the controller has them, or else sent here."""
        sheets = self._sheets
        if sheets is not None and sheets.has_room and self._unseen < UNSEEN_MAX:
            try:
                page = read_page(_asked(link, first, sees=True), sheets.read)
            except SheetUnseen:
                self._unseen += 1
            else:
                self._unseen = 0
                return page
        return read_page(_asked(link, first, sees=False))


def _asked(link: int, first: int, *, sees: bool) -> Answer:
    call = current("a loop").call
    answer = call(LOOP_VALUES, {"link": link, "first": first, "sees": sees})
    assert isinstance(answer, Answer), "it is the answer itself"
    return answer
