"""An instance that runs once for each value of some of its inputs (rule 8)."""

from __future__ import annotations

from typing import Any

from swarmdsl.daemon.instance import NEVER, Gathering
from swarmdsl.daemon.packed import bind
from swarmdsl.daemon.wiring import UNMOVED, Hosted, Members, Seating, Wiring
from swarmdsl.daemon.work import Finish, RunResult
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet


class PerResult(Gathering):
    """A function's or script's instance with inputs whose condition is `result`.

    It gathers its other inputs, and once these are complete it runs for each result that has come,
    in order of arrival, and for each that comes. A run sees all of the other inputs, new ones each
    time. They are confirmed at the end of the round; a result when what came of its run is.

    Results that wait for the other inputs are taken from the inbox as they come: the source may
    have to go on before those inputs can ever be complete. Afterwards one is taken for each run,
    so credit tells how busy the instance is.

    If one of those other inputs comes from its pair, and that is lost, it does not run: the results
    are taken as they come, and confirmed with all else at the end of the round.
    """

    def __init__(self, hosted: Hosted, wiring: Wiring) -> None:
        super().__init__(hosted, wiring)
        self._each = {link for link in hosted.inputs if wiring.link(link).condition == "result"}
        self._others: dict[ChannelKey, tuple[Inlet, int]] = {}

    def start_round(
        self,
        number: int,
        revision: int,
        members: Members,
        seating: Seating = UNMOVED,
        *,
        done: bool = False,
    ) -> bool:
        """This instance is in the roster of the round; False if that is no news."""
        if number > self.round:
            self._others = {}
        return super().start_round(number, revision, members, seating, done=done)

    def forget(self, peer: str) -> None:
        """A peer was started anew: what was gathered from its former process comes again."""
        super().forget(peer)
        self._others = {key: end for key, end in self._others.items() if end[0].peer != peer}

    def takes_at_once(self, key: ChannelKey) -> bool:
        """Whether pushes that come on a channel now are taken from the inbox as they come."""
        if key.link not in self._each or self._lacks_pair():
            return True
        if len(self._each) == len(self.hosted.inputs):
            return False
        over = not self.running or self._ended.get(key, NEVER)[1] >= self.round
        return over or not self._complete()

    def take_void(self) -> list[tuple[Inlet, int]]:
        """The results that wait although it does not run."""
        if not self._lacks_pair():
            return []
        waiting = [one for queue in self._queues.values() for one in queue if not one.taken]
        for batch in waiting:
            batch.taken = True
        return [(one.inlet, len(one.values)) for one in waiting if one.values]

    def _lacks_pair(self) -> bool:
        """Whether what all of its runs see comes from a pair that is lost."""
        others = [one for link, one in self._sources.items() if self._is_other_pair(link)]
        return not all(others)

    def _is_other_pair(self, link: int) -> bool:
        return link not in self._each and self._is_pair(link)

    def _complete(self) -> bool:
        """Whether all that is no result is there."""
        others = [key for key in self._awaited if key.link not in self._each]
        return all(self._ended.get(key, NEVER)[1] >= self.round for key in others)

    def next_work(self) -> RunResult | Finish | None:
        """The run for the oldest result; when each has had its own, the end of the round."""
        if self._lacks_pair():
            return self._finish_unused()
        if not self.running or not self._complete():
            return None
        for key in self._awaited:
            if key.link not in self._each and key not in self._others:
                self._others[key] = self._take_round(key, {})
        results = [key for key in self._awaited if key.link in self._each]
        waiting = [key for key in results if (queue := self._queue(key)) and queue[0].decode]
        if waiting:
            return self._run(min(waiting, key=lambda key: self._queues[key][0].arrival))
        if not self._all_ended():
            return None
        self.running = False
        ends = [self._queues[key].popleft() for key in results]
        consumed = dict(self._others.values()) | {end.inlet: end.upto for end in ends}
        return Finish(self.hosted, self.round, consumed)

    def _finish_unused(self) -> Finish | None:
        """The end of a round in which it does not run, once all that came for it has come."""
        if not self.running or not self._all_ended():
            return None
        self.running = False
        kept = {key: end for key, end in self._others.items() if key in self._awaited}
        unused = (self._take_round(key, {}) for key in self._awaited if key not in kept)
        return Finish(self.hosted, self.round, dict(kept.values()) | dict(unused))

    def _run(self, key: ChannelKey) -> RunResult:
        batch = self._queues[key][0]
        value = batch.values.pop(0)
        upto = batch.upto - len(batch.values)
        if not batch.values:
            self._queues[key].popleft()
        arguments: dict[str, Any] = {}
        for link, sources in self._sources.items():
            if link not in self._each:
                kept = [value for one in sources for value in self._kept(one)]
                bind(self._wiring.link(link), kept, arguments)
        port = self._wiring.link(key.link).port
        assert port is not None, "a result has a port"
        arguments[port] = value
        consumed, waits = {batch.inlet: upto}, ((batch.came_s, 1),)
        return RunResult(self.hosted, self.round, arguments, consumed, not batch.taken, waits)
