"""From a topology to a finished run: the folder, the sockets, the engine and the controller."""

from __future__ import annotations

import pkgutil
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from swarmdsl.control.base_images import base_image_of, keep_images, registry_of
from swarmdsl.control.claim import claimed
from swarmdsl.control.clocks import Clocks
from swarmdsl.control.controller import Controller
from swarmdsl.control.core import ControlCore
from swarmdsl.control.crash import record_crash
from swarmdsl.control.first_globals import keep_first_globals
from swarmdsl.control.happenings import Observer
from swarmdsl.control.home import (
    RunFolder,
    remove_socket_folder,
    socket_folder,
    socket_folder_path,
)
from swarmdsl.control.host_memory import host_memory
from swarmdsl.control.interrupts import COMMANDS, Asked, interrupts_here
from swarmdsl.control.journal import decode_record
from swarmdsl.control.new_run import new_run
from swarmdsl.control.questions import PostFolder
from swarmdsl.control.records import RunRecord
from swarmdsl.control.resumable import IMMEDIATE, why_not_resumable
from swarmdsl.control.secrets import NO_SECRETS, Secrets, require_secrets
from swarmdsl.control.state import Reason, RunState
from swarmdsl.control.store import Store
from swarmdsl.control.transports import access_of, require_transport
from swarmdsl.control.waiting import Patience
from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.deploy.access import LOCAL, Access
from swarmdsl.deploy.engine import DEFAULT_BASE_IMAGE, Engine, EngineOptions, say_nothing
from swarmdsl.deploy.kinds import require_kinds
from swarmdsl.deploy.listening import require_no_ports
from swarmdsl.deploy.registry import DEFAULT, EngineFactory, engine_factory
from swarmdsl.errors import EngineError, EngineGone, RunNotResumable, RunUnkept
from swarmdsl.topology.codec import read, to_json, topology_hash
from swarmdsl.topology.model import Topology
from swarmdsl.transport import Endpoint, transport_for
from swarmdsl.wire.session.identity import Identity

