"""Tasks that were ended with their processes, for their time, as the core decides."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import DaemonLost, Happening, InstanceRetried
from swarmdsl.control.instructions import Instruction, Note, SendRoster, Tell
from swarmdsl.control.journal import TimeExceeded, decode_record, encode_record
from swarmdsl.control.last_words import LAST_WORDS_BYTES_MAX
from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.control.supervision import StartAgain
from swarmdsl.daemon.reports import WorkConfirmed, WorkStarted
from swarmdsl.topology.model import Limits, Topology
from tests.handmade import link, task, topology

WORKER, OTHER = "worker@n1#0", "worker@n2#0"
DUMP = (
    "noise of its own\n"
    "Timeout (0:00:05.500000)!\n"
    "Thread 0x00007f0000000000 (most recent call first):\n"
    '  File "ask.py", line 7 in wait\n'
    '  File "ask.py", line 9 in ask'
)


def swarm(retries: int = 0, *, elsewhere: bool = False, timeout_s: float | None = 0.5) -> Topology:
    spec, code = task("ask", nodes=["n1", "n2"], count=1)
    spec = replace(
        spec, method="any", retries=retries, timeout_s=timeout_s, retries_elsewhere=elsewhere
    )
    return topology([(spec, code)], [link("ask")], limits=Limits(restarts=1), max_iteration=2)


class Bench:
    """A core whose task is at work, and what it has given."""

    def __init__(self, swarm: Topology) -> None:
        self.swarm = swarm
        self.core = ControlCore(swarm, "r")
        self.given: list[Instruction] = []
        for daemon in (WORKER, OTHER):
            self.core.connected(daemon)
        self.now_s = 0.0
        self.begin()

    def begin(self, daemon: str = WORKER) -> None:
        instance = daemon.replace("worker", "ask")
        self.core.reported(daemon, WorkStarted(instance, self.core.round))

    def end(self, exit_code: int = 1, words: str = DUMP, daemon: str = WORKER) -> None:
        self.core.exited(daemon, exit_code, None, self.now_s, words)

    def come_back(self, daemon: str = WORKER) -> None:
        """The next process of the daemon begins the work."""
        self.now_s += 10.0
        self.core.tick(self.now_s)
        self.core.connected(daemon)
        self.begin(daemon)

    def collect(self) -> list[Instruction]:
        self.given += self.core.drain()
        return self.given

    @property
    def told(self) -> list[Happening]:
        tells = (one.happening for one in self.collect() if isinstance(one, Tell))
        return [one for one in tells if isinstance(one, InstanceRetried | DaemonLost)]

    @property
    def text(self) -> str:
        assert self.core.reason is not None
        return self.core.reason.text


def test_the_reason_names_the_task_its_round_and_its_timeout_and_shows_where_it_was() -> None:
    bench = Bench(swarm())
    bench.end()
    assert bench.core.state is RunState.FAILED
    assert bench.core.reason is not None
    assert bench.core.reason.kind is ReasonKind.TASK_FAILED
    assert bench.text.startswith(
        "ask@n1#0 in round 0 took more than its timeout of 0.5 s and did not let itself be "
        "interrupted, so its process was ended; "
    )
    assert bench.core.reason.details.splitlines() == [
        "Traceback (most recent call last):",
        '  File "ask.py", line 9, in ask',
        '  File "ask.py", line 7, in wait',
        "TimeLimitExceeded: it did not let itself be interrupted, so its process was ended",
    ]


def test_the_push_that_it_was_at_is_told_if_that_is_known() -> None:
    bench = Bench(swarm())
    bench.core.exited(WORKER, 1, None, 0.0, DUMP, "at push 17 of camera@n1#0")
    assert "its process was ended; at push 17 of camera@n1#0; mind an `except`" in bench.text


def test_it_is_tried_as_often_as_its_retries_say_whatever_a_lost_daemon_may() -> None:
    bench = Bench(swarm(retries=3))
    for _ in range(3):
        bench.end()
        bench.come_back()
    assert bench.core.state is RunState.RUNNING
    assert [
        (one.failures, one.attempts, one.again_in_s)
        for one in bench.told
        if isinstance(one, InstanceRetried)
    ] == [(1, 4, 0.1), (2, 4, 0.2), (3, 4, 0.4)]
    bench.end()
    assert "(attempt 4 of 4)" in bench.text
    assert not any(isinstance(one, DaemonLost) for one in bench.told)


def test_the_next_process_says_why_it_is_started() -> None:
    bench = Bench(swarm(retries=1))
    bench.end()
    bench.come_back()
    [start] = [one for one in bench.collect() if isinstance(one, StartAgain)]
    assert start.cause == "the time of its task was up"


def test_a_round_later_it_has_all_its_attempts_again() -> None:
    bench = Bench(swarm(retries=1))
    bench.end()
    bench.come_back()
    bench.core.reported(WORKER, WorkConfirmed("ask@n1#0", 0))
    [channel] = bench.core.open_ends_of(WORKER)
    bench.core.ended(channel, 0)
    bench.core.proceed()
    bench.begin()
    bench.end()
    assert bench.core.state is RunState.RUNNING


def test_one_that_may_go_elsewhere_goes_and_its_last_attempt_tells_of_all() -> None:
    bench = Bench(swarm(retries=1, elsewhere=True))
    bench.end()
    rosters = [one.members for one in bench.collect() if isinstance(one, SendRoster)]
    assert [members[0] for members in rosters] == [[0], [1]]
    [retried] = [one for one in bench.told if isinstance(one, InstanceRetried)]
    assert (retried.node, retried.failures) == ("n2", 1)
    bench.begin(OTHER)
    bench.end(daemon=OTHER)
    assert bench.core.state is RunState.FAILED
    assert bench.text.startswith("ask@n2#0 in round 0 took more than its timeout of 0.5 s")
    assert "before, attempt 1 on n1: TimeLimitExceeded: it did not let" in bench.text


def test_other_ends_are_losses_of_the_daemon() -> None:
    for exit_code, words in ((1, "nothing of the kind"), (70, DUMP)):
        bench = Bench(swarm(retries=3))
        bench.end(exit_code, words)
        assert isinstance(bench.told[0], DaemonLost)
    bench = Bench(swarm(retries=3, timeout_s=None))
    bench.end()
    assert isinstance(bench.told[0], DaemonLost)


def test_another_controller_knows_how_often_it_has_failed() -> None:
    bench = Bench(swarm(retries=1))
    bench.end()
    records = [one.record for one in bench.collect() if isinstance(one, Note)]
    assert TimeExceeded(0, 0) in records
    kept = [decode_record(encode_record(record)) for record in records]
    bench.core = ControlCore.recovered(bench.swarm, "r", kept)
    bench.core.resume({OTHER}, bench.now_s)
    bench.come_back()
    bench.end()
    assert bench.core.state is RunState.FAILED
    assert "(attempt 2 of 2)" in bench.text


def test_a_stack_that_is_deep_does_not_hide_whose_time_was_up() -> None:
    deep = "\n".join(f'  File "{"deep" * 50}.py", line {line} in f' for line in range(100))
    bench = Bench(swarm())
    bench.end(words=f"{DUMP}\n{deep}"[-LAST_WORDS_BYTES_MAX:])
    assert "ask@n1#0 in round 0 took more than its timeout" in bench.text
