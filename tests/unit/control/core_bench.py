"""A core of the controller, all that it has given, and who reports to it."""

from __future__ import annotations

from collections.abc import Iterable

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import Happening, InstanceMissing
from swarmdsl.control.instructions import Instruction, Note, SendRoster, Tell
from swarmdsl.control.journal import AnyRecord
from swarmdsl.daemon.reports import WorkConfirmed
from swarmdsl.topology.expand import expand_instances
from swarmdsl.wire.messages import ChannelKey


class Bench:
    """A core, what it has given, and who reports to it."""

    def __init__(self, core: ControlCore) -> None:
        self.core = core
        self.given: list[Instruction] = []
        self.hosts = {one.name: one.daemon for one in expand_instances(core._topology)}

    def start(self) -> Bench:
        for daemon in dict.fromkeys(self.hosts.values()):
            self.core.connected(daemon)
        return self

    def lose(self, daemon: str) -> None:
        self.core.exited(daemon, None, 9, 0.0)

    def confirm(self, *instances: str) -> None:
        for name in instances:
            self.core.reported(self.hosts[name], WorkConfirmed(name, self.core.round))

    def finish(self, *instances: str) -> None:
        """These are done, and the run has its value; the next round begins, or the run ends."""
        self.confirm(*instances)
        self.core.ended(ChannelKey(1, 0, 0), self.core.round)
        self.core.proceed()

    def collect(self) -> list[Instruction]:
        self.given += self.core.drain()
        return self.given

    @property
    def roster(self) -> SendRoster:
        return [one for one in self.collect() if isinstance(one, SendRoster)][-1]

    @property
    def missing(self) -> list[tuple[str, int, str]]:
        told = (one.happening for one in self.collect() if isinstance(one, Tell))
        found = (one for one in told if isinstance(one, InstanceMissing))
        return [(one.instance, one.round, one.text) for one in found]

    def told(self, *kinds: type[Happening]) -> list[Happening]:
        told = (one.happening for one in self.collect() if isinstance(one, Tell))
        return [one for one in told if isinstance(one, kinds)]

    @property
    def journal(self) -> list[AnyRecord]:
        return [one.record for one in self.collect() if isinstance(one, Note)]

    @property
    def why(self) -> str:
        assert self.core.reason is not None
        return self.core.reason.text


def since_rest(records: Iterable[AnyRecord]) -> list[AnyRecord]:
    """What a store keeps of a journal: all since the last round was decided."""
    kept: list[AnyRecord] = []
    for one in records:
        if getattr(one, "revision", None) == 0:
            kept.clear()
        kept.append(one)
    return kept