_IN_THIS_PROCESS = "swarmdsl.control.immediate:in_this_process"
ATTENDED = "a living process looks after it"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOptions:
    """How a topology is run, resolved by the caller.

    Attributes:
        home: the folder under which runs are kept.
        environment: of the processes that the engine starts.
        base_image: what the images of a new run are made from; read by engines with containers.
        registry: where images are pushed to that other machines pull; "" for nowhere.
        say: is told what takes time before the run begins.
        engine: its name; `IMMEDIATE` is one that no other process can attach to.
        transport: how the processes of a new run speak; `IMMEDIATE` has none.
        observers: are told what happens.
        secrets: what tasks may ask for; kept in memory alone.
        programs: for `IMMEDIATE`: functions and daemon classes that are here, by the names of their
            modules; all others are loaded from their bundles.
    """

    home: Path
    environment: Mapping[str, str]
    engine: str = DEFAULT
    base_image: str = DEFAULT_BASE_IMAGE
    registry: str = ""
    say: Callable[[str], None] = say_nothing
    transport: str = LOCAL
    observers: Sequence[Observer] = field(default_factory=tuple)
    secrets: Secrets = NO_SECRETS
    programs: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended, and where it is kept.

    Attributes:
        folder: of the run.
        state: the last one.
        reason: why it ended.
        by_ctrl_c: whether this process was asked for the end by SIGINT, which it has not raised.
    """

    folder: RunFolder
    state: RunState
    reason: Reason
    by_ctrl_c: bool = False


def launch(topology: Topology, bundles: Mapping[str, bytes], options: LaunchOptions) -> Outcome:
    """Run a topology to its end, in this thread; returns when nothing of it is left running.

    Ctrl-C ends the run in good order when this is the main thread; a second one at once.

    Raises:
        EngineError: there is no such engine, or it cannot begin to work.
        KindNotStarted: a task is an image or a program that the engine does not start.
        PortsNotOpened: a daemon has a port, and the engine opens none.
        PlatformUnsupported: the engine does not work on this system.
        RunUnkept: the folder of the run is full, or cannot be written to.
        SecretsWrong: the secrets are not those that the tasks declare.
        TransportError: there is no such transport, or it cannot be used here.
    """
    if options.engine == IMMEDIATE:
        return _launch_immediate(topology, bundles, options)
    factory = _require(topology, options)
    with _kept_under(options.home):
        folder = new_run(options.home, topology, bundles, options.transport)
        keep_images(options.base_image, options.registry, options.engine, folder)
        return _launch(folder, topology, bundles, options, factory)


def _launch_immediate(
    topology: Topology, bundles: Mapping[str, bytes], options: LaunchOptions
) -> Outcome:
    """The same, with all daemons in this thread.

    Raises:
        ExtraMissing: what lets them share it is not installed.
    """
    in_this_process = pkgutil.resolve_name(_IN_THIS_PROCESS)
    _require(topology, replace(options, engine=DEFAULT))
    with _kept_under(options.home):
        folder = new_run(options.home, topology, bundles, options.transport)
        with (
            claimed(folder.path),
            _store(folder, topology, bundles, options.secrets) as store,
            _sockets(folder, store, options.engine) as (sockets, incarnation),
        ):
            asked = _engine_options(topology, folder, sockets, options)
            hosting = in_this_process(asked, topology, sockets / COMMANDS, options.programs)
            with hosting as (engine, interrupts):
                run = _Run(topology, folder, store, sockets, incarnation)
                core = ControlCore(topology, folder.id)
                outcome = _control_at(
                    engine.endpoint,
                    run,
                    engine,
                    core,
                    options,
                    interrupts,
                    monotonic_s=engine.clock.now_s,
                )
            return replace(outcome, by_ctrl_c=interrupts.by_ctrl_c)


def prepare(topology: Topology, bundles: Mapping[str, bytes], options: LaunchOptions) -> RunFolder:
    """Make the folder of a run that `launch_prepared` starts, perhaps in another process.

    Raises:
        as `launch`.
    """
    _require(topology, options)
    folder = new_run(options.home, topology, bundles, options.transport)
    keep_images(options.base_image, options.registry, options.engine, folder)
    return folder


def launch_prepared(folder: RunFolder, options: LaunchOptions) -> Outcome:
    """Run what `prepare` has put into a folder, as `launch` does."""
    topology, _ = read(folder.topology)
    bundles = {file.name: file.read_bytes() for file in folder.bundles.iterdir()}
    factory = _require(topology, options)
    with _kept_under(options.home):
        return _launch(folder, topology, bundles, options, factory)


def end_unattended(folder: RunFolder, options: LaunchOptions, reason: Reason) -> bool:
    """End a run whose controller died for good: its daemons, its sockets, and its record.

    Returns:
        Whether there was anything to end: False if the run has ended by itself.

    Raises:
        RunNotResumable: a living process looks after it.
        EngineError: its daemons cannot be had.
    """
    topology, _ = read(folder.topology)
    with _kept_under(options.home), _claim(folder):
        store = Store.open(folder.store, to_write=True)
        try:
            if RunState(store.run().state).final:
                return False
            _end_daemons(folder, topology, store, options)
            store.set_state(
                RunState.STOPPED.value,
                reason_kind=reason.kind.value,
                reason=reason.text,
                ended_at=time.time(),
            )
        finally:
            store.close()
    return True


def _end_daemons(
    folder: RunFolder, topology: Topology, store: Store, options: LaunchOptions
) -> None:
    """End what a dead controller has left running, and remove its sockets."""
    found = store.controller()
    if found is None:
        return  # it had started nothing
    engine_name, sockets = found[0], Path(found[1])
    if engine_name != IMMEDIATE:  # whose daemons died with their controller
        with suppress(EngineGone):
            factory = engine_factory(engine_name)
            engine = factory.attach(_engine_options(topology, folder, sockets, options))
            engine.close(0.0)
    remove_socket_folder(sockets)


def _require(topology: Topology, options: LaunchOptions) -> EngineFactory:
    """The engine, if it can run this topology here."""
    factory = engine_factory(options.engine)
    require_kinds(topology, options.engine)
    require_no_ports(topology, options.engine)
    require_secrets(topology, options.secrets.names)
    require_transport(options.transport)
    factory.require_platform(options.environment)
    return factory


def _launch(
    folder: RunFolder,
    topology: Topology,
    bundles: Mapping[str, bytes],
    options: LaunchOptions,
    factory: EngineFactory,
) -> Outcome:
    with (
        claimed(folder.path),
        _store(folder, topology, bundles, options.secrets) as store,
        _sockets(folder, store, options.engine) as (sockets, incarnation),
    ):
        run = _Run(topology, folder, store, sockets, incarnation)
        return _control_anew(run, factory, ControlCore(topology, folder.id), options)


def resume(folder: RunFolder, options: LaunchOptions) -> Outcome:
    """Look after a run whose controller died, to the run's end.

    Daemons that still live are taken over; those that do not are started anew. Nothing that the
    former controller had confirmed is lost.

    Raises:
        RunNotResumable: the run has ended, or a living process looks after it.
        EngineError: the engine cannot begin to work.
        PlatformUnsupported: the engine does not work on this system.
        RunUnkept: the folder of the run is full, or cannot be written to.
        SecretsWrong: the secrets are not those that the tasks declare.
        TopologyError: the topology of the run cannot be read.
    """
    topology, _ = read(folder.topology)
    with _kept_under(options.home), _claim(folder), _reopened(folder) as store:
        require_secrets(topology, options.secrets.names)
        engine_name, sockets_before = _former_controller(store, folder)
        factory = engine_factory(engine_name)
        factory.require_platform(options.environment)
        core = ControlCore.recovered(topology, folder.id, map(decode_record, store.journal()))
        try:
            engine = factory.attach(_engine_options(topology, folder, sockets_before, options))
        except EngineGone:  # All daemons are started anew.
            remove_socket_folder(sockets_before)  # There may never have been a fork server.
            with _sockets(folder, store, engine_name) as (sockets, incarnation):
                run = _Run(topology, folder, store, sockets, incarnation)
                return _control_anew(run, factory, core, options, resumes=True)
        incarnation = store.begin_controller(engine_name, str(sockets_before), time.time())
        run = _Run(topology, folder, store, sockets_before, incarnation)
        shared = engine.options
        with _listening(shared.controller, shared.access) as endpoint:
            return _control(endpoint, run, engine, core, options, resumes=True)


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that somebody looks after: what it executes, where its things lie, and who that is."""

    topology: Topology
    folder: RunFolder
    store: Store
    sockets: Path
    incarnation: int


