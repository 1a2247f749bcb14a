"""What `swarm up` and `swarm down` see of a deployed swarm, and what each operation keeps of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest

from swarmdsl.control import asking, deploying
from swarmdsl.control.claim import claimed
from swarmdsl.control.deploying import Deployer, Program
from swarmdsl.control.deployments import Deployment, Deployments
from swarmdsl.control.home import RunFolder
from swarmdsl.control.launch import LaunchOptions
from swarmdsl.control.store import Store
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from swarmdsl.deploy.engines.docker_observed import Found
from swarmdsl.deploy.observed import Observed, PlannedImage
from swarmdsl.deploy.plan import (
    MakeImage,
    PlaceTasks,
    PullImage,
    RemoveImage,
    RemoveNetwork,
    ReplaceDaemon,
    StopRun,
)
from swarmdsl.errors import CallFailed, DeploymentFailed, EngineError
from swarmdsl.topology.codec import to_json
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import Topology
from tests.handmade import chain
from tests.kept import kept

BASE, BELOW, IMAGE = "python:3.11-slim", "swarmdsl-environment:1", "swarm-handmade:1"
DOUBLE = "double@n2#0"
PROGRAM = Program(topology=chain(), bundles={})
PLANNED = PlannedImage(base=BASE, environment=BELOW, name=IMAGE)


@dataclass
class Shelf:
    """The images and containers of a Docker in memory."""

    there: set[str] = field(default_factory=lambda: {BASE})
    found_now: Found = field(default_factory=lambda: Found((), (), {}))
    problem: str = ""
    used: set[str] = field(default_factory=set)
    removed: list[str] = field(default_factory=list)

    def __call__(self, _options: LaunchOptions) -> Shelf:
        return self

    def close(self) -> None:
        self.removed.append("closed")

    def planned(self, topology: Topology, _bundles: object) -> dict[str, PlannedImage]:
        if BASE not in self.there:
            return {DOUBLE: PlannedImage(base=BASE)}
        return {DOUBLE: PLANNED}

    def here(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(self.there.intersection(names))

    def found(self, run: str) -> Found:
        return self.found_now if run else Found((), (), {})

    def pull(self, image: str) -> None:
        self._perhaps_fail()
        self.there.add(image)

    def make(self, _topology: Topology, _bundles: object, daemons: Iterable[str]) -> None:
        self._perhaps_fail()
        assert [*daemons] == [DOUBLE]
        self.there |= {BELOW, IMAGE}

    def remove(self, image: str) -> bool:
        if image in self.used:
            return False
        self.there.discard(image)
        return True

    def remove_network(self, name: str, run: str) -> None:
        self.removed.append(f"{name} of {run}")

    def _perhaps_fail(self) -> None:
        if self.problem:
            raise EngineError("docker", self.problem)


@dataclass
class Bench:
    """A deployed swarm under a home, and the Docker that it is in."""

    home: Path
    shelf: Shelf
    deployments: Deployments
    now_s: float = 0.0

    def pause(self, seconds: float) -> None:
        self.now_s += seconds

    def deployer(
        self, deployment: Deployment, *, wanted: bool = True, program: Program = PROGRAM
    ) -> Deployer:
        return Deployer(
            self.deployments,
            deployment,
            program if wanted else None,
            LaunchOptions(home=self.home, environment={}, engine="docker"),
            Patience(monotonic_s=lambda: self.now_s, pause=self.pause),
            timeout_s=10.0,
        )

    def deployed(self, **changes: object) -> Deployment:
        whole = Deployment(
            source="/home/me/chain.py",
            swarm="handmade",
            run="r1",
            engine="docker",
            topology=to_json(chain()),
            images={DOUBLE: "swarm-handmade:0"},
        )
        made = msgspec.structs.replace(whole, **changes)
        self.deployments.keep(made)
        return made

    def observed(self, deployment: Deployment) -> Observed:
        return self.deployer(deployment).observed()

    def known(self) -> Deployment:
        return self.deployments.of("/home/me/chain.py", "handmade")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    shelf = Shelf()
    monkeypatch.setattr(deploying, "DeployedImages", shelf)
    deployments = Deployments(tmp_path)
    with deployments.held():
        yield Bench(tmp_path, shelf, deployments)


# ------------------------------------------------------------------------------- what is seen


def test_of_a_swarm_that_was_never_deployed_nothing_stands(bench: Bench) -> None:
    seen = bench.observed(Deployment(source="s", swarm="w"))
    assert (seen.run, seen.here, seen.made) == (None, frozenset({BASE}), ())


def test_a_run_that_somebody_looks_after_stands(bench: Bench) -> None:
    folder = kept(bench.home, "r1")
    with claimed(folder.path):
        run = bench.observed(bench.deployed()).run
    assert run is not None
    assert (run.run, run.is_lost, run.topology) == ("r1", False, chain())


def test_one_that_nobody_looks_after_is_lost(bench: Bench) -> None:
    kept(bench.home, "r1")
    run = bench.observed(bench.deployed()).run
    assert run is not None
    assert run.is_lost


def test_one_that_has_ended_does_not_stand(bench: Bench) -> None:
    kept(bench.home, "r1", state="COMPLETED", ended_at=2_000.0)
    assert bench.observed(bench.deployed()).run is None


def test_one_whose_folder_is_gone_does_not_stand(bench: Bench) -> None:
    assert bench.observed(bench.deployed()).run is None


@pytest.mark.parametrize(
    ("engine", "seen"), [("docker", "of the container"), ("docker-swarm", "swarm-handmade:0")]
)
def test_which_image_a_daemon_has_its_container_tells(bench: Bench, engine: str, seen: str) -> None:
    kept(bench.home, "r1")
    bench.shelf.found_now = Found(("c",), ("n",), {DOUBLE: "of the container"})
    run = bench.observed(bench.deployed(engine=engine)).run
    assert run is not None
    assert run.images == {DOUBLE: seen}


def test_what_a_dead_controller_has_left_is_seen(bench: Bench) -> None:
    bench.shelf.found_now = Found(("swarm-r1-1",), ("swarm-r1",), {})
    seen = bench.observed(bench.deployed())
    assert (seen.containers, seen.networks) == (("swarm-r1-1",), ("swarm-r1",))


def test_of_what_was_made_only_what_is_here_is_seen_and_what_others_need_is_marked(
    bench: Bench,
) -> None:
    bench.shelf.there |= {BELOW, IMAGE}
    bench.deployments.keep(Deployment(source="other.py", swarm="Other", needs=[BELOW]))
    seen = bench.observed(bench.deployed(made=[IMAGE, "swarm-handmade:gone", BELOW], needs=[BASE]))
    assert seen.made == (IMAGE, BELOW)
    assert seen.shared == {BELOW}


def test_without_containers_no_docker_is_asked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_options: LaunchOptions) -> None:
        raise AssertionError("it was asked")

    monkeypatch.setattr(deploying, "DeployedImages", refuse)
    deployer = bench.deployer(bench.deployed(engine="process"), wanted=False)
    assert deployer.observed() == Observed()
    assert deployer.wanted() is None


def test_what_is_wanted_has_its_images_and_the_digest_of_swarmdsl(bench: Bench) -> None:
    wanted = bench.deployer(bench.deployed()).wanted()
    assert wanted is not None
    assert wanted.images == {DOUBLE: PLANNED}
    assert len(wanted.package) == 64


# -------------------------------------------------------------------------------- what is done


def test_an_image_is_noted_before_it_is_made_also_if_that_fails(bench: Bench) -> None:
    bench.shelf.problem = "no space left on device"
    with pytest.raises(EngineError, match="no space left"):
        bench.deployer(bench.deployed()).apply(MakeImage(image=IMAGE, base=BASE, cause=""))
    assert bench.known().made == [IMAGE, BELOW]


def test_what_was_here_already_is_not_noted_as_made(bench: Bench) -> None:
    bench.shelf.there.add(BELOW)
    bench.deployer(bench.deployed()).apply(MakeImage(image=IMAGE, base=BASE, cause=""))
    assert bench.known().made == [IMAGE]


def test_a_base_that_was_pulled_comes_after_what_is_made_from_it(bench: Bench) -> None:
    bench.shelf.there.clear()
    deployer = bench.deployer(bench.deployed())
    deployer.apply(PullImage(image=BASE, cause=""))
    deployer.apply(MakeImage(image="", base=BASE, cause=""))
    assert bench.known().made == [IMAGE, BELOW, BASE]


def test_an_image_that_a_container_uses_stays_and_stays_noted(bench: Bench) -> None:
    bench.shelf.there.add(IMAGE)
    bench.shelf.used.add(IMAGE)
    deployer = bench.deployer(bench.deployed(made=[IMAGE]), wanted=False)
    with pytest.raises(DeploymentFailed, match=f"image {IMAGE}: a container uses it"):
        deployer.apply(RemoveImage(image=IMAGE, cause=""))
    assert bench.known().made == [IMAGE]


def test_an_image_that_was_removed_is_not_noted_any_more(bench: Bench) -> None:
    deployer = bench.deployer(bench.deployed(made=[IMAGE, BELOW]), wanted=False)
    deployer.apply(RemoveImage(image=IMAGE, cause=""))
    assert bench.known().made == [BELOW]


def test_a_network_is_removed_as_one_of_its_run(bench: Bench) -> None:
    deployer = bench.deployer(bench.deployed(), wanted=False)
    deployer.apply(RemoveNetwork(network="swarm-r1", cause=""))
    deployer.close()
    assert bench.shelf.removed == ["swarm-r1 of r1", "closed"]


def test_a_run_whose_folder_is_gone_cannot_be_stopped(bench: Bench) -> None:
    with pytest.raises(DeploymentFailed, match="run r1: its folder is gone"):
        bench.deployer(bench.deployed()).apply(StopRun(run="r1", cause=""))


def test_taken_down_it_is_forgotten_and_what_another_needs_is_that_ones_to_remove(
    bench: Bench,
) -> None:
    bench.shelf.there |= {BELOW, IMAGE}
    bench.deployments.keep(Deployment(source="other.py", swarm="Other", needs=[BELOW]))
    bench.deployer(bench.deployed(made=[IMAGE, BELOW]), wanted=False).settle()
    [other] = bench.deployments.all()
    assert (other.swarm, other.made) == ("Other", [BELOW])


def test_its_images_may_stay_and_stay_noted(bench: Bench) -> None:
    bench.deployer(bench.deployed(made=[IMAGE]), wanted=False).keep_images()
    assert (bench.known().run, bench.known().made) == ("", [IMAGE])


def test_what_stands_now_is_noted_as_it_is_wanted(bench: Bench) -> None:
    bench.deployer(bench.deployed(topology="{}")).settle()
    assert bench.known().topology == to_json(chain())


# ----------------------------------------------------------------------------- one is replaced


REPLACE = ReplaceDaemon(daemon=DOUBLE, image=IMAGE, cause="")
Asked = tuple[dict[str, str], ...]


def tell(folder: RunFolder, *kinds: str) -> None:
    store = Store.open(folder.store, to_write=True)
    for kind in kinds:
        store.add_event(1.0, kind, DOUBLE, None, "")
    store.close()


def answers(monkeypatch: pytest.MonkeyPatch, *kinds: str) -> list[Mapping[str, str]]:
    """The controller tells these things when it is asked."""
    asked: list[Mapping[str, str]] = []

    def replace_daemons(stored: StoredRun, images: Mapping[str, str], _: Patience) -> None:
        asked.append(images)
        tell(stored.folder, *kinds)

    monkeypatch.setattr(asking, "replace_daemons", replace_daemons)
    return asked


def test_it_is_asked_for_and_waited_for_and_then_noted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kept(bench.home, "r1")
    tell(folder, "DaemonConnected", "DaemonReplaced", "DaemonConnected")
    asked = answers(monkeypatch, "DaemonReplaced", "DaemonConnected")
    with claimed(folder.path):
        bench.deployer(bench.deployed()).apply(REPLACE)
    assert asked == [{DOUBLE: IMAGE}]
    assert bench.known().images == {DOUBLE: IMAGE}
    assert bench.known().needs == [IMAGE, BELOW, BASE]


def test_one_that_does_not_come_back_in_time_is_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kept(bench.home, "r1")
    answers(monkeypatch, "DaemonReplaced")
    deployer = bench.deployer(bench.deployed())
    told = f"daemon {DOUBLE} was replaced: it has not connected within 10 s"
    with claimed(folder.path), pytest.raises(DeploymentFailed, match=told):
        deployer.apply(REPLACE)
    assert bench.known().images == {DOUBLE: "swarm-handmade:0"}
    assert bench.now_s == pytest.approx(10.0, abs=1.0)


def test_a_run_that_ends_meanwhile_is_told_with_its_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(bench.home, "r1", state="FAILED", ended_at=2.0, reason="Doubles cannot start")
    answers(monkeypatch, "DaemonReplaced")
    with pytest.raises(DeploymentFailed, match="the run has ended: Doubles cannot start"):
        bench.deployer(bench.deployed()).apply(REPLACE)
    assert bench.now_s < 1.0


def test_options_of_a_run_may_be_completed_before_it_begins(bench: Bench) -> None:
    deployer = bench.deployer(bench.deployed())
    deployer.options = replace(deployer.options, transport="tcp")
    assert deployer.options.transport == "tcp"


# ---------------------------------------------------------------- tasks that are placed anew


def placing(monkeypatch: pytest.MonkeyPatch, problem: str = "") -> list[Mapping[str, object]]:
    """The controller is asked for it, and refuses if there is a problem."""
    asked: list[Mapping[str, object]] = []

    def place_tasks(_: StoredRun, nodes: Mapping[str, object], __: Patience) -> None:
        if problem:
            raise CallFailed("place", problem)
        asked.append(nodes)

    monkeypatch.setattr(asking, "place_tasks", place_tasks)
    return asked


def place(**orders: tuple[str, ...]) -> PlaceTasks:
    return PlaceTasks(run="r1", orders=orders, moves=(), kept=(), cause="a test")


def test_what_the_run_was_told_is_noted_beside_what_it_was_told_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(bench.home, "r1")
    asked = placing(monkeypatch)
    deployer = bench.deployer(bench.deployed(orders={"source": ["n1"], "total": ["n9"]}))
    deployer.apply(place(total=("n2", "n1")))
    assert asked == [{"total": ("n2", "n1")}]
    assert bench.known().orders == {"source": ["n1"], "total": ["n2", "n1"]}
    run = deployer.observed().run
    assert run is None or run.orders["total"] == ["n2", "n1"]


def test_where_all_stays_nobody_is_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(bench.home, "r1")
    asked = placing(monkeypatch)
    bench.deployer(bench.deployed()).apply(place())
    assert asked == []


def test_what_the_run_refuses_is_not_noted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(bench.home, "r1")
    placing(monkeypatch, problem="the run has ended")
    with pytest.raises(CallFailed, match="the run has ended"):
        bench.deployer(bench.deployed()).apply(place(total=("n2", "n1")))
    assert bench.known().orders == {}


def test_the_weights_of_now_are_noted_beside_the_topology_that_the_run_began_with(
    bench: Bench,
) -> None:
    now = replace(chain(), nodes=(Node(name="n1", weight=9.0), Node(name="n2")))
    program = Program(topology=now, bundles={}, as_begun=chain())
    deployer = bench.deployer(bench.deployed(), program=program)
    wanted = deployer.wanted()
    assert wanted is not None
    assert wanted.as_begun is not None
    assert (wanted.topology, wanted.as_begun.topology) == (now, chain())
    deployer.settle()
    assert bench.known().topology == to_json(chain())
    assert bench.known().weights == {"n1": 9.0, "n2": 0.0}
