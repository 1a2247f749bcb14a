"""From the values that came of a piece of work to batches on its links' channels."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import cycle
from types import MappingProxyType
from typing import Any, Protocol

from swarmdsl.daemon import marks
from swarmdsl.daemon.fused_program import NUMBER_BYTES, NUMBERED
from swarmdsl.daemon.held import Held, Parcel, Sealed, held_for
from swarmdsl.daemon.keys import KeyOf
from swarmdsl.daemon.policies import Balanced, Broadcast, ByKey, Chunk, InTurn, Staged
from swarmdsl.daemon.refusals import refused
from swarmdsl.daemon.rendezvous import Rendezvous
from swarmdsl.daemon.ways import Ways
from swarmdsl.daemon.wiring import Route, Wiring
from swarmdsl.daemon.work import Completed, Handle, Invoke, Produce, Run, Work
from swarmdsl.errors import ContentsWrong, DestinationUnknown, PushRefused, ValueTooLarge
from swarmdsl.topology.model import RUN, Limits
from swarmdsl.wire.appending import DUE, ENDED
from swarmdsl.wire.batch import BatchEncoder
from swarmdsl.wire.contents import contents_of
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.types import is_decided_by_class, matcher, type_of_value

Routes = Mapping[int, Sequence[Route]]
Add = Callable[[object], bool]


class Stage(Protocol):
    """Takes a value that came of the work, as `Outputs.stage` does."""

    def __call__(self, work: Work, value: object, to: str | int | None = None) -> bool:
        """Whether it must be flushed before more is staged."""


def chunk_of(limits: Limits) -> Chunk:
    """What may leave together: what fits every bound at once.

    >>> chunk_of(Limits(inbox_messages=8)).values
    8
    """
    values = min(limits.batch_messages, limits.inbox_messages, limits.unconfirmed_messages)
    return Chunk(values, limits.push_bytes)


def by_seat(routes: Sequence[Route]) -> list[Route]:
    """Routes by the names of the places that they lead to, whoever is there."""
    return sorted(routes, key=lambda route: route.seat)


class Outputs:
    """What the work at hand pushes: staged by link as it comes, then sent in batches.

    One piece of work is at hand at a time: a daemon does one thing after another.

    Attributes:
        staged_count: of the values that are staged.
    """

    def __init__(
        self,
        wiring: Wiring,
        switchboard: Switchboard,
        annotations: Mapping[int, Any],
        keys: Mapping[int, KeyOf] = MappingProxyType({}),
    ) -> None:
        self.chunk = chunk_of(wiring.topology.limits)._replace(keep=switchboard.keep)
        self._wiring = wiring
        self._switchboard = switchboard
        self._ways = Ways(wiring, switchboard)
        self._accepts = {link: matcher(kind) for link, kind in annotations.items()}
        self._by_class = all(is_decided_by_class(kind) for kind in annotations.values())
        # Of the one link that takes all of a class, and of those that are named by position.
        self._adds: dict[type | str | int, Add] = {}
        self._alike: dict[type, BatchEncoder] = {}  # likewise, if all receivers get the same
        kinds = {id(kind): kind for kind in annotations.values()}  # thousands may have one
        chunks = {
            number: self.chunk._replace(
                contents=contents_of(kind),
                value_bytes=self.chunk.value_bytes + NUMBER_BYTES * (kind is NUMBERED),
            )
            for number, kind in kinds.items()
        }
        self._chunks = {link: chunks[id(kind)] for link, kind in annotations.items()}
        self._keys = keys
        self._choosers: dict[int, tuple[Sequence[Route], Rendezvous]] = {}
        self._turns: dict[int, tuple[Sequence[Route], Iterator[int]]] = {}
        self._passed: AbstractSet[ChannelKey] = frozenset()
        self._routes: Routes = {}
        self._moved: dict[ChannelKey, Route] = {}
        self._dropped: set[ChannelKey] = set()
        self._lost: set[ChannelKey] = set()
        self._staged: dict[int, Staged] = {}
        self.staged_count = 0
        self._full = False
        self._flushed = 0  # values of the work at hand that have been pushed
        self._skipped = 0  # values that an attempt before has pushed
        self._round = -1
        self._held: Held | None = None  # where the work at hand may be done elsewhere
        self._marks: dict[ChannelKey, int] = {}
        self._name = ""  # of the instance at work
        self._pushed: dict[str, int] = {}
        self._seconds: dict[str, float] = {}

    def begin(
        self, work: Work, routes: Routes, passed: AbstractSet[ChannelKey] = frozenset()
    ) -> None:
        """A new piece of work starts, of an instance with these routes.

        Args:
            work: that starts.
            routes: per link, the channels that it may push to.
            passed: those whose receivers take nothing more in this round.
        """
        if not self._goes_on(work, routes):
            self._unstage()
        self._routes = routes
        self._passed = passed
        if isinstance(work, Run | Produce):
            for link in work.hosted.outputs:  # Done again, it deals as it did the first time.
                self._turns.pop(link, None)
        self._marks = {}
        self._moved, self._dropped, self._lost = {}, set(), set()
        self._skipped = self._flushed = self.staged_count = 0
        self._full = False
        self._round = work.round
        self._name = work.hosted.spec.name
        self._pushed.setdefault(self._name, 0)
        if type(work) is Handle:  # by far the most frequent, and never held
            self._held = None
        else:
            self._held = held_for(work, routes, self._wiring.topology.limits)
        if isinstance(work, Completed):
            self._pushed[self._name] += work.pushed
            self._seconds[self._name] = work.seconds

    def _goes_on(self, work: Work, routes: Routes) -> bool:
        """Whether a method pushes where the one before pushed: then its empty batches serve."""
        same = isinstance(work, Handle | Invoke) and routes is self._routes
        if not same or self._moved or self._dropped or self._skipped:
            return False
        for staged in self._staged.values():
            if not isinstance(staged, Broadcast) or not staged.lasting or staged.batch.count:
                return False  # also of what a push left that failed
        return True

    def move(self, route: Route, other: Route, offset: int) -> None:
        """The receiver of a route is gone for good, and another one takes its place."""
        self._moved = {
            key: other if new.key == route.key else new for key, new in self._moved.items()
        }
        self._moved[route.key] = other
        marks.move(self._marks, route.key, other.key, offset)

    def drop(self, route: Route, *, lost: bool) -> None:
        """The receiver of a route is gone for good, and nobody takes its place.

        `lost` says that it was not done with the round.
        """
        self._dropped.add(route.key)
        if lost:
            self._lost.add(route.key)
        self._marks.pop(route.key, None)

    def _present(self, planned: Sequence[Route]) -> Sequence[Route]:
        """Where pushes of these routes go by now."""
        if self._moved:
            planned = [self._moved.get(one.key, one) for one in planned]
        return [one for one in planned if not one.absent and one.key not in self._dropped]

    def _count_orphaned(self, link: int, count: int, planned: Sequence[Route]) -> None:
        """So many values were not pushed where the receiver is lost."""
        present = planned
        if self._moved:
            present = [self._moved.get(one.key, one) for one in planned]
        lost = sum([one.lost or one.key in self._lost for one in present])
        if not planned and self._wiring.link(link).policy == "pair":
            lost = 1  # The other of the pair was lost in an earlier round.
        if lost:
            self._switchboard.terms.counts(link).orphaned += lost * count

    @property
    def staged(self) -> bool:
        """Whether something waits to be flushed."""
        return bool(self.staged_count or (self._held is not None and self._held.parcels))

    @property
    def marks(self) -> dict[ChannelKey, int]:
        """Per channel, the position behind what the work at hand has pushed so far."""
        return dict(self._marks)

    def again(self, work: Work) -> None:
        """The work failed and is done once more: what it pushes again is there already.

        It deals values out as it did the first time.
        """
        for link in work.hosted.outputs:
            self._turns.pop(link, None)
        self._unstage()
        self._skipped = self._flushed
        self._flushed = self.staged_count = 0

    def abandon(self, work: Work) -> None:
        """The work failed, and another instance does it: what it has staged or held is void."""
        self._unstage()
        self.staged_count = 0
        self._held = None
        self.take_seconds(work.hosted.spec.name)

    def stage(self, work: Work, value: object, to: str | int | None = None) -> bool:
        """Take a value as it is now, for every link that accepts it, each to one task, or one link.

        For one link, named by its position, it has been found to be of the link's type.

        Returns whether it must be flushed before more is staged.

        Raises:
            PushRefused: no link of the task, or none to the task of that alias, accepts the value.
            DestinationUnknown: no such task comes after the one at work.
            EncodeError: it cannot travel.
            PushTooLarge: it has more than `limits.push_bytes`.
        """
        # This runs once for each push, so what most of them do not need is elsewhere.
        assert not self._full, "flush first"
        add = self._adds.get(type(value) if to is None else to)
        if add is None:
            return self._stage_anew(work, value, to)
        try:
            self._full = full = add(value)
        except (ContentsWrong, ValueTooLarge) as error:
            raise refused(work.hosted.spec.name, value, error) from None
        self.staged_count += 1
        return full

    def stage_from(
        self, work: Work, values: Iterator[object], now_s: Callable[[], float], due_s: float
    ) -> bool:
        """Take what an iterator gives until it is time to flush; False once it has ended.

        It is time when the clock says so, when it must be, and when the iterator gives None.
        """
        value = next(values, ENDED)
        while value is not ENDED and value is not DUE:
            if value is None or self.stage(work, value) or now_s() >= due_s:
                return True
            alike = self._alike.get(type(value))
            if alike is None:
                value = next(values, ENDED)
                continue
            before = alike.count
            try:
                value = alike.add_from(values, type(value), now_s, due_s)
            finally:
                self.staged_count += alike.count - before
                self._full = alike.full
        return value is DUE

    def _stage_anew(self, work: Work, value: object, to: str | int | None) -> bool:
        """Take the first value of its class since the last flush, and remember where such go."""
        links = self._links_to(work, to)
        accepting = [link for link in links if self._accepts[link](value)]
        if not accepting:
            raise self._refusal(work, value, links)
        wrong = [problem for link in accepting if (problem := self._add(link, value))]
        if wrong and (len(wrong) == len(accepting) or isinstance(wrong[0], ValueTooLarge)):
            raise refused(work.hosted.spec.name, value, wrong[0])
        self.staged_count += 1
        if self._skipped:
            self._pass_over()
        elif isinstance(to, int):
            self._adds[to] = self._staged[to].add
        elif len(accepting) == 1 and to is None and self._is_decided(value):
            self._remember(type(value), self._staged[accepting[0]])
        return self._full

    def _is_decided(self, value: object) -> bool:
        """Whether all values of its class go where it goes."""
        return self._by_class and value.__class__ is type(value)

    def _remember(self, kind: type, staged: Staged) -> None:
        """All values of a class go here, until the next flush."""
        self._adds[kind] = staged.add
        if isinstance(staged, Broadcast):
            self._alike[kind] = staged.batch

    def _add(self, link: int, value: object) -> ContentsWrong | ValueTooLarge | None:
        """Stage a value for a link; returns why not, if it is not for this one."""
        staged = self._staged.get(link) or self._stage_for(link)
        try:
            self._full |= staged.add(value)
        except (ContentsWrong, ValueTooLarge) as error:
            return error
        self._staged[link] = staged
        return None

    def _links_to(self, work: Work, to: str | int | None) -> list[int]:
        """The links of the task at work that carry values; only those to one task, if named."""
        if isinstance(to, int):
            return [to]
        links = [link for link in work.hosted.outputs if self._wiring.link(link).port is not None]
        if to is None:
            return links
        chosen = [link for link in links if self._wiring.link(link).destination == to != RUN]
        if not chosen:
            tasks = dict.fromkeys(self._wiring.link(link).destination for link in links)
            tasks.pop(RUN, None)
            raise DestinationUnknown(work.hosted.spec.name, to, [*tasks])
        return chosen

    def _pass_over(self) -> None:
        """What has just been staged was pushed by an attempt before: only its turns count."""
        self._skipped -= 1
        self._flushed += 1
        self.staged_count = 0
        self._unstage()

    def _unstage(self) -> None:
        """Nothing is staged, and nothing is known of where values go."""
        self._staged, self._adds, self._alike = {}, {}, {}
        self._full = False

    def _stage_for(self, link: int) -> Staged:
        routes, chunk = self._routes[link], self._chunks[link]
        match self._wiring.link(link).policy:
            case "balance":
                return self._stage_dealt(link, routes, chunk)
            case "key":
                return ByKey(routes, chunk, self._keys[link], self._chooser(link, routes))
            case _:
                return Broadcast(routes, chunk, lasting=True)

    def _stage_dealt(self, link: int, routes: Sequence[Route], chunk: Chunk) -> Staged:
        if self._wiring.deals_exactly(link):
            return InTurn(routes, chunk, self._turn(link, routes))
        closed = self._passed | self._dropped
        taking = [one for one in routes if not (one.absent or one.key in closed)]
        if not taking:
            # All have had their shares, and discard what comes again. But one that dies before its
            # end is on disk does all of it anew, and must find all of it.
            return Broadcast(routes, chunk)
        if self._wiring.gathers(link):
            return InTurn(taking, chunk, self._turn(link, taking))
        return Balanced(by_seat(taking), chunk, self._room)

    def _turn(self, link: int, routes: Sequence[Route]) -> Iterator[int]:
        """Whose turn it is among these routes, in the order of their seats' names."""
        known = self._turns.get(link)
        if known is None or known[0] != routes:
            order = [routes.index(route) for route in by_seat(routes)]
            known = self._turns[link] = (routes, cycle(order))
        return known[1]

    def _chooser(self, link: int, routes: Sequence[Route]) -> Rendezvous:
        """Who chooses among the routes of this round; it remembers, so it is kept."""
        known = self._choosers.get(link)
        if known is None or known[0] is not routes:
            known = (routes, Rendezvous([route.seat for route in routes]))
            self._choosers[link] = known
        return known[1]

    @property
    def unseen(self) -> bool:
        """Whether nobody has seen anything of the work at hand, and nobody will if it fails."""
        return self._held is not None and self._held.holds

    def let_go(self) -> None:
        """The work at hand has succeeded: what was held back may leave."""
        if self._held is not None:
            self._held.let_go()

    def flush(self) -> bool:
        """Push what is staged, all or none; False without credit.

        What is held back stays where it is; once that is let go, it leaves parcel by parcel.
        """
        if len(self._staged) == 1 and self._held is None and not (self._moved or self._dropped):
            [(link, staged)] = self._staged.items()  # as in most daemon modules
            if type(staged) is Broadcast and len(staged.routes) == 1 and staged.batch.count:
                return self._push_alone(link, staged.batch, staged.routes) and self._clear_staged()
        parcels: list[Parcel] = []
        for link, staged in self._staged.items():
            for batch, routes in staged.portions():
                if batch.count:
                    parcels.append(Parcel(link, batch, routes))
        if self._held is not None:
            self._held.keep(parcels)
            self._unstage()
            self._clear_staged()
            return self._held.holds or self._flush_held(self._held.parcels)
        pushed = self._push_one(parcels[0]) if len(parcels) == 1 else self._push(parcels)
        return pushed and self._clear_staged()

    def _flush_held(self, parcels: deque[Parcel]) -> bool:
        while parcels and self._push([parcels[0]]):
            parcels.popleft()
        return not parcels

    def _clear_staged(self) -> bool:
        """All has left; a batch that is alike for all receivers is filled anew. Returns True."""
        for staged in self._staged.values():
            if not (isinstance(staged, Broadcast) and staged.lasting):
                self._unstage()
                break
            staged.batch.clear()
        self._full = False
        count, self.staged_count = self.staged_count, 0
        self._flushed += count
        self._pushed[self._name] += count
        return True

    def _push(self, parcels: Sequence[Parcel]) -> bool:
        """Push these to whoever is there by now, all or none; False without credit."""
        present = [self._present(parcel.routes) for parcel in parcels]
        if not self._fit(parcels, present):
            return False
        for parcel, routes in zip(parcels, present, strict=True):
            count, payload = parcel.batch.count, parcel.batch.payload()
            self._count_orphaned(parcel.link, count, parcel.routes)
            is_kept = self._ways.is_kept(parcel.link)
            for route in routes:
                self._switchboard.push(route.daemon, route.key, payload, count, self._round)
                if is_kept:
                    self._marks[route.key] = self._ways.channel(route).next
        return True

    def _push_one(self, parcel: Parcel) -> bool:
        if self._moved or self._dropped or len(parcel.routes) != 1:
            return self._push([parcel])
        return self._push_alone(parcel.link, parcel.batch, parcel.routes)

    def _push_alone(self, link: int, batch: BatchEncoder | Sealed, routes: Sequence[Route]) -> bool:
        """The same of one batch for one receiver, as most are."""
        way, route, count = self._ways.last, routes[0], batch.count
        if route.absent:
            self._count_orphaned(link, count, routes)
            return True
        if way is None or way.route is not route:
            way = self._ways.of(link, route)
        if way.channel.room < count:
            return False
        payload = batch.payload()
        way.outbound.push_on(route.key, way.channel, payload, count, self._round)
        if way.is_kept:
            self._marks[route.key] = way.channel.next
        return True

    def _fit(self, parcels: Sequence[Parcel], present: Sequence[Sequence[Route]]) -> bool:
        """Whether each of those who are there has room for all that is for it."""
        if len(parcels) == 1 and not self._moved:  # as most often; no route is there twice then
            count = parcels[0].batch.count
            return all(self._ways.channel(route).room >= count for route in present[0])
        wanted: Counter[ChannelKey] = Counter()
        at: dict[ChannelKey, Route] = {}
        for parcel, routes in zip(parcels, present, strict=True):
            for route in routes:
                wanted[route.key] += parcel.batch.count
                at[route.key] = route
        return all(self._ways.channel(at[key]).room >= count for key, count in wanted.items())

    def _room(self, route: Route) -> int:
        route = self._moved.get(route.key, route)
        if route.key in self._dropped:
            return -1  # behind all others
        return self._ways.channel(route).room

    def _refusal(self, work: Work, value: object, links: Sequence[int]) -> PushRefused:
        types = (self._wiring.type_of(link) for link in links)
        accepted = sorted({kind.name for kind in types if kind is not None})
        return PushRefused(work.hosted.spec.name, type_of_value(value), accepted)

    def end(self, work: Work) -> None:
        """END the round on every channel of the instance."""
        for one_link in self._routes.values():
            for route in self._present(one_link):
                self._switchboard.to(route.daemon).end(route.key, work.round)
                self._marks[route.key] = self._ways.channel(route).next

    def finish(self, work: Work, seconds: float) -> tuple[int, dict[ChannelKey, int]]:
        """How many values the instance has pushed this round, and the marks of this work."""
        name = work.hosted.spec.name
        self._seconds[name] = self._seconds.get(name, 0.0) + seconds
        return self._pushed[name], self._marks

    def take_held(self) -> list[Parcel]:
        """What a borrowed run has given."""
        held, self._held = self._held, None
        return [] if held is None else [*held.parcels]

    def take_seconds(self, name: str) -> float:
        """The computing time of an instance in its round, which is over."""
        self._pushed[name] = 0
        return self._seconds.pop(name, 0.0)