def _control_anew(
    run: _Run,
    factory: EngineFactory,
    core: ControlCore,
    options: LaunchOptions,
    *,
    resumes: bool = False,
) -> Outcome:
    """Be the controller of daemons that do not live yet, until the run has ended."""
    asked = _engine_options(run.topology, run.folder, run.sockets, options)
    with factory.site(run.topology, asked) as site:
        access = access_of(run.topology, run.folder, site.host)
        with _listening(access.address(run.sockets, CONTROLLER), access) as endpoint:
            # Only now is it known where the controller listens.
            engine = site.engine(replace(asked, controller=endpoint.address, access=access))
            return _control(endpoint, run, engine, core, options, resumes=resumes)


def _listening(address: str, access: Access) -> AbstractContextManager[Endpoint]:
    """Where daemons find the controller, as long as the block lasts."""
    return closing(transport_for(address, access.tcp(CONTROLLER)).listen(address))


def _control(
    endpoint: Endpoint,
    run: _Run,
    engine: Engine,
    core: ControlCore,
    options: LaunchOptions,
    *,
    resumes: bool = False,
) -> Outcome:
    """Be the controller of the run until it has ended."""
    with interrupts_here(run.sockets / COMMANDS) as interrupts:
        outcome = _control_at(endpoint, run, engine, core, options, interrupts, resumes=resumes)
    return replace(outcome, by_ctrl_c=interrupts.by_ctrl_c)


