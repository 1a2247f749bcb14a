"""What the shell asks and tells of the sources that it runs; decided here. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from swarmdsl.daemon.instance import Instance
from swarmdsl.daemon.outputs import Outputs
from swarmdsl.daemon.recovery import Recovery
from swarmdsl.daemon.source import Producing
from swarmdsl.daemon.wiring import Place
from swarmdsl.daemon.work import Invoke, Produce, Work


class Sources:
    """The sources of one daemon.

    Args:
        instances: of the daemon, by place.
        recovery: keeps where they stand.
        outputs: knows what they have pushed.
    """

    def __init__(
        self, instances: Mapping[Place, Instance], recovery: Recovery, outputs: Outputs
    ) -> None:
        self._instances = instances
        self._recovery = recovery
        self._outputs = outputs
        self._producing = [one for one in instances.values() if isinstance(one, Producing)]
        self._asked_s: dict[str, float] = {}

    def replays(self, work: Produce | Invoke) -> bool:
        """Whether the source can be asked again, so that its position matters."""
        return self._recovery.replays(work)

    def end_round(self, work: Work) -> None:
        """The code of a source wants to push nothing more in this round.

        Raises:
            CallFailed: it is no source.
        """
        self._instances[work.hosted.spec.task, work.hosted.spec.candidate].end_round()

    def stage_from(
        self, work: Produce, values: Iterator[object], now_s: Callable[[], float], due_s: float
    ) -> bool:
        """Take what a source yields until it is time to flush; False once it has ended.

        It is time at `due_s`, when no more may be staged, and when it yields None.

        Raises:
            SwarmError: as by `Outputs.stage`.
        """
        return self._outputs.stage_from(work, values, now_s, due_s)

    def must_end(self, work: Produce, now_s: float) -> bool:
        """Whether a source is asked for nothing more, though it might yield something."""
        return self._at_work(work).must_end(now_s)

    def linger_s(self, work: Produce) -> float:
        """How long what a source yields may wait for more."""
        return self._at_work(work).linger_s

    def asked_to_linger(self, peer: str, seconds: float) -> None:
        """A daemon asks for time before it is pushed to once more."""
        self._asked_s[peer] = seconds
        self.settle()

    def settle(self) -> None:
        """Let each source wait as long as those that it pushes to now ask for."""
        for instance in self._producing:
            instance.asked_to_linger(self._asked_s)

    def _at_work(self, work: Produce) -> Producing:
        instance = self._instances[work.hosted.spec.task, work.hosted.spec.candidate]
        assert isinstance(instance, Producing), "no other has such work"
        return instance

    def exhausted(self, work: Produce) -> None:
        """The generator of a source has ended, or was closed."""
        self._at_work(work).exhausted()

    def stand(self, work: Produce | Invoke, position: object) -> None:
        """Note the position of a source, which has just been flushed.

        Raises:
            EncodeError: it cannot travel.
            SnapshotTooLarge: it is larger than what is kept.
        """
        self._recovery.position(work, position, self._outputs.marks)
