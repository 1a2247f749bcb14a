"""A run in the process and thread of its controller: what must be arranged around it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from swarmdsl.control.interrupts import Interrupts, interrupts_here
from swarmdsl.daemon.bundle import imports_undone
from swarmdsl.daemon.programs import set_environment
from swarmdsl.daemon.task_log import task_log_shown
from swarmdsl.deploy.cooperative.debugged import Left
from swarmdsl.deploy.cooperative.event_loops import set_aside
from swarmdsl.deploy.engine import EngineOptions
from swarmdsl.deploy.engines.immediate import ImmediateEngine, address_of
from swarmdsl.topology.model import Topology


@contextmanager
def in_this_process(
    options: EngineOptions,
    topology: Topology,
    commands: Path,
    programs: Mapping[str, Callable[..., Any]],
) -> Iterator[tuple[ImmediateEngine, Interrupts]]:
    """An engine whose daemons live here, and what the user asks of them; then all is as before.

    Args:
        options: of the run; the controller's address is chosen here.
        topology: of the run.
        commands: where other processes ask for the end.
        programs: functions and daemon classes by the names of their modules; others are loaded.
    """
    chosen = replace(options, controller=address_of(options, "controller"))
    engines: list[ImmediateEngine] = []

    def meaning(interrupts: Interrupts, number: int) -> None:
        _on_signal(interrupts, number, engines[0] if engines else None)

    with (
        set_aside(),
        _environment(options.environment),
        task_log_shown(sys.stderr),
        imports_undone(options.run_folder),
        interrupts_here(commands, meaning) as interrupts,
    ):
        engines.append(ImmediateEngine(chosen, topology, interrupts.add, programs))
        yield engines[0], interrupts


def _on_signal(interrupts: Interrupts, number: int, engine: ImmediateEngine | None) -> None:
    """Ask for the end; if the user's code is at work, by leaving it where it is.

    Raises:
        KeyboardInterrupt: for Ctrl-C, which a debugger at its prompt may keep for itself.
        Left: for another signal.
    """
    if engine is None or not engine.is_users_code_at_work:
        interrupts.add()
    elif number == signal.SIGINT:
        raise KeyboardInterrupt
    else:
        raise Left


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """A block in which the environment of this process is that of the daemons."""
    before = dict(os.environ)
    set_environment(variables)
    try:
        yield
    finally:
        set_environment(before)
