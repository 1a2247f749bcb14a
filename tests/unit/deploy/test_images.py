"""What is in the images of a swarm, when one is made, and what a build that fails leaves."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import pytest

from swarmdsl.deploy.images import building
from swarmdsl.deploy.images.building import bundles_of, dockerfiles_of, images_of
from swarmdsl.deploy.images.entered import first_process
from swarmdsl.deploy.images.environments import (
    OWN_BYTES,
    Environment,
    datasets_of,
    entered_by,
    environments,
    limits_of,
)
from swarmdsl.deploy.images.wheel import own_wheel
from swarmdsl.deploy.images.wheelhouse import fill_wheelhouse, pip_command
from swarmdsl.errors import BundleError, EngineError
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import ModuleSpec, TaskSpec, Topology
from swarmdsl.topology.resources import Resources
from tests.handmade import task, topology

BASE = "python:3.11-slim"
MIB = 2**20
BUNDLE = b"the code of a swarm"
DIGEST = hashlib.sha256(BUNDLE).hexdigest()
Pair = tuple[TaskSpec, ModuleSpec]


def with_module(pair: Pair, **changes: object) -> Pair:
    return pair[0], replace(pair[1], **changes)  # type: ignore[arg-type]


def with_task(pair: Pair, **changes: object) -> Pair:
    return replace(pair[0], **changes), pair[1]  # type: ignore[arg-type]


def swarm(*pairs: Pair) -> Topology:
    return topology([*pairs], [])


@dataclass
class Shelf:
    """Images that are there; it makes further ones by their name, and fails when it is told to."""

    images: dict[str, str] = field(default_factory=lambda: {BASE: "sha256:base"})
    contexts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    problem: str = ""
    remains: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)

    def image_id(self, name: str) -> str | None:
        return self.images.get(name)

    def need_image(self, name: str) -> str:
        if name not in self.images:
            raise EngineError("docker", f"the base image {name!r} is not here")
        return self.images[name]

    def python_of(self, image: str) -> str:
        return f"{sys.version_info.major}.{sys.version_info.minor}"

    def command_of(self, image: str) -> list[str]:
        return self.commands.get(image, [])

    def build(
        self, context: IO[bytes], tag: str, _arguments: Mapping[str, str], remains: str
    ) -> None:
        self.remains[tag] = remains
        if self.problem:
            raise EngineError("docker", self.problem)
        with tarfile.open(fileobj=context) as archive:
            files = {one.name: archive.extractfile(one) for one in archive.getmembers()}
            self.contexts[tag] = {name: file.read() for name, file in files.items() if file}
        self.images[tag] = f"sha256:{tag}"


@pytest.fixture(autouse=True)
def wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheelhouse without a network: it holds one file for each package that is wanted."""

    def fill(folder: Path, wanted: list[str], _python: str, _settings: Mapping[str, str]) -> None:
        folder.mkdir()
        for number, _ in enumerate(wanted):
            (folder / f"{number}.whl").write_bytes(b"")

    monkeypatch.setattr(building, "fill_wheelhouse", fill)


def images(shelf: Shelf, made: Topology, bundles: Mapping[str, bytes] | None = None) -> set[str]:
    told: list[str] = []
    return {*images_of(made, bundles or {DIGEST: BUNDLE}, BASE, {}, shelf, told.append).values()}


# ------------------------------------------------------------------------------ environments


def test_a_worker_has_what_any_of_its_tasks_requires() -> None:
    made = swarm(
        with_module(task("a"), requirements=("numpy>=1.26",)),
        with_module(task("b"), requirements=("pandas", "numpy>=1.26")),
        with_module(task("keeper", "daemon"), requirements=("redis",)),
    )
    assert environments(made, BASE) == {
        "worker@n1#0": Environment(base_image=BASE, requirements=("numpy>=1.26", "pandas")),
        "keeper@n1#0": Environment(base_image=BASE, requirements=("redis",)),
    }


def test_a_module_names_its_own_base_image() -> None:
    made = swarm(with_module(task("a"), image="science:3.12"), task("b"))
    assert environments(made, BASE)["worker@n1#0"].base_image == "science:3.12"


def test_tasks_of_one_daemon_cannot_have_different_images() -> None:
    made = swarm(with_module(task("a"), image="one:1"), with_module(task("b"), image="two:2"))
    with pytest.raises(EngineError, match=r"worker@n1#0 hosts .* different images \(one:1, two:2"):
        environments(made, BASE)


