"""Calls on their way to daemon modules, from tasks and from outside the run. Pure state.

A call is said to its daemon once on each of its connections, and the daemon carries it out once at
most. It ends by an answer, by the death of the process that it was said to, or by its time: whoever
asked is told exactly one of them (rule 30). Nothing here repeats a call to another process.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from swarmdsl.daemon.reports import CALLS_WAITING_MAX, INVOKE
from swarmdsl.errors import CallFailed
from swarmdsl.topology.expand import InstanceSpec

NUMBERS_PER_CONTROLLER = 2**40  # the next controller's numbers are all higher
LOST = (
    "the process of {} died before it had answered; whether the call was carried out is not known, "
    "and it is not repeated"
)
GONE = "the call was not carried out: {} is missing, its daemon {} is lost for good"
LATE = "no answer from {} within {:g} s{}; whether the call was carried out is not known"


class FromTask(NamedTuple):
    """Who called: an instance of the run, by the call of its daemon's process.

    Attributes:
        peer: the daemon.
        incarnation: of its process.
        number: of the call there.
        instance: that called.
        iteration: in which round.
        effect: the name of the call within both; see `Call`.
    """

    peer: str
    incarnation: int
    number: int
    instance: str
    iteration: int
    effect: str


class FromOutside(NamedTuple):
    """Who called: another process, by the token of its question."""

    token: str


Caller = FromTask | FromOutside


class Ask(NamedTuple):
    """Say this to a daemon that is connected."""

    number: int
    daemon: str
    instance: str
    method: str
    arguments: bytes


class Withdraw(NamedTuple):
    """Tell a daemon that a call is not to be begun any more."""

    number: int
    daemon: str


class Verdict(NamedTuple):
    """Tell whoever called: the answer as it came, or what is wrong.

    Attributes:
        caller: who is told.
        answer: of the daemon; None if there is none.
        problem: what the daemon or the relay has to say instead.
        late_s: the time within which there was no answer; 0 if it is not that.
    """

    caller: Caller
    answer: bytes | None = None
    problem: bytes | str = ""
    late_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Flight:
    caller: Caller
    target: InstanceSpec
    method: str
    arguments: bytes
    timeout_s: float
    due_s: float
    said: bool = False
    why: str = ""  # it is not answered, if that is known already


class Relay:
    """The calls that are under way.

    Args:
        controllers_before: how many controllers the run had before this one.
    """

    def __init__(self, controllers_before: int) -> None:
        self._next = controllers_before * NUMBERS_PER_CONTROLLER
        self._flights: dict[int, _Flight] = {}
        self._incarnations: dict[str, int] = {}
        self._out: list[Ask | Withdraw | Verdict] = []

    def take(self) -> list[Ask | Withdraw | Verdict]:
        """What is to be said since the last call, in order."""
        out, self._out = self._out, []
        return out

    def begin(
        self,
        caller: Caller,
        target: InstanceSpec,
        arguments: bytes,
        timeout_s: float,
        now_s: float,
        method: str = INVOKE,
    ) -> None:
        """Take a call to an instance; it is said as soon as its daemon is connected.

        Raises:
            CallFailed: the instance calls itself, or too many calls wait there.
        """
        if isinstance(caller, FromTask) and caller.instance == target.name:
            raise CallFailed(target.name, "a daemon cannot call itself; use `self.method(...)`")
        if len(list(self._at(target.daemon))) >= CALLS_WAITING_MAX:
            raise CallFailed(target.name, f"{CALLS_WAITING_MAX} calls wait for it already")
        self._next += 1
        self._flights[self._next] = _Flight(
            caller=caller,
            target=target,
            method=method,
            arguments=arguments,
            timeout_s=timeout_s,
            due_s=now_s + timeout_s,
        )
        if target.daemon in self._incarnations:
            self._say(self._next)

    def is_under_way(self, caller: FromTask) -> bool:
        """Whether this very call is under way; its answer then goes to whoever asked last."""
        for flight in self._flights.values():
            known = flight.caller
            if isinstance(known, FromTask) and known[3:] == caller[3:]:
                flight.caller = caller
                return True
        return False

    def _at(self, daemon: str) -> Iterator[int]:
        return (number for number, one in self._flights.items() if one.target.daemon == daemon)

    def _say(self, number: int) -> None:
        one = self._flights[number]
        one.said = True
        self._out.append(Ask(number, one.target.daemon, one.target.name, one.method, one.arguments))

    def answered(self, daemon: str, number: int, payload: bytes, *, ok: bool) -> bool:
        """A daemon has answered; False if nobody waits for that."""
        flight = self._flights.get(number)
        if flight is None or flight.target.daemon != daemon:
            return False
        del self._flights[number]
        if ok:
            self._out.append(Verdict(flight.caller, answer=payload))
        else:
            self._out.append(Verdict(flight.caller, problem=payload))
        return True

    def connected(self, daemon: str, incarnation: int) -> None:
        """A daemon has introduced itself: what was said on its last connection may be lost."""
        if self._incarnations.get(daemon, incarnation) != incarnation:
            self.lost(daemon)
        self._incarnations[daemon] = incarnation
        for number in self._at(daemon):
            self._say(number)

    def lost(self, daemon: str) -> None:
        """The process of a daemon has ended: what was said to it is lost, the rest waits."""
        self._incarnations.pop(daemon, None)
        for number in list(self._at(daemon)):
            flight = self._flights[number]
            if flight.said:
                del self._flights[number]
                self._out.append(Verdict(flight.caller, problem=LOST.format(flight.target.name)))

    def give_up(self, daemons: Collection[str]) -> None:
        """These daemons are lost for good: what waits for another process of theirs is refused."""
        if not daemons:
            return
        for number, flight in list(self._flights.items()):
            if flight.target.daemon in daemons:
                del self._flights[number]
                problem = GONE.format(flight.target.name, flight.target.daemon)
                self._out.append(Verdict(flight.caller, problem=problem))

    def tick(self, now_s: float) -> float:
        """Give up what has taken its time; returns when the next one will have."""
        late = [number for number, one in self._flights.items() if one.due_s <= now_s]
        told = [(self._flights[number], self._why(self._flights[number])) for number in late]
        for number, (flight, why) in zip(late, told, strict=True):
            del self._flights[number]
            if flight.said:
                self._out.append(Withdraw(number, flight.target.daemon))
            problem = LATE.format(flight.target.name, flight.timeout_s, why)
            self._out.append(Verdict(flight.caller, problem=problem, late_s=flight.timeout_s))
        return min((one.due_s for one in self._flights.values()), default=math.inf)

    def _why(self, flight: _Flight) -> str:
        """What is known of the reason for which a call was not answered."""
        if not flight.said:
            return ": its process has not connected, after one that died"
        if flight.why:
            return flight.why
        chain = self._chain(flight)
        if isinstance(flight.caller, FromTask) and chain[-1] == flight.caller.instance:
            why = f": each of these waits for the next: {' -> '.join([chain[-1], *chain])}"
            for one in self._flights.values():  # The others are told the same, when it is over.
                if isinstance(one.caller, FromTask) and one.caller.instance in chain:
                    one.why = why
            return why
        if len(chain) > 1:
            return f": it waits itself for an answer of {' -> '.join(chain[1:])}"
        return ": it is at work on something else, or the method takes longer"

    def _chain(self, flight: _Flight) -> list[str]:
        """Who is called by whom, from this call on, up to one that calls nobody or began it."""
        calls = {
            one.caller.instance: one.target.name
            for one in self._flights.values()
            if isinstance(one.caller, FromTask)
        }
        chain = [flight.target.name]
        while (called := calls.get(chain[-1])) is not None and called not in chain:
            chain.append(called)
        return chain

    def close(self, why: str) -> None:
        """The run is over; nobody is answered any more."""
        for flight in self._flights.values():
            self._out.append(Verdict(flight.caller, problem=why))
        self._flights.clear()
