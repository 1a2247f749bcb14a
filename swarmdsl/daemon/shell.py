"""The daemon's shell: one synchronous loop between the transport, the core and the user's code.

It holds no decision. While the user's code runs nothing else happens, unless that code pushes
without credit or calls the controller: then the sockets are pumped — frames reach the core, but no
other work starts — until the answer or the credit is there (rule 31).
"""

from __future__ import annotations

import functools
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TextIO, cast

from swarmdsl.daemon.answering import Answering
from swarmdsl.daemon.asking import Asking
from swarmdsl.daemon.at_hand import AtHand
from swarmdsl.daemon.attempts import attempts_of, may_be_repeated, pause_s
from swarmdsl.daemon.contexts import Contexts
from swarmdsl.daemon.core import DaemonCore
from swarmdsl.daemon.drawing import Drawing
from swarmdsl.daemon.glances import Glances
from swarmdsl.daemon.living import begin, end, nobody
from swarmdsl.daemon.memory_limit import MemoryLimit, limited
from swarmdsl.daemon.pace import TOGETHER_S, Pace
from swarmdsl.daemon.program import (
    SPECIAL,
    Along,
    AtOnce,
    Program,
    Push,
    Remembered,
    RoundOver,
    Source,
    Timed,
)
from swarmdsl.daemon.redaction import Redaction
from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.daemon.spin import Receive, Spinning
from swarmdsl.daemon.stopping import Stopped
from swarmdsl.daemon.stopwatch import Stopwatch
from swarmdsl.daemon.time_limit import TimeIsUp, TimeLimit
from swarmdsl.daemon.trace import details_of, users_traceback
from swarmdsl.daemon.transport_counts import counted
from swarmdsl.daemon.wiring import Hosted
from swarmdsl.daemon.work import (
    Answered,
    Dial,
    Handle,
    HangUp,
    Invoke,
    Leave,
    Produce,
    Remember,
    Respond,
    Restore,
    Run,
    RunResult,
    Work,
)
from swarmdsl.errors import PushTimedOut, ScriptRaised, TimeLimitExceeded
from swarmdsl.light.context import Call, TaskContext
from swarmdsl.stats.recorder import SECOND_NS
from swarmdsl.transport.base import Connection, Endpoint
from swarmdsl.transport.outbox import Outbox
from swarmdsl.wire.session.events import Outgoing

IDLE_S = 1.0  # the longest single wait; there is always another
FAREWELL_S = 1.0  # for the last frames to go out
COUNT_EVERY_S = 0.5  # what the transport has counted
CONFIRM_EVERY_S = 0.05  # to who pushes, while there is work
CONFIRM_SOON_S = 0.01  # likewise, while there is none

Limited = Run | RunResult | Handle | Invoke
"""Work that must end within the time limit of its task."""