def test_a_container_may_take_what_all_its_tasks_say_and_something_for_itself() -> None:
    half = Resources(memory=64 * MIB, cpu=0.5, gpu=1)
    made = swarm(with_task(task("a"), resources=half), with_task(task("b"), resources=half))
    limits = limits_of(made)["worker@n1#0"]
    assert limits == Resources(memory=128 * MIB + OWN_BYTES, cpu=1.0, gpu=2)


def test_a_task_that_says_nothing_leaves_its_container_without_a_limit() -> None:
    made = swarm(with_task(task("a"), resources=Resources(memory=64 * MIB, cpu=1)), task("b"))
    assert limits_of(made)["worker@n1#0"] == Resources()


def test_a_container_sees_the_datasets_of_its_own_tasks_alone() -> None:
    made = swarm(with_task(task("a"), datasets=("digits",)), task("keeper", "daemon"))
    node = Node(name="n1", datasets={"digits": "/data/digits", "other": "/data/other"})
    seen = datasets_of(replace(made, nodes=(node,)))
    assert seen == {"worker@n1#0": {"/data/digits": "/data/digits"}, "keeper@n1#0": {}}


# ----------------------------------------------------------------------------- when one is made


def test_an_image_holds_swarmdsl_and_the_bundles_by_their_names() -> None:
    shelf = Shelf()
    [image] = images(shelf, swarm(task("a")))
    name, wheel = own_wheel()
    files = shelf.contexts[image]
    assert files[f"bundles/{DIGEST}"] == BUNDLE
    assert files[name] == wheel
    assert files["Dockerfile"].decode().startswith("FROM swarmdsl-environment:")


def test_nothing_is_made_twice() -> None:
    shelf = Shelf()
    first = images(shelf, swarm(task("a")))
    shelf.problem = "nothing may be made now"
    assert images(shelf, swarm(task("a"))) == first


def test_other_code_needs_another_image_in_the_same_environment() -> None:
    shelf = Shelf()
    first, second = (images(shelf, swarm(task("a")), {name: b""}) for name in ("aa", "bb"))
    assert first != second
    assert len([tag for tag in shelf.contexts if tag.startswith("swarmdsl-environment:")]) == 1


def test_another_base_image_of_the_same_name_is_another_environment() -> None:
    shelf = Shelf()
    images(shelf, swarm(task("a")))
    shelf.images[BASE] = "sha256:newer"
    images(shelf, swarm(task("a")))
    assert len([tag for tag in shelf.contexts if tag.startswith("swarmdsl-environment:")]) == 2


def test_daemons_of_one_environment_share_its_image() -> None:
    shelf = Shelf()
    made = swarm(task("a"), task("keeper", "daemon"))
    assert len(images(shelf, made)) == 1
    other = swarm(task("a"), with_module(task("keeper", "daemon"), requirements=("redis",)))
    assert len(images(shelf, other)) == 2


def test_a_build_that_fails_names_no_image() -> None:
    shelf = Shelf(problem="no space left on device")
    with pytest.raises(EngineError, match="no space left on device"):
        images(shelf, swarm(task("a")))
    assert shelf.images == {BASE: "sha256:base"}


def test_what_a_build_leaves_is_known_by_the_environment_it_was_made_in() -> None:
    shelf = Shelf()
    images(shelf, swarm(task("a")))
    [(environment, own), (_, inherited)] = shelf.remains.items()
    assert environment == f"swarmdsl-environment:{own}"
    assert inherited == own


def test_dockerfiles_can_be_seen_without_any_docker() -> None:
    [environment, own] = dockerfiles_of(swarm(task("a")), "science:3.12")
    assert "ARG BASE_IMAGE=science:3.12" in environment
    assert "--no-index" in environment
    assert "COPY bundles /swarm/bundles" in own


def test_the_bundles_of_a_run_are_read_and_checked(tmp_path: Path) -> None:
    made = swarm(with_module(task("a"), bundle=DIGEST, encoding="zip"))
    (tmp_path / "bundles").mkdir()
    file = tmp_path / "bundles" / DIGEST
    file.write_bytes(BUNDLE)
    assert bundles_of(made, tmp_path) == {DIGEST: BUNDLE}
    file.write_bytes(b"something else")
    with pytest.raises(BundleError, match="it was altered"):
        bundles_of(made, tmp_path)


# ---------------------------------------------------------------------------- images as modules


def entering() -> tuple[Shelf, Topology]:
    """A shelf with the image of a module, and a swarm of that module."""
    shelf = Shelf()
    shelf.images["postgres:17"] = "sha256:postgres"
    shelf.commands["sha256:postgres"] = ["/entry.sh", "postgres"]
    return shelf, swarm(with_module(task("store"), kind="image", image="postgres:17"))


