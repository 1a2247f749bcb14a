"""Messages in virtual time: in order, lost with what carries them, and bounded."""

from __future__ import annotations

from random import Random

from swarmdsl.testing.network import End, Letter, Network, Place
from swarmdsl.testing.scheduler import Scheduler


class Net:
    """Two places, delays that are handed in, and what became of each message."""

    def __init__(self, delays_s: list[float], queue_messages: int = 100) -> None:
        self.scheduler = Scheduler()
        self.network = Network(self.scheduler, self, self, Random(1), queue_messages)
        self.delays_s = delays_s
        self.lost_for: list[str] = []
        self.leaf, self.hub = (
            Place(f"at {name}", name, name, 0, lambda: None) for name in ("leaf", "hub")
        )
        self.network.join(self.leaf)
        self.network.join(self.hub)
        self.end = self.leaf.new_end(dialled="at hub")

    def delay_s(self, sender: Place, receiver: Place) -> float:
        return self.delays_s.pop(0)

    def sent(self, letter: Letter) -> None: ...

    def arrived(self, letter: Letter) -> None: ...

    def lost(self, letter: Letter, why: str) -> None:
        self.lost_for.append(why)

    def send(self, *texts: str) -> list[bool]:
        return [self.network.send(self.leaf, self.end.number, [one.encode()]) for one in texts]

    def run(self, until_s: float = 100.0) -> None:
        self.scheduler.run(until_s=until_s, over=lambda: False)

    def read(self) -> list[str]:
        return [bytes(one.frames[0]).decode() for one in self.network.read(self.hub, 100)]


def test_a_fast_message_does_not_overtake_a_slow_one_of_its_connection() -> None:
    net = Net([2.0, 1.0])
    net.send("slow", "fast")
    net.run(until_s=1.5)
    assert net.read() == []
    net.run()
    assert net.read() == ["slow", "fast"]


def test_messages_that_a_slow_one_holds_up_stay_in_order_whenever_they_were_sent() -> None:
    """The moment of arrival is one number for all of them, and not worked out anew for each."""
    net = Net([0.1 + 0.7] + [0.0] * 99)
    for number in range(100):
        net.send(str(number))
        net.scheduler.after(0.003, lambda: None)
        net.scheduler.run(until_s=0.0037 * number, over=lambda: False)
    net.run()
    assert net.read() == [str(number) for number in range(100)]


def test_a_full_queue_takes_nothing_until_somebody_reads() -> None:
    net = Net([0.1] * 4, queue_messages=2)
    assert net.send("a", "b", "c") == [True, True, False]
    net.run()
    net.read()
    assert net.send("d") == [True]


def test_a_cut_loses_what_is_on_its_way_and_what_follows_arrives_on_another_connection() -> None:
    net = Net([1.0, 1.0])
    net.send("lost")
    (end,) = net.network.connections("leaf", "hub")
    net.network.cut(end)
    net.send("new")
    net.run()
    assert (net.read(), net.lost_for) == (["new"], ["connection cut"])


def test_after_a_late_cut_what_was_on_its_way_arrives_behind_what_follows() -> None:
    net = Net([1.0, 1.0])
    net.send("old")
    (end,) = net.network.connections("leaf", "hub")
    net.network.cut(end, late_s=5.0)
    net.send("new")
    net.run()
    assert (net.read(), net.lost_for) == (["new", "old"], [])


def test_what_a_process_had_not_read_dies_with_it() -> None:
    net = Net([1.0, 3.0])
    net.send("unread", "on its way")
    net.run(until_s=2.0)
    net.network.leave(net.hub, killed=True)
    assert sorted(net.lost_for) == ["its receiver is gone", "was not read"]
    assert net.send("nobody there") == [False]


def test_who_closes_has_sent_everything_and_who_is_killed_perhaps_not() -> None:
    net = Net([1.0] * 3)
    net.send("a", "b", "c")
    net.network.leave(net.leaf, killed=False)
    net.run()
    assert net.read() == ["a", "b", "c"]
    net = Net([1.0] * 3)
    net.send("a", "b", "c")
    net.network.leave(net.leaf, killed=True)
    net.run()
    arrived = net.read()
    assert arrived == ["a", "b", "c"][: len(arrived)]
    assert set(net.lost_for) <= {"died with its sender"}
    assert len(arrived) + len(net.lost_for) == 3


def test_an_accepted_end_is_over_with_its_connection() -> None:
    net = Net([1.0])
    net.send("hello")
    accepted = net.end.other
    assert isinstance(accepted, End)
    net.network.hang_up(net.leaf, net.end.number)
    assert not net.network.send(net.hub, accepted.number, [b"?"])
