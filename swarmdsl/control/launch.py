"""From a topology to a finished run: the folder, the sockets, the engine and the controller."""

from __future__ import annotations

import errno
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from swarmdsl.control.claim import claimed
from swarmdsl.control.controller import Clocks, Controller
from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import Observer
from swarmdsl.control.home import (
    RunFolder,
    make_run_folder,
    new_run_id,
    remove_socket_folder,
    socket_folder,
)
from swarmdsl.control.interrupts import Interrupts, interrupts_on_signals
from swarmdsl.control.records import RunRecord
from swarmdsl.control.state import Reason, RunState
from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.deploy.engine import EngineOptions
from swarmdsl.deploy.registry import EngineFactory, engine_factory
from swarmdsl.errors import RunUnkept
from swarmdsl.topology.codec import to_json, topology_hash, write
from swarmdsl.topology.model import Constant, Topology
from swarmdsl.transport import transport_for
from swarmdsl.wire.codec import encode_blob
from swarmdsl.wire.session.identity import Identity

TAKES_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOptions:
    """How a topology is run, resolved by the caller.

    Attributes:
        home: the folder under which runs are kept.
        environment: of the processes that the engine starts.
        engine: its name.
        observers: are told what happens.
    """

    home: Path
    environment: Mapping[str, str]
    engine: str = "process"
    observers: Sequence[Observer] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended, and where it is kept."""

    folder: RunFolder
    state: RunState
    reason: Reason


def launch(topology: Topology, bundles: Mapping[str, bytes], options: LaunchOptions) -> Outcome:
    """Run a topology to its end, in this thread; returns when nothing of it is left running.

    Ctrl-C ends the run in good order when this is the main thread; a second one at once.

    Raises:
        EngineError: there is no such engine, or it cannot begin to work.
        PlatformUnsupported: the engine does not work on this system.
        RunUnkept: the folder of the run is full, or cannot be written to.
    """
    factory = engine_factory(options.engine)
    factory.require_platform()
    with _kept_under(options.home):
        return _launch(topology, bundles, options, factory)


def _launch(
    topology: Topology,
    bundles: Mapping[str, bytes],
    options: LaunchOptions,
    factory: EngineFactory,
) -> Outcome:
    token = secrets.token_hex(4)
    run_id = new_run_id(datetime.now(UTC), token[:4])
    folder = _made(options.home, run_id, topology, bundles)
    with (
        claimed(folder.path),
        _store(folder, topology, bundles) as store,
        _sockets(folder.id + token) as sockets,
    ):
        engine = factory(_engine_options(topology, folder, sockets, options))
        identity = Identity(
            run=folder.id,
            topology=topology_hash(topology),
            peer=CONTROLLER,
            incarnation=0,
            address=_controller_address(sockets),
            limits=topology.limits,
        )
        with _interrupts() as interrupts:
            controller = Controller(
                topology=topology,
                core=ControlCore(topology, folder.id),
                identity=identity,
                engine=engine,
                endpoint=transport_for(identity.address).listen(identity.address),
                store=store,
                run_folder=folder.path,
                observers=options.observers,
                clocks=Clocks(monotonic_s=time.monotonic, wall_s=time.time),
                interrupts=interrupts,
            )
            state, reason = controller.run()
    return Outcome(folder=folder, state=state, reason=reason)


@contextmanager
def _kept_under(home: Path) -> Iterator[None]:
    """Tell a store that takes no more from all other trouble."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise RunUnkept(str(home), str(error)) from error


def _made(home: Path, run_id: str, topology: Topology, bundles: Mapping[str, bytes]) -> RunFolder:
    """The folder of the run, with its topology."""
    try:
        folder = make_run_folder(home, run_id)
        write(topology, bundles, folder.path)
    except OSError as error:
        if error.errno not in TAKES_NO_MORE:
            raise
        raise RunUnkept(str(home), error.strerror or str(error)) from error
    return folder


def _controller_address(sockets: Path) -> str:
    return f"ipc://{sockets}/controller"


def _engine_options(
    topology: Topology, folder: RunFolder, sockets: Path, options: LaunchOptions
) -> EngineOptions:
    return EngineOptions(
        run=folder.id,
        run_folder=folder.path,
        socket_folder=sockets,
        controller=_controller_address(sockets),
        topology_json=to_json(topology).encode(),
        environment=options.environment,
    )


@contextmanager
def _store(folder: RunFolder, topology: Topology, bundles: Mapping[str, bytes]) -> Iterator[Store]:
    """The run's store with its first globals."""
    record = RunRecord(
        id=folder.id,
        swarm=topology.name,
        topology_hash=topology_hash(topology),
        state=RunState.STARTING.value,
        created_at=time.time(),
    )
    store = Store.create(folder.store, record)
    try:
        keep_first_globals(store, topology, bundles)
        yield store
    finally:
        store.close()


def keep_first_globals(store: Store, topology: Topology, bundles: Mapping[str, bytes]) -> None:
    """Put the globals that the topology begins with into a new store."""
    with store.batch():
        for tag, constant in topology.globals.items():
            store.set_global(tag, _encoded(constant, bundles))


def _encoded(constant: Constant, bundles: Mapping[str, bytes]) -> bytes:
    return encode_blob(constant.value) if constant.blob is None else bundles[constant.blob]


@contextmanager
def _sockets(token: str) -> Iterator[Path]:
    folder = socket_folder(token)
    try:
        yield folder
    finally:
        remove_socket_folder(folder)


@contextmanager
def _interrupts() -> Iterator[Interrupts]:
    """Signals belong to the main thread; a run in another one is not interrupted by them."""
    if threading.current_thread() is threading.main_thread():
        with interrupts_on_signals() as interrupts:
            yield interrupts
        return
    interrupts = Interrupts()
    try:
        yield interrupts
    finally:
        interrupts.close()
