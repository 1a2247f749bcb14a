"""Answers the calls that others make to methods of a daemon module, within its task's limits."""

from __future__ import annotations

import functools
from collections.abc import Callable

from swarmdsl.daemon.asked import Asked
from swarmdsl.daemon.contexts import Contexts
from swarmdsl.daemon.living import begin
from swarmdsl.daemon.memory_limit import MemoryLimit, limited
from swarmdsl.daemon.program import Program, Responsive
from swarmdsl.daemon.redaction import Redaction
from swarmdsl.daemon.responding import sentence_of
from swarmdsl.daemon.stopping import Stopped
from swarmdsl.daemon.time_limit import TimeIsUp, TimeLimit
from swarmdsl.daemon.work import Respond
from swarmdsl.errors import CallRefused, TimeLimitExceeded
from swarmdsl.wire.codec import encode_blob


class Answering:
    """Calls the user's code for each, and tells what it gave or raised.

    Args:
        asked: takes the answers.
        limit: interrupts code that takes longer than its task may.
        memory: refuses memory beyond what its task may take.
        contexts: as whom the code does it.
        redaction: takes the values of secrets out of what is told of errors.
        write_down: notes what the code raised in its log.
    """

    def __init__(
        self,
        asked: Asked,
        limit: TimeLimit,
        memory: MemoryLimit,
        contexts: Contexts,
        redaction: Redaction,
        write_down: Callable[[BaseException], str],
    ) -> None:
        self._asked = asked
        self._limit = limit
        self._memory = memory
        self._contexts = contexts
        self._redaction = redaction
        self._write_down = write_down

    def answer(self, work: Respond, program: Program, attempt: int) -> None:
        """Answer one call; what it raises is an answer, too.

        Args:
            work: the call.
            program: whose method it is.
            attempt: how often the work has been tried in which it comes.
        """
        try:
            answering = functools.partial(self._respond, work, program, attempt)
            answer, ok = limited(self._memory, work.hosted, answering), True
        except Stopped:
            raise
        except BaseException as error:  # The supervised boundary of a user's task.
            if not isinstance(error, CallRefused):
                self._write_down(error)
            answer, ok = encode_blob(self._redaction.text(sentence_of(error))), False
        self._asked.answer(work, answer, ok=ok)

    def _respond(self, work: Respond, program: Program, attempt: int) -> bytes:
        assert isinstance(program, Responsive), "the controller calls no others"
        timeout_s = work.hosted.task.timeout_s
        with self._contexts.entered(work, attempt):
            begin(program, work)
            if timeout_s is None:
                return program.respond(work)
            try:
                with self._limit.within(timeout_s):
                    return program.respond(work)
            except TimeIsUp as up:
                late = TimeLimitExceeded(work.hosted.spec.name, timeout_s, caught=up.was_caught)
                raise late.with_traceback(up.__traceback__) from None