class Shell:
    """Runs one daemon until its core says that it leaves.

    Args:
        core: what decides.
        endpoint: what carries frames.
        programs: the user's code, by (task, candidate).
        context: makes the context of a hosted instance in a round.
        monotonic_s: a clock that only moves forward.
        limit: interrupts code that takes longer than its task may.
        memory: refuses memory beyond what its task may take.
        stopwatch_ns: a clock that measures how long work takes, if it is not the same.
        log: where failures are written down; by default `sys.stderr`.
        at_hand: knows which push a handler is at.
        spinning: receives at the endpoint while there is nothing else to do, if not by sleeping.
    """

    def __init__(
        self,
        core: DaemonCore,
        endpoint: Endpoint,
        programs: Mapping[tuple[int, int], Program],
        context: Callable[[Hosted, int, Call], TaskContext],
        monotonic_s: Callable[[], float],
        limit: TimeLimit,
        memory: MemoryLimit,
        stopwatch_ns: Callable[[], int] | None = None,
        log: TextIO | None = None,
        at_hand: AtHand | None = None,
        spinning: Spinning | None = None,
    ) -> None:
        self._limit = limit
        self._memory = memory
        self._now_ns = stopwatch_ns or (lambda: round(monotonic_s() * SECOND_NS))
        self._log = log
        self._core = core
        self._endpoint = endpoint
        self._idle = (spinning or endpoint).receive
        self._programs = programs
        self._context = context
        self._now_s = monotonic_s
        self._outbox = Outbox(endpoint)
        self._glances = Glances(keeps_time=core.wiring.keeps_time, now_s=monotonic_s())
        self._to_controller: Connection = -1
        self._count_s = 0.0  # when it is asked next
        self._redaction = Redaction()
        self._left = False
        self._at_work: Work | None = None
        self._round, self._attempt = 0, 1
        self._pace = Pace()
        self._holds = False  # what is pushed: more short work may follow
        self._begun: set[int] = set()  # programs that know that work has begun in them
        self._at_hand = at_hand or AtHand(core.wiring)
        self._stopwatch = Stopwatch(self._at_hand, core.measures, self._now_ns, memory)
        self._drawing = Drawing(
            core, memory, monotonic_s, self._look_between, self._check_stop, self._wait
        )
        self._asking = Asking(
            core, limit, memory, monotonic_s, self._redaction, self._carry_out, self._wait
        )
        self._contexts = Contexts(context, self._asking.caller)
        self._answering = Answering(
            core.asked, limit, memory, self._contexts, self._redaction, self._write_down
        )

    def run(self) -> None:
        """Work until the run is over for this daemon."""
        self._carry_out()
        self._tick(self._now_s())
        busy = False
        while not self._left:
            wait_s = 0.0 if busy else min(IDLE_S, self._core.owed_in_s(CONFIRM_SOON_S))
            self._take_in(wait_s, self._idle)
            answered = bool(self._core.asked.waiting) and self._answer_next()
            busy = self._work() or answered
        deadline = self._now_s() + FAREWELL_S
        # What other daemons would be told they need no more: the run is over for them as well.
        while self._to_controller in self._outbox.blocked and self._now_s() < deadline:
            self.pump(0.05)
        if self._core.dismissed:
            self._end_programs()

    def _work(self) -> bool:
        """Do a piece of work, or several in a row that are short; False if there is no more."""
        work = self._core.next_work()
        if work is None:
            self._carry_out(CONFIRM_SOON_S)
            return False
        if not self._pace.may_wait_for(work):  # That it has begun, others should know meanwhile.
            self._core.reporting.hurry()
            self._carry_out(CONFIRM_EVERY_S)
        short = type(work) is not Handle and self._pace.is_short(work)
        until_s, self._holds = self._now_s() + TOGETHER_S, short
        self._perform(work)
        while self._holds and self._now_s() < until_s:
            work = self._core.next_work()
            if work is None:
                break
            if not self._pace.is_short(work):
                self._holds = False
                self._core.reporting.hurry()
                self._carry_out(CONFIRM_EVERY_S)
            self._perform(work)
        self._holds, rests = False, work is None or self._core.rests()
        if short or rests:
            self._carry_out(CONFIRM_SOON_S if rests else CONFIRM_EVERY_S)
        return not rests

    def _end_programs(self) -> None:
        """Tell the user's code that the run is over; whatever it does, that changes nothing."""
        hosted = self._core.wiring.hosted
        programs = [
            (program, self._context(hosted[place], self._round, nobody))
            for place, program in self._programs.items()
        ]
        for error in end(programs):
            if isinstance(error, Stopped):
                raise error
            self._write_down(error)

    def pump(self, wait_s: float = 0.0) -> None:
        """Take in what has arrived and send what there is to send; start no work."""
        with self._limit.held():
            self._take_in(wait_s, self._endpoint.receive)
            self._carry_out()

    def _take_in(self, wait_s: float, receive: Receive) -> None:
        began_s = self._now_s()
        wait_s = min(wait_s, self._glances.wait_s(began_s))
        arrivals = receive(wait_s, self._outbox.blocked if self._outbox.lags else ())
        now_s = self._now_s()
        self._core.time_is(now_s, now_s - began_s if wait_s else 0.0)
        for connection, frames in arrivals:
            if connection == self._to_controller:
                self._count()  # It may be told to leave.
            self._core.receive(connection, frames)
        if self._glances.is_due(now_s):
            self._tick(now_s)

    def look_around(self) -> None:
        """As `pump`, once what the work at hand has pushed is on its way."""
        assert self._at_work is not None, "only code at work looks around"
        self._flush(self._at_work)
        self.pump()
        self._check_stop()

    def as_task(self, work: Work) -> AbstractContextManager[TaskContext]:
        """A block in which the code at work is another task than that of the work at hand."""
        return self._contexts.entered(work, self._attempt)

    def _look_between(self, work: Work, stands: Callable[[], None]) -> None:
        """Between two values of a source: push what it has yielded, and answer calls."""
        self._flush(work)
        stands()
        self.pump()
        while self._answer_next():  # Its generator stands still meanwhile.
            self._check_stop()
            self._core.time_is(self._now_s())

    def _count(self) -> None:
        """Tell the core what the transport has counted; it speaks of it when it leaves."""
        counts = self._core.switchboard.counts
        counts.unsent = self._outbox.dropped
        if news := counted(counts, self._endpoint):
            (self._log or sys.stderr).write(f"{news}\n")

    def _tick(self, now_s: float) -> None:
        """Let the core look at the time: soon after anything has changed, and when it wants to."""
        if now_s >= self._count_s:
            self._count_s = now_s + COUNT_EVERY_S
            self._count()
        self._glances.looked(now_s, self._core.tick(now_s))

    def _carry_out(self, patience_s: float = 0.0) -> None:
        if self._outbox.lags:
            self._try_again()
        instructions = deque(self._core.drain(patience_s))
        leaving = []
        while instructions:
            instruction = instructions.popleft()
            if type(instruction) is Outgoing:  # first, as it is by far the most frequent
                leaving.append((instruction.connection, instruction.frames))
                continue
            match instruction:
                case Dial(peer, address):
                    connection = self._endpoint.dial(address)
                    if peer == CONTROLLER:
                        self._to_controller = connection
                    self._core.dialled(peer, connection)
                    instructions += self._core.drain()
                case HangUp(connection):
                    self._endpoint.hang_up(connection)
                case Answered() as answered:
                    self._asking.answered(answered)
                case Leave():
                    self._left = True
        if len(leaving) == 1:
            self._outbox.send(*leaving[0])
        elif leaving:
            self._outbox.send_all(leaving)

    def _try_again(self) -> None:
        """Send what had to wait; sessions of which something was given up begin anew."""
        self._outbox.retry()
        for interrupted in self._outbox.take_interrupted():
            self._core.switchboard.interrupted(interrupted)

    def _perform(self, work: Work) -> None:
        started_ns = self._now_ns()
        self._at_work, self._round = work, work.round
        attempts, failures = 1, 0
        if type(work) is not Handle:  # by far the most frequent, and never repeated
            attempts, failures = attempts_of(work), self._core.failures_of(work)
        if failures:
            self._rest(pause_s(failures))
        for attempt in range(failures + 1, attempts + 1):
            self._attempt = attempt
            try:
                if work.hosted.task.resources.memory:
                    # Outside of all that may be interrupted: what it limits must be given back.
                    limited(self._memory, work.hosted, functools.partial(self._let_work, work))
                else:
                    self._let_work(work)
            except Stopped:
                raise
            except BaseException as error:  # The supervised boundary of a user's task.
                if attempt == attempts or not may_be_repeated(error):
                    self._fail(work, error)
                    return
                if not self._retry(work, error, attempt, attempts):
                    return
            else:
                seconds = (self._now_ns() - started_ns) / SECOND_NS
                self._pace.ran(work, seconds)
                self._core.finish(work, seconds)
                return

    def _answer_next(self) -> bool:
        """Answer the call that has waited longest; False if there is none."""
        work = self._core.next_call()
        if work is None:
            return False
        self._answering.answer(work, self._program_of(work), self._attempt)
        self._carry_out()
        return True

    def _retry(self, work: Work, error: BaseException, failures: int, attempts: int) -> bool:
        """Tell of the failure, and wait before the work is done once more; False if elsewhere."""
        again_in_s = pause_s(failures)
        self._write_down(error)
        stays = self._core.retry(work, error, failures, attempts, again_in_s)
        self._carry_out()
        if stays:
            self._rest(again_in_s)
        return stays

    def _rest(self, pause: float) -> None:
        """Do no work for so many seconds."""
        deadline = self._now_s() + pause
        while (remaining_s := deadline - self._now_s()) > 0:
            self._wait(min(remaining_s, IDLE_S))

    def _wait(self, wait_s: float) -> None:
        """Pump, for code that cannot go on before something comes, unless the run is over."""
        self.pump(wait_s)
        self._check_stop()

    def _let_work(self, work: Work) -> None:
        """Call the user's code as the task whose work it does, and within its time."""
        with self._contexts.entered(work, self._attempt):
            program = self._program_of(work)
            if id(program) not in self._begun and begin(program, work):
                self._begun.add(id(program))
            try:
                timeout_s = work.hosted.task.timeout_s
                if timeout_s is None and type(work) is Handle:  # by far the most frequent
                    self._stopwatch.handle(program, work, self._pusher(work))
                elif timeout_s is None or not isinstance(work, Limited):
                    self._call(program, work, self._pusher(work))
                else:
                    self._call_within(program, work, timeout_s)
                if work.hosted.task.resources.memory:
                    with self._memory.lifted():
                        self._let_leave(work)
                else:
                    self._let_leave(work)
            finally:
                self._stopwatch.tell()

    def _let_leave(self, work: Work) -> None:
        """What the code has pushed leaves, before anything else is done."""
        if isinstance(work, Run):  # of all else nothing is held back
            self._core.let_go()
        self._flush(work)
        if isinstance(work, Invoke):
            self._stand(work)

    def _stand(self, work: Invoke) -> None:
        """Note where a source stands whose timer has been called."""
        if self._core.sources.replays(work):
            program = self._program_of(work)
            assert isinstance(program, Source)
            self._core.sources.stand(work, program.position())

    def _pusher(self, work: Work) -> Push:
        """What takes the values of the work, which has no time limit."""
        if work.hosted.task.resources.memory:
            return functools.partial(self._push, work)
        stage = self._core.stage

        def push(value: object) -> None:  # once for each of them
            if self._stage(work, value) if type(value) in SPECIAL else stage(work, value):
                self._make_room(work)

        return push

    def _push(self, work: Work, value: object) -> None:
        with self._memory.lifted():
            if self._stage(work, value):
                self._make_room(work)

    def _make_room(self, work: Work) -> None:
        """Flush, before more is staged."""
        started_ns = self._now_ns()
        with self._limit.paused():
            self.pump()  # Who drops never waits, and must hear of credit all the same.
            self._check_stop()
            self._flush(work)
        self._stopwatch.paused(self._now_ns() - started_ns)

    def _stage(self, work: Work, value: object) -> bool:
        """Take a value; True if it is time to flush."""
        if isinstance(value, RoundOver):
            self._core.sources.end_round(work)
            return False
        if isinstance(value, Along):
            return self._core.stage(work, value.value, value.link)
        if not isinstance(value, AtOnce):
            return self._core.stage(work, value)
        self._core.stage(work, value.value, value.to)
        return True

    def _push_undisturbed(self, work: Work, value: object) -> None:
        self._limit.check()  # What comes after its time is not accepted.
        with self._limit.held():
            self._push(work, value)

    def _call_within(self, program: Program, work: Limited, timeout_s: float) -> None:
        """Do work whose task has a time limit: a run as a whole, and pushes one by one."""
        push = functools.partial(self._push_undisturbed, work)
        ones: Iterable[Limited] = [work]
        if isinstance(work, Handle):
            ones = (work.only(index) for index in range(len(work.values)))
        for one in ones:
            try:
                with self._limit.within(timeout_s):
                    self._call(program, one, push)
            except TimeIsUp as up:
                late = TimeLimitExceeded(work.hosted.spec.name, timeout_s, caught=up.was_caught)
                raise late.with_traceback(up.__traceback__) from None

    def _program_of(self, work: Work | Respond) -> Program:
        return self._programs[work.hosted.spec.task, work.hosted.spec.candidate]

    def _call(self, program: Program, work: Work, push: Push) -> None:
        """Call the user's code."""
        match work:
            case Handle():
                self._stopwatch.handle(program, work, push)
            case Run() | RunResult():
                self._stopwatch.run(work, lambda: program.run(work, push))
            case Invoke():
                # Only such have timers; to ask each time takes longer than most calls.
                timed = cast("Timed", program)
                self._stopwatch.run(work, lambda: timed.invoke(work, push))
            case Restore(value=state):
                assert isinstance(program, Remembered)
                program.restore(state)
            case Remember():
                assert isinstance(program, Remembered)
                snapshot = program.snapshot()
                with self._memory.lifted():
                    self._core.remember(work, snapshot)
            case Produce():
                assert isinstance(program, Source)
                self._drawing.produce(work, program)

    def _fail(self, work: Work, error: BaseException) -> None:
        self._core.measures.failed(work)
        told = self._at_hand.told_of(work, self._program_of(work))
        self._core.fail(work, error, self._write_down(error), told)

    def _write_down(self, error: BaseException) -> str:
        """What the user's code raised, as it now is in the log too."""
        text = error.traceback if isinstance(error, ScriptRaised) else users_traceback(error)
        text = self._redaction.end(text)
        (self._log or sys.stderr).write(text if text.endswith("\n") else f"{text}\n")
        return self._redaction.end(details_of(error))

    def _flush(self, work: Work) -> None:
        if not self._core.has_staged:
            return
        now_s = self._now_s()
        timeout_s = self._core.wiring.topology.limits.push_timeout_s
        deadline = now_s + timeout_s
        while not self._core.flush(work, now_s):
            self._stopwatch.tell()  # who waits may be told to leave
            waited_s = self._now_s()
            self._wait(IDLE_S)
            now_s = self._now_s()
            self._core.measures.blocked(now_s - waited_s)
            if now_s > deadline:
                raise PushTimedOut(work.hosted.spec.name, timeout_s)
        if not self._holds:
            self._carry_out(CONFIRM_EVERY_S)

    def _check_stop(self) -> None:
        if self._left:
            raise Stopped