def test_a_module_that_is_an_image_is_the_base_of_its_own_and_not_of_the_environment() -> None:
    _, made = entering()
    assert environments(made, BASE)["worker@n1#0"] == Environment(
        base_image=BASE, entered="postgres:17"
    )
    assert entered_by(made) == {"worker@n1#0"}


def test_two_images_as_modules_cannot_share_a_daemon() -> None:
    made = swarm(
        with_module(task("a"), kind="image", image="one:1"),
        with_module(task("b"), kind="image", image="two:2"),
    )
    with pytest.raises(EngineError, match=r"\(one:1, two:2\).* or nodes of their own"):
        environments(made, BASE)


def test_an_environment_is_put_beside_what_the_image_holds() -> None:
    shelf, made = entering()
    [image] = images(shelf, made)
    files = shelf.contexts[image]
    runtime, _, own = files["Dockerfile"].decode().partition("\n\n")
    assert runtime.startswith("FROM swarmdsl-environment:")
    assert own.startswith("FROM postgres:17\nLABEL ")
    assert "\nCOPY --from=runtime / /swarm/runtime\n" in own
    assert json.loads(files["entry.json"]) == ["/entry.sh", "postgres"]
    assert files[f"bundles/{DIGEST}"] == BUNDLE


def test_what_is_left_of_making_it_is_told_from_what_is_left_of_its_environment() -> None:
    shelf, made = entering()
    [image] = images(shelf, made)
    environment, _ = shelf.remains
    assert shelf.remains[image] != shelf.remains[environment]
    label = f"LABEL swarmdsl.build={shelf.remains[image]}\n"
    assert shelf.contexts[image]["Dockerfile"].decode().count(label) == 2


def test_its_first_process_needs_nothing_of_the_image() -> None:
    *paths, isolated, module, name = first_process(is_entered=True)
    assert (isolated, module, name) == ("-I", "-m", "swarmdsl.daemon")
    assert [one for one in paths if not one.startswith(("/swarm/runtime/", "--"))] == []


def test_its_dockerfile_can_be_seen_without_any_docker() -> None:
    _, made = entering()
    assert "\nFROM postgres:17\n" in dockerfiles_of(made, BASE)[1]


def test_an_image_with_another_entry_point_is_made_anew() -> None:
    shelf, made = entering()
    first = images(shelf, made)
    assert images(shelf, made) == first
    shelf.images["postgres:17"] = "sha256:newer"
    shelf.commands["sha256:newer"] = ["/other.sh"]
    assert images(shelf, made) != first


def test_an_image_without_an_entry_point_is_refused() -> None:
    shelf, made = entering()
    shelf.commands.clear()
    with pytest.raises(EngineError, match="'postgres:17' has neither ENTRYPOINT nor CMD"):
        images(shelf, made)


# ------------------------------------------------------------------------------------ packages


def test_the_wheel_holds_this_swarmdsl_and_its_record_is_true() -> None:
    with zipfile.ZipFile(io.BytesIO(own_wheel()[1])) as wheel:
        names = wheel.namelist()
        record = next(name for name in names if name.endswith("/RECORD"))
        lines = [line.split(",") for line in wheel.read(record).decode().splitlines()]
        for name, told, _ in lines:
            if told:
                digest = hashlib.sha256(wheel.read(name)).digest()
                assert told == f"sha256={urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    assert {name for name, *_ in lines} == {*names}
    assert {"swarmdsl/__init__.py", "swarmdsl_modules/coincidence.py"} <= {*names}
    assert not [name for name in names if name.endswith((".pyc", ".so"))]


def test_the_wheel_can_be_installed(tmp_path: Path) -> None:
    name, data = own_wheel()
    (tmp_path / name).write_bytes(data)
    install = ["install", "--quiet", "--no-deps", "--no-index", "--target", str(tmp_path / "there")]
    subprocess.run([sys.executable, "-m", "pip", *install, tmp_path / name], check=True)
    asked = "import swarmdsl; print(swarmdsl.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "there")}
    told = subprocess.run(
        [sys.executable, "-P", "-c", asked],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.startswith(str(tmp_path / "there"))


def test_for_another_python_only_ready_made_packages_are_taken() -> None:
    command = pip_command(Path("w"), ["numpy"], python="3.13", own="3.11")
    assert {"download", "--only-binary=:all:", "--python-version=3.13"} <= {*command}


def test_a_package_that_pip_cannot_get_is_told_with_its_words(tmp_path: Path) -> None:
    settings = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(EngineError, match="No matching distribution found for no-such-package"):
        fill_wheelhouse(tmp_path / "wheels", ["no-such-package"], own, settings)