def _control_at(
    endpoint: Endpoint,
    run: _Run,
    engine: Engine,
    core: ControlCore,
    options: LaunchOptions,
    interrupts: Asked,
    *,
    monotonic_s: Callable[[], float] = time.monotonic,
    resumes: bool = False,
) -> Outcome:
    identity = Identity(
        run=run.folder.id,
        topology=topology_hash(run.topology),
        peer=CONTROLLER,
        incarnation=run.incarnation,
        address=endpoint.address,
        limits=run.topology.limits,
    )
    with host_memory(endpoint.address, run.topology.limits) as memory:
        controller = Controller(
            topology=run.topology,
            core=core,
            identity=identity,
            engine=engine,
            endpoint=endpoint,
            store=run.store,
            run_folder=run.folder.path,
            observers=options.observers,
            clocks=Clocks(monotonic_s=monotonic_s, wall_s=time.time),
            interrupts=interrupts,
            resumes=resumes,
            secrets=options.secrets,
            post=PostFolder(run.sockets, Patience()),
            memory=memory,
        )
        state, reason = controller.run()
    return Outcome(folder=run.folder, state=state, reason=reason)


@contextmanager
def _claim(folder: RunFolder) -> Iterator[None]:
    with ExitStack() as claim:
        try:
            claim.enter_context(claimed(folder.path))
        except BlockingIOError as error:
            raise RunNotResumable(folder.id, ATTENDED) from error
        yield


@contextmanager
def _reopened(folder: RunFolder) -> Iterator[Store]:
    """The store of a run that has not ended, to write to."""
    store = Store.open(folder.store, to_write=True)
    try:
        record = store.run()
        if RunState(record.state).final:
            raise RunNotResumable(folder.id, f"it has ended: {record.state}, {record.reason}")
        yield store
    finally:
        store.close()


def _former_controller(store: Store, folder: RunFolder) -> tuple[str, Path]:
    """The engine and the sockets of the controller that died."""
    found = store.controller()
    if found is None:
        raise RunNotResumable(folder.id, "its controller died before it had started anything")
    engine, sockets = found
    if why_not := why_not_resumable(engine):
        raise RunNotResumable(folder.id, why_not)
    return engine, Path(sockets)


@contextmanager
def _kept_under(home: Path) -> Iterator[None]:
    """Tell a store that takes no more from all other trouble."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise RunUnkept(str(home), str(error)) from error


def _engine_options(
    topology: Topology, folder: RunFolder, sockets: Path, options: LaunchOptions
) -> EngineOptions:
    return EngineOptions(
        run=folder.id,
        run_folder=folder.path,
        socket_folder=sockets,
        controller=Access().address(sockets, CONTROLLER),
        topology_json=to_json(topology).encode(),
        environment=options.environment,
        base_image=base_image_of(folder),
        registry=registry_of(folder),
        say=options.say,
        owner_grace_s=topology.limits.controller_grace_s,
    )


@contextmanager
def _store(
    folder: RunFolder, topology: Topology, bundles: Mapping[str, bytes], given: Secrets
) -> Iterator[Store]:
    """The run's store with its first globals; it says what ended a start that came to nothing."""
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
    except BaseException as error:
        with suppress(sqlite3.Error):  # Then it is about the store itself.
            state = RunState(store.run().state)
            record_crash(store, state, error, given.redaction(), time.time())
        raise
    finally:
        store.close()


@contextmanager
def _sockets(folder: RunFolder, store: Store, engine: str) -> Iterator[tuple[Path, int]]:
    """A folder for the sockets of a new controller, and its incarnation.

    It is noted before it is made: so whoever comes after this controller knows what to remove.

    Raises:
        EngineError: it cannot be made.
    """
    token = folder.id + secrets.token_hex(4)
    try:
        noted = str(socket_folder_path(token))
        incarnation = store.begin_controller(engine, noted, time.time())
        sockets = socket_folder(token)
    except OSError as error:
        problem = f"no folder for its sockets can be made: {error}; TMPDIR may name another place"
        raise EngineError(engine, problem) from error
    try:
        yield sockets, incarnation
    finally:
        remove_socket_folder(sockets)
