"""Containers whose network fails: the results are those of a good network, and it shows where.

A binder takes pages, and its result depends on each of them and on their order
(`faulty_swarm.py`). The fault is on one of the two containers; the other is well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from swarmdsl import Run, Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.happenings import DaemonConnected, DaemonLost, Happening, InstanceStarted
from swarmdsl.control.state import RunState
from swarmdsl.deploy.engines.docker_client import DAEMON_LABEL, DockerClient
from swarmdsl.stats.summary import ConnectionStatistics, LinkStatistics
from tests.docker_case import BASE_IMAGE, docker_client, plain_image
from tests.faults import Faults, need_faults

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SWARMS = Path(__file__).with_name("faulty_swarm.py")
PAGES, BINDER = "pages@node1#0", "binder@node2#0"
PARTED_S = 20.0
DELAY_MS = 50
SHORT_S = 0.03  # a round trip on one machine, however busy that is
SPURIOUS = 10  # segments that a busy machine sends again though none was lost
Observer = Callable[[Happening], None]


@pytest.fixture(scope="module")
def client() -> Iterator[DockerClient]:
    need_faults()
    made = docker_client()
    plain_image(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def calm(client: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run whose network is well."""
    return run_of("Printing", tmp_path_factory.mktemp("calm"))


def run_of(name: str, home: Path, *observers: Observer) -> Run:
    swarm = load_target(f"{SWARMS}:{name}")
    assert isinstance(swarm, Swarm)
    return swarm.run(
        nodes=2, engine="docker", base_image=BASE_IMAGE, home=home, observers=observers
    )


def faults_of(client: DockerClient, home: Path, daemon: str) -> Faults:
    """The network of the container of a daemon of the only run there."""
    [folder] = (home / "runs").iterdir()
    chosen = {"label": [f"swarmdsl.run={folder.name}", f"{DAEMON_LABEL}={daemon}"]}
    [found] = client.api.containers(filters=chosen)
    return Faults(client.api.inspect_container(found["Id"])["State"]["Pid"])


def when_connected(daemon: str, do: Callable[[], None]) -> Observer:
    def observer(happening: Happening) -> None:
        if isinstance(happening, DaemonConnected) and happening.daemon == daemon:
            do()

    return observer


def pages_of(run: Run) -> LinkStatistics:
    [link] = [one for one in run.stats.links if one.source == "pages"]
    return link


def network_of(run: Run, source: str, destination: str) -> ConnectionStatistics:
    [found] = [
        one
        for one in run.stats.connections
        if (one.source, one.destination) == (source, destination)
    ]
    return found


def require_equal(run: Run, calm: Run) -> None:
    assert run.state is RunState.COMPLETED
    assert run.value == calm.value
    assert pages_of(run).missed == {}


def test_without_a_fault_nothing_is_sent_again_and_round_trips_are_short(calm: Run) -> None:
    pairs = [(one.source, one.destination) for one in calm.stats.connections]
    assert pairs == [(BINDER, "controller"), (PAGES, BINDER), (PAGES, "controller")]
    assert sum(one.retransmitted for one in calm.stats.connections) < SPURIOUS
    assert max(one.round_trip.quantile(0.5) for one in calm.stats.connections) < SHORT_S


def test_where_packets_are_lost_the_connection_tells_how_many_were_sent_again(
    client: DockerClient, tmp_path: Path, calm: Run
) -> None:
    def lose() -> None:
        faults_of(client, tmp_path, BINDER).lose(0.05)

    run = run_of("Printing", tmp_path, when_connected(BINDER, lose))
    require_equal(run, calm)
    lossy = network_of(run, PAGES, BINDER)
    assert lossy.segments > 500
    # One of twenty is lost, but on a busy machine some have gone before that begins.
    assert lossy.retransmitted > max(SPURIOUS, lossy.segments / 100)
    assert network_of(run, PAGES, "controller").retransmitted < SPURIOUS


def test_where_packets_come_late_the_round_trips_of_the_network_are_long(
    client: DockerClient, tmp_path: Path, calm: Run
) -> None:
    with ExitStack() as delays:

        def delay() -> None:
            delays.enter_context(faults_of(client, tmp_path, BINDER).delayed(DELAY_MS))

        run = run_of("Printing", tmp_path, when_connected(BINDER, delay))
    require_equal(run, calm)
    assert network_of(run, PAGES, BINDER).round_trip.quantile(0.5) > 0.8 * DELAY_MS / 1e3
    assert network_of(run, PAGES, "controller").round_trip.quantile(0.5) < SHORT_S
    assert pages_of(run).round_trip.min > 0.8 * DELAY_MS / 1e3


def test_behind_a_slow_link_the_daemon_that_pushes_is_seen_to_wait(
    client: DockerClient, tmp_path: Path, calm: Run
) -> None:
    def limit() -> None:
        faults_of(client, tmp_path, PAGES).limit("8mbit")

    run = run_of("Printing", tmp_path, when_connected(PAGES, limit))
    require_equal(run, calm)
    [pages] = [one for one in run.stats.daemons if one.daemon == PAGES]
    # 3 MB at 1 MB a second, of which 0.25 MB may be on their way.
    assert pages.blocked_s > 1.0
    assert pages_of(run).round_trip.quantile(0.5) > 0.1


def test_a_partition_in_the_midst_of_a_round_delays_it_and_loses_nothing(
    client: DockerClient, tmp_path: Path, calm: Run
) -> None:
    lost: list[Happening] = []

    def part_at_work(happening: Happening) -> None:
        if isinstance(happening, InstanceStarted) and happening.alias == "binder":
            parted = faults_of(client, tmp_path, BINDER)
            parted.part()
            joining = threading.Timer(PARTED_S, parted.join)
            joining.daemon = True
            joining.start()
        if isinstance(happening, DaemonLost):
            lost.append(happening)

    def slow_down() -> None:  # so that there is a midst
        faults_of(client, tmp_path, PAGES).limit("8mbit")

    run = run_of("Printing", tmp_path, when_connected(PAGES, slow_down), part_at_work)
    require_equal(run, calm)
    assert lost == []
    assert PARTED_S < pages_of(run).round_trip.max < 2 * PARTED_S
    parted = network_of(run, PAGES, BINDER)
    assert (parted.opened, parted.retransmitted > 3) == (1, True)


def test_a_partition_longer_than_the_lease_has_the_daemon_leave_and_come_back(
    client: DockerClient, tmp_path: Path, calm: Run
) -> None:
    parted: list[Faults] = []
    lost: list[DaemonLost] = []

    def part() -> None:
        if not parted:
            parted.append(faults_of(client, tmp_path, BINDER))
            parted[0].part()

    def join(happening: Happening) -> None:
        if isinstance(happening, DaemonLost):
            lost.append(happening)
            parted[0].join()

    run = run_of("Impatient", tmp_path, when_connected(BINDER, part), join)
    require_equal(run, calm)
    [once] = lost
    assert f"daemon {BINDER} left by itself, as the controller had not answered" in once.text
