"""The process that looks after a run in the background; `control/detach.py` executes it.

`python -m swarmdsl.cli.detached launch|resume FOLDER ENGINE WORD SECRETS`: whether the run in the
folder has been prepared, or lost its controller; and two descriptors, one to say at how the start
went, one to read the secrets of the run from.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from swarmdsl.cli.exits import Exit, exit_for, exit_for_end
from swarmdsl.cli.lines import LineDisplay
from swarmdsl.cli.losses import Losses
from swarmdsl.cli.streams import standard_streams
from swarmdsl.control.detach import BEGUN, RESUMES, STARTED, secrets_from
from swarmdsl.control.happenings import Happening, RunTakenOver, StateChanged
from swarmdsl.control.home import RunFolder
from swarmdsl.control.launch import LaunchOptions, Outcome, launch_prepared, resume
from swarmdsl.control.state import RunState
from swarmdsl.daemon.log_times import time_the_standard_streams
from swarmdsl.errors import SwarmError


class StartTold:
    """An observer that says once how the start went: when the run runs, or has ended already.

    Before that it says that the controller has begun: from then on the start has a limit.

    A run that is resumed runs from its beginning; it is told when its daemons are there.

    Args:
        descriptor: where whoever began the run listens; closed when it has been told.
        resumes: whether the run is resumed.
    """

    def __init__(self, descriptor: int, *, resumes: bool) -> None:
        self._descriptor: int | None = descriptor
        self._resumes = resumes
        self._has_begun = False

    def __call__(self, happening: Happening) -> None:
        """Take in what happened."""
        if not self._has_begun:
            self._has_begun = True
            self._write(BEGUN)
        match happening:
            case RunTakenOver():
                self.say(STARTED)
            case StateChanged(state=RunState.RUNNING) if not self._resumes:
                self.say(STARTED)
            case StateChanged(state=state) if state.final:
                self.say(STARTED)
            case _:
                pass

    def say(self, word: bytes) -> None:
        """Say this, unless something was said before."""
        if self._descriptor is None:
            return
        self._write(word)
        os.close(self._descriptor)
        self._descriptor = None

    def _write(self, word: bytes) -> None:
        if self._descriptor is not None:
            with suppress(BrokenPipeError):  # nobody waits any more
                os.write(self._descriptor, word)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Look after the run to its end; the exit code is that of `swarm run`."""
    what, folder, engine, word, secrets = arguments
    # Until the controller has its own: what makes images must leave nothing behind either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    time_the_standard_streams(time.time)
    streams, losses = standard_streams(), Losses()
    os.set_inheritable(int(word), False)  # noqa: FBT003 - takes no keyword
    told = StartTold(int(word), resumes=what == RESUMES)
    options = LaunchOptions(
        home=Path(folder).parent.parent,
        environment=environment,
        engine=engine,
        observers=(LineDisplay(streams), losses, told),
        say=streams.say,
        secrets=secrets_from(int(secrets)),
    )
    try:
        outcome = _look_after(what, RunFolder(Path(folder)), options)
    except SwarmError as problem:
        streams.say(str(problem))
        told.say(str(problem).encode()[:4_000])
        return exit_for(problem)
    except KeyboardInterrupt:
        streams.say("interrupted while no controller listened, as when images are made")
        return Exit.INTERRUPTED
    for line in losses.lines():
        streams.say(line)
    streams.say(f"{outcome.state.value}: {outcome.reason.text}")
    return exit_for_end(outcome.state, outcome.reason.kind)


def _look_after(what: str, folder: RunFolder, options: LaunchOptions) -> Outcome:
    return resume(folder, options) if what == RESUMES else launch_prepared(folder, options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ.copy()))
