"""A run in the background: a process of its own looks after it, and outlives whoever began it.

That process is executed (`swarmdsl.cli.detached`), in a session of its own, so that neither Ctrl-C
nor the end of a terminal reaches it. What it says goes to `logs/controller.log`. By a pipe it says
that its controller has begun, and then how the start went; after that nobody listens to it any
more. Secrets reach it in a file that exists in memory alone (`memfd_create`), by an inherited
descriptor: what stands in a command line, in an environment or in the folder of the run can be read
by others, and stays.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from swarmdsl.control.home import RunFolder
from swarmdsl.control.launch import ATTENDED, LaunchOptions, prepare
from swarmdsl.control.secrets import Secrets, require_secrets
from swarmdsl.control.stored_run import StoredRun, is_lost
from swarmdsl.daemon.arguments import log_file
from swarmdsl.deploy.engines.server_process import server_environment
from swarmdsl.deploy.registry import DEFAULT
from swarmdsl.errors import RunNotResumable, RunNotStarted
from swarmdsl.topology.model import Topology

LOG = "controller"  # the name of its log, beside those of the daemons
MARGIN_S = 30.0  # beyond the time for daemons to connect: Python starts, and ends what failed
ENDS_S = 15.0  # for a start that nobody wants any more to end in good order
PREPARES_S = 7_200.0  # before the controller begins: images are made, which may take an hour
BEGUN = b"."  # the first word: the controller has begun
STARTED = b"started"  # the last word: the run runs, or has ended already; all else is a problem
WORD_BYTES_MAX = 4_096
LAUNCHES, RESUMES = "launch", "resume"  # what the process does first


def start_detached(
    topology: Topology, bundles: Mapping[str, bytes], options: LaunchOptions
) -> RunFolder:
    """Begin a run in the background; returns when all daemons have connected, or it has failed.

    The record of the run says which of the two.

    Raises:
        RunNotStarted: its process ended without a record, or said nothing in time.
        EngineError, PlatformUnsupported, RunUnkept, SecretsWrong: as `launch`.
    """
    folder = prepare(topology, bundles, options)
    begin_prepared(folder, topology, options)
    return folder


def begin_prepared(folder: RunFolder, topology: Topology, options: LaunchOptions) -> None:
    """Begin a run that `prepare` has put into its folder, as `start_detached` does.

    Raises:
        RunNotStarted: its process ended without a record, or said nothing in time.
    """
    _begin(folder, LAUNCHES, options, topology.limits.start_timeout_s)


def resume_detached(folder: RunFolder, options: LaunchOptions) -> None:
    """Go on with a lost run in the background; returns when its daemons are in new hands.

    Those that died are waited for until `limits.start_timeout_s` is over; then the run goes on
    all the same.

    Raises:
        RunNotResumable: it has ended, or a living process looks after it.
        RunNotStarted: the process could not go on with it, or said nothing in time.
        SecretsWrong: the secrets are not those that the tasks declare.
        TopologyError: the topology of the run cannot be read.
    """
    stored = StoredRun.open(folder)
    record = stored.record()
    if not is_lost(record):
        ended = record.ended_at is not None
        why = f"it has ended: {record.state}, {record.reason}" if ended else ATTENDED
        raise RunNotResumable(folder.id, why)
    require_secrets(stored.topology, options.secrets.names)
    _begin(folder, RESUMES, options, stored.topology.limits.start_timeout_s)


def _begin(folder: RunFolder, what: str, options: LaunchOptions, start_timeout_s: float) -> None:
    """Execute the process, and wait for its word."""
    reader, writer = os.pipe()
    secrets = descriptor_with(options.secrets)
    try:
        process = _execute(folder, what, options, (writer, secrets))
    finally:
        os.close(writer)
        os.close(secrets)
    # A process that nobody waits for stays in the kernel's table as long as we live.
    threading.Thread(target=process.wait, daemon=True).start()
    try:
        starts_s = start_timeout_s + MARGIN_S
        prepares_s = starts_s if options.engine == DEFAULT else PREPARES_S
        await_word(folder, reader, prepares_s, starts_s)
    except BaseException:  # Ctrl-C as well: whoever gets no id must not leave a run behind.
        _end(process)
        raise
    finally:
        os.close(reader)


def controller_log(folder: RunFolder) -> Path:
    """Where the controller of a run in the background writes."""
    return log_file(folder.path, LOG)


def _execute(
    folder: RunFolder, what: str, options: LaunchOptions, descriptors: tuple[int, int]
) -> subprocess.Popen[bytes]:
    words = ["-m", "swarmdsl.cli.detached", what, str(folder.path), options.engine]
    words += [str(one) for one in descriptors]
    with controller_log(folder).open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-P", *words],  # -P: no file of the current folder hides a module
            env=server_environment(options.environment),
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def descriptor_with(secrets: Secrets) -> int:
    """A descriptor of a file that no folder has, with the secrets to read in it."""
    descriptor = os.memfd_create("secrets")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(secrets.packed())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def secrets_from(descriptor: int) -> Secrets:
    """What `descriptor_with` has put there; the descriptor is closed."""
    with open(descriptor, "rb") as file:
        return Secrets.unpacked(file.read())


def await_word(folder: RunFolder, reader: int, prepares_s: float, starts_s: float) -> None:
    """Wait for the word that the run has started.

    Args:
        folder: of the run.
        reader: where its process says how the start goes.
        prepares_s: how long it may take until the controller begins.
        starts_s: how long it may take from then on.

    Raises:
        RunNotStarted: it said nothing in time, that it cannot, or nothing at all and ended.
    """
    timeout_s, said = prepares_s, b""
    deadline_s = time.monotonic() + timeout_s
    while len(said) < WORD_BYTES_MAX:
        left_s = max(0.0, deadline_s - time.monotonic())
        if not select.select([reader], [], [], left_s)[0]:
            raise _not_started(folder, f"it said nothing within {timeout_s:g} s")
        part = os.read(reader, WORD_BYTES_MAX)
        if not part:
            break
        said += part
        if said == BEGUN:
            timeout_s = starts_s
            deadline_s = time.monotonic() + timeout_s
    said = said.removeprefix(BEGUN)
    if said != STARTED:
        problem = said.decode("utf-8", "replace") or "its process ended without a word"
        raise _not_started(folder, problem)


def _not_started(folder: RunFolder, problem: str) -> RunNotStarted:
    return RunNotStarted(folder.id, str(controller_log(folder)), problem)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()  # in good order, as by Ctrl-C
    try:
        process.wait(ENDS_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
