"""How a run ended, and the handle of one that another process looks after.

As `swarmdsl.api` does, this module names the runtime and loads it when it is first used.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from swarmdsl.errors import RunFailed, RunNotEnded
from swarmdsl.light.calls import CALL_TIMEOUT_S

if TYPE_CHECKING:
    from swarmdsl.control.launch import LaunchOptions
    from swarmdsl.control.records import RunRecord
    from swarmdsl.control.state import Reason, RunState
    from swarmdsl.control.stored_run import StoredRun
    from swarmdsl.stats.summary import RunStatistics

_STATE = "swarmdsl.control.state:RunState"
_RECORDED_REASON = "swarmdsl.control.state:recorded_reason"
_ASK_TO_STOP = "swarmdsl.control.commanding:ask_to_stop"
_AWAIT_END = "swarmdsl.control.commanding:await_end"
_KILL = "swarmdsl.control.commanding:kill"
_CALL = "swarmdsl.control.asking:call"
_DESCRIBE = "swarmdsl.control.descriptions:describe"
_PATIENCE = "swarmdsl.control.waiting:Patience"
_MIMEBUNDLE = "swarmdsl.pictures.of_runs:mimebundle_of"

STOP_TIMEOUT_S = 60.0  # for a round to finish
AWAIT_SLICE_S = 1.0  # how long a thread goes on waiting for who no longer awaits the run


class Run:
    """How a run ended, and what it left: its value, its results, its globals.

    Attributes:
        id: names the run; `swarm results ID` shows it later.
        state: COMPLETED, FAILED or STOPPED.
        reason: why; its text is a sentence.
        folder: where the run is kept: `run.sqlite`, `topology.toml`, `logs/`.

    >>> from swarmdsl import Swarm, Task, module
    >>> from swarmdsl.light import Results
    >>> @module
    ... def count(word: str, results: Results) -> int:
    ...     results.add("letters", sorted(word))
    ...     return len(word)
    >>> class Count(Swarm):
    ...     def execute(self):
    ...         return Task(count, inputs={"word": "swarm"})
    >>> run = Count().run()
    >>> run.state.value, run.reason.text, run.value
    ('COMPLETED', '1 round finished', 5)
    >>> run.results() == run.results("letters"), run.results()[0]["value"]
    (True, ['a', 'm', 'r', 's', 'w'])
    """

    def __init__(self, stored: StoredRun, state: RunState, reason: Reason) -> None:
        self._stored = stored
        self.id = stored.folder.id
        self.state = state
        self.reason = reason
        self.folder = stored.folder.path

    @property
    def value(self) -> Any:
        """What the last task returned in its last round; by alias, if there are several.

        A task on several nodes gives a list, in node order.

        Raises:
            RunFailed: the run did not complete.
        """
        if self.state.name != "COMPLETED":
            text = f"{self.reason.text}\n{self.reason.details}".rstrip()
            raise RunFailed(self.id, self.state.name, text)
        return self._stored.value()

    def results(
        self, tag: str | None = None, *, iteration: int | None = None
    ) -> list[dict[str, Any]]:
        """The results as they were added, all or those under a tag, of all rounds or of one.

        Each has its tag, node, task, iteration and value.
        """
        return self._stored.results(tag, iteration)

    @property
    def globals(self) -> dict[str, Any]:
        """The values that the tasks shared, as the run left them."""
        return self._stored.globals()

    @property
    def stats(self) -> RunStatistics:
        """What was measured: computing times, waits, round trips, pushes, bytes and losses."""
        return self._stored.statistics()

    def wait(self, timeout: float | None = None) -> Run:
        """This run, at once, as it has ended: whoever has either kind of run may wait for it.

        Args:
            timeout: of a run in the background; here nothing is waited for.
        """
        return self

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.state.name}: {self.reason.text}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What a notebook shows of a run: its graph with what went over it, and what it took."""
        return _shown(self._stored, f"run {self.id} {self.state.name}: {self.reason.text}")


class BackgroundRun:
    """A run that another process looks after: asked, called, waited for, or ended from here.

    It goes on when this process ends; `swarm ps` finds it then. Every question is answered by the
    files of the run, so it may be asked from any thread, and inside a running event loop, where
    `await run` waits for its end without holding the others up, and gives what `wait()` gives.

    Attributes:
        id: names the run, for `swarm status ID` and the like.
        folder: where it is kept.

    >>> from swarmdsl import Swarm, Task, module
    >>> @module
    ... def count(word: str) -> int:
    ...     return len(word)
    >>> class Count(Swarm):
    ...     def execute(self):
    ...         return Task(count, inputs={"word": "swarm"})
    >>> run = Count().run(background=True)
    >>> run.wait(timeout=60).value, run.state.value
    (5, 'COMPLETED')
    """

    def __init__(self, stored: StoredRun, options: LaunchOptions) -> None:
        self._stored = stored
        self._options = options
        self.id = stored.folder.id
        self.folder = stored.folder.path

    @property
    def state(self) -> RunState:
        """Where it stands; FAILED, too, if the process that looked after it died."""
        found: RunState = pkgutil.resolve_name(_STATE)(self._stored.record().state)
        return found

    @property
    def reason(self) -> Reason | None:
        """Why it ended, or was lost, as `Run.reason`; None as long as it goes on."""
        record = self._stored.record()
        if not pkgutil.resolve_name(_STATE)(record.state).final:
            return None
        return self._ended_as(record).reason

    def wait(self, timeout: float | None = None) -> Run:
        """How it ended, once it has.

        Args:
            timeout: seconds; by default there is no limit.

        Raises:
            RunNotEnded: it goes on after this time; it is a `TimeoutError` too.
        """
        patience = pkgutil.resolve_name(_PATIENCE)()
        if not pkgutil.resolve_name(_AWAIT_END)(self._stored.folder, timeout, patience):
            raise RunNotEnded(self.id, f"it was waited for during {timeout:g} s, and goes on")
        return self._ended()

    def __await__(self) -> Generator[Any, None, Run]:
        return self._awaited().__await__()

    async def _awaited(self) -> Run:
        import asyncio

        while True:
            with suppress(RunNotEnded):
                return await asyncio.to_thread(self.wait, AWAIT_SLICE_S)

    def stop(self, timeout: float = STOP_TIMEOUT_S) -> Run:
        """Ask for no further round, and wait until the one that runs has finished.

        Raises:
            RunNotEnded: the round goes on after this time; the run will end with it.
            RunUnreachable: the process that looked after it died.
        """
        if not self._stored.has_ended():
            patience = pkgutil.resolve_name(_PATIENCE)()
            pkgutil.resolve_name(_ASK_TO_STOP)(self._stored.folder, patience)
        return self.wait(timeout)

    def kill(self) -> Run:
        """End it at once, in the middle of a round; how it ended."""
        patience = pkgutil.resolve_name(_PATIENCE)()
        pkgutil.resolve_name(_KILL)(self._stored.folder, self._options, patience)
        return self._ended()

    def call(
        self,
        alias: str,
        method: str,
        /,
        *arguments: object,
        timeout: float = CALL_TIMEOUT_S,
        node: str | None = None,
        **keywords: object,
    ) -> Any:
        """Call a method of a daemon module, marked with `@call`, and wait for what it returns.

        It is answered between two pushes that the daemon handles, and carried out once or not at
        all. What it returns comes as plain data, and as arrays.

        Args:
            alias: of the daemon module's task.
            method: its name.
            arguments: handed to the method, as `keywords` are; each of a type that can travel.
            timeout: seconds; how long to wait for the answer.
            node: which of several instances.
            keywords: a parameter named `timeout` or `node` is given by position.

        Raises:
            RunUnreachable: the run has ended, or nobody looks after it.
            CallFailed: there is no such daemon or method, it refused the arguments, it raised, its
                process died, or there are several instances and no `node` is named.
            CallTimedOut: a `CallFailed`: no answer in time. The method may have been called.
            EncodeError: an argument cannot travel.
        """
        return pkgutil.resolve_name(_CALL)(
            self._stored,
            alias,
            method,
            arguments,
            keywords,
            node=node,
            timeout_s=timeout,
            patience=pkgutil.resolve_name(_PATIENCE)(),
        )

    def describe(self) -> dict[str, dict[str, Any]]:
        """What each task takes, yields and answers, by alias: what `swarm describe` shows.

        Daemon modules that are up are asked, ten seconds at most for all of them.
        """
        patience = pkgutil.resolve_name(_PATIENCE)()
        described: dict[str, dict[str, Any]] = pkgutil.resolve_name(_DESCRIBE)(
            self._stored, patience
        )
        return described

    @property
    def value(self) -> Any:
        """As `Run.value`, of a run that has ended.

        Raises:
            RunNotEnded: it has not.
            RunFailed: it did not complete.
        """
        if not self.state.final:
            raise RunNotEnded(self.id, "it has no value yet; `wait()` waits for it")
        return self._ended().value

    def results(
        self, tag: str | None = None, *, iteration: int | None = None
    ) -> list[dict[str, Any]]:
        """As `Run.results`: those that have been added by now."""
        return self._stored.results(tag, iteration)

    @property
    def globals(self) -> dict[str, Any]:
        """As `Run.globals`: the values as they stand."""
        return self._stored.globals()

    @property
    def stats(self) -> RunStatistics:
        """As `Run.stats`: what the daemons have told by now, each second while they work."""
        return self._stored.statistics()

    def _ended(self) -> Run:
        return self._ended_as(self._stored.record())

    def _ended_as(self, record: RunRecord) -> Run:
        reason: Reason = pkgutil.resolve_name(_RECORDED_REASON)(record.reason_kind, record.reason)
        return Run(self._stored, pkgutil.resolve_name(_STATE)(record.state), reason)

    def __repr__(self) -> str:
        return f"<BackgroundRun {self.id} {self.state.name}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What a notebook shows of it: as of a `Run`, with what has been told by now."""
        return _shown(self._stored, f"run {self.id} {self.state.name}, in the background")


def _shown(stored: StoredRun, title: str) -> dict[str, str]:
    mimebundle: Callable[..., dict[str, str]] = pkgutil.resolve_name(_MIMEBUNDLE)
    return mimebundle(title, stored.executed.topology, stored.statistics())
