"""The files of a Compose project: what is in them, and that they are the same each time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.deploy.compose.document import names_for
from swarmdsl.deploy.compose.folder import DOCUMENT, HEAD, compose_files
from swarmdsl.errors import EngineError
from swarmdsl.topology.codec import FILE, from_toml, read, to_text
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import ModuleSpec, NetworkSpec, TaskSpec, Topology
from swarmdsl.topology.resources import Resources
from tests.handmade import task, topology

yaml = pytest.importorskip("yaml")

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
BASE = "python:3.11-slim"
MIB = 2**20
Pair = tuple[TaskSpec, ModuleSpec]


def example(name: str) -> Topology:
    return read(EXAMPLES / f"{name}.topology.toml")[0]


def with_module(pair: Pair, **changes: object) -> Pair:
    return pair[0], replace(pair[1], **changes)  # type: ignore[arg-type]


def with_task(pair: Pair, **changes: object) -> Pair:
    return replace(pair[0], **changes), pair[1]  # type: ignore[arg-type]


def swarm(*pairs: Pair) -> Topology:
    return topology([*pairs], [])


def services_of(made: Topology) -> dict[str, Any]:
    document = yaml.safe_load(compose_files(made, {}, BASE)[DOCUMENT])
    services: dict[str, Any] = document["services"]
    return services


@pytest.mark.parametrize("name", ["wordcount", "federated_digits"])
def test_the_compose_file_of_an_example_is_the_golden_one(
    name: str, golden: Callable[[str, str], None]
) -> None:
    written = compose_files(example(name), {}, BASE)[DOCUMENT].decode()
    # The tag names all of swarmdsl, which is another with every change of it.
    text = re.sub(r"(image: \"[a-z-]+:)[0-9a-f]{16}", r"\1<digest>", written)
    golden(f"compose/{name}.yaml", text.removeprefix(HEAD))


def test_equal_topologies_give_equal_bytes() -> None:
    first = compose_files(example("wordcount"), {"0" * 64: b"code"}, BASE)
    again = compose_files(example("wordcount"), {"0" * 64: b"code"}, BASE)
    assert [*first.items()] == [*again.items()]


def test_the_folder_is_a_compiled_topology_too() -> None:
    made = example("wordcount")
    files = compose_files(made, {"0" * 64: b"code"}, BASE)
    assert files[f"bundles/{'0' * 64}"] == b"code"
    assert to_text(from_toml(files[FILE].decode()), "toml") == to_text(made, "toml")


def test_a_change_of_the_code_is_a_change_of_the_image() -> None:
    made = example("wordcount")
    first = compose_files(made, {"0" * 64: b"code"}, BASE)[DOCUMENT]
    other = compose_files(made, {"0" * 64: b"other"}, BASE)[DOCUMENT]
    assert first != other


def test_every_daemon_has_a_service_and_the_controller_waits_for_them() -> None:
    services = services_of(example("wordcount"))
    commands = [one["command"][-1] for name, one in services.items() if name != "controller"]
    assert commands == sorted(commands)
    assert services["controller"]["depends_on"] == [*services][1:]


@pytest.mark.parametrize("name", ["controller", "worker-n1-0"])
def test_a_container_may_write_to_its_scratch_folder_and_gains_nothing(name: str) -> None:
    service = services_of(swarm(task("first")))[name]
    assert service["user"] == "${SWARM_UID:-65534}:${SWARM_GID:-65534}"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "/tmp" in service["volumes"]


def test_keys_are_in_memory_and_only_the_controller_writes_them() -> None:
    files = compose_files(example("wordcount"), {}, BASE)
    document = yaml.safe_load(files[DOCUMENT])
    assert document["volumes"]["keys"]["driver_opts"]["type"] == "tmpfs"
    assert document["volumes"]["keys"]["driver_opts"]["o"].startswith("mode=0700,")
    mounts = [
        volume
        for service in document["services"].values()
        for volume in service["volumes"]
        if str(volume).startswith("keys:")
    ]
    assert mounts[0] == "keys:/run/swarm"
    assert {*mounts[1:]} == {"keys:/run/swarm:ro"}


def test_limits_and_datasets_are_those_of_the_tasks() -> None:
    asking = with_task(
        task("first"),
        resources=Resources(memory=64 * MIB, cpu=0.5, gpu=1),
        datasets=("digits",),
    )
    node = Node(name="n1", datasets={"digits": "/data/cost$of"})
    service = services_of(replace(swarm(asking), nodes=(node,)))["worker-n1-0"]
    assert service["mem_limit"] == 320 * MIB
    assert service["cpus"] == 0.5
    assert service["deploy"]["resources"]["reservations"]["devices"][0]["count"] == 1
    assert service["volumes"][-1] == {
        "type": "bind",
        "source": "/data/cost$$of",
        "target": "/data/cost$$of",
        "read_only": True,
    }


def test_a_dataset_with_a_relative_path_is_beside_the_compose_file() -> None:
    node = Node(name="n1", datasets={"digits": "data/part_1.npz"})
    made = replace(swarm(with_task(task("first"), datasets=("digits",))), nodes=(node,))
    volume = services_of(made)["worker-n1-0"]["volumes"][-1]
    assert (volume["source"], volume["target"]) == ("./data/part_1.npz", "/data/part_1.npz")
    assert "\nWORKDIR /\n" in compose_files(made, {}, BASE)["Dockerfile"].decode()


def test_modules_with_other_requirements_have_an_image_of_their_own() -> None:
    made = swarm(
        task("first"),
        with_module(task("other", "daemon"), requirements=("numpy>=1.26",)),
        with_module(task("third", "daemon"), image="science:3.12"),
    )
    files = compose_files(made, {}, BASE)
    services = yaml.safe_load(files[DOCUMENT])["services"]
    arguments = {name: one["build"]["args"] for name, one in services.items()}
    assert len({one["image"] for one in services.values()}) == 3
    assert arguments["worker-n1-0"]["BASE_IMAGE"] == f"${{SWARM_BASE_IMAGE:-{BASE}}}"
    assert arguments["third-n1-0"]["BASE_IMAGE"] == "science:3.12"
    wanted = files[arguments["other-n1-0"]["REQUIREMENTS"]].decode()
    assert wanted.splitlines()[0] == "# For other@n1#0."
    assert wanted.splitlines()[-1] == "numpy>=1.26"


def test_secrets_are_files_that_the_controller_alone_is_given() -> None:
    made = swarm(with_task(task("first"), secrets=("token",)))
    document = yaml.safe_load(compose_files(made, {}, BASE)[DOCUMENT])
    assert document["secrets"] == {"token": {"file": "${SWARM_SECRETS:-./secrets}/token"}}
    controller = document["services"].pop("controller")
    assert controller["secrets"] == ["token"]
    assert controller["entrypoint"][-1] == "--secret=token=file:/run/secrets/token"
    assert not [one for one in document["services"].values() if "secrets" in one]


def test_the_index_is_a_setting_of_the_build_and_in_no_image() -> None:
    text = compose_files(example("wordcount"), {}, BASE)["Dockerfile"].decode()
    building, _, image = text.partition("\nFROM ${BASE_IMAGE}\n")
    assert "ARG PIP_INDEX_URL" in building
    assert "PIP" not in image


def test_nothing_but_what_an_image_needs_is_sent_to_the_engine() -> None:
    ignored = compose_files(example("wordcount"), {}, BASE)[".dockerignore"].decode().split()
    assert ignored[0] == "*"
    assert "!secrets" not in ignored


def test_long_names_of_daemons_are_not_all_told() -> None:
    made = swarm(*(task(f"task{number}", "daemon") for number in range(10)))
    text = compose_files(made, {}, BASE)["requirements.txt"].decode()
    assert text.splitlines()[0].endswith(" and 2 more.")


def test_services_have_names_that_compose_allows_and_each_its_own() -> None:
    names = names_for(["wörker@node 1#0", "w@n#0", "w@n-0", "@", "controller"], "controller")
    assert [*names.values()] == ["w-rker-node-1-0", "w-n-0", "w-n-0-2", "unnamed", "controller-2"]


def test_networks_of_the_swarm_are_beside_that_of_the_project() -> None:
    networks = (NetworkSpec(name="default", driver="bridge"),)
    asking = with_task(task("first"), network="default")
    made = replace(swarm(asking, task("other", "daemon")), networks=networks)
    document = yaml.safe_load(compose_files(made, {}, BASE)[DOCUMENT])
    assert document["networks"] == {"default-2": {"driver": "bridge"}}
    assert document["services"]["worker-n1-0"]["networks"] == ["default", "default-2"]
    assert "networks" not in document["services"]["other-n1-0"]
    assert "networks" not in document["services"]["controller"]


def test_what_compose_cannot_run_is_told() -> None:
    host = (NetworkSpec(name="lab", driver="host"),)
    made = replace(swarm(with_task(task("first"), network="lab")), networks=host)
    with pytest.raises(EngineError, match=r"Driver.HOST\), and worker@n1#0 would have to be"):
        compose_files(made, {}, BASE)


# ---------------------------------------------------------------------------- images as modules

SHOUT = "shout:1"


def shouting(*others: Pair) -> Topology:
    return swarm(with_module(task("shout", "daemon"), kind="image", image=SHOUT), *others)


def files_of(made: Topology, *command: str) -> dict[str, bytes]:
    return compose_files(made, {}, BASE, {SHOUT: command or ("/script.sh",)})


def test_a_module_that_is_an_image_is_built_from_it_with_our_python_in_a_folder() -> None:
    files = files_of(shouting(task("first")))
    document = yaml.safe_load(files[DOCUMENT])
    service = document["services"]["shout-n1-0"]
    assert service["build"]["dockerfile"] == "Dockerfile.entered"
    assert service["build"]["args"]["MODULE_IMAGE"] == SHOUT
    assert service["command"][0].startswith("/swarm/runtime/")
    assert service["command"][-3:] == ["swarmdsl.daemon", "composed", "shout@n1#0"]
    assert "\nFROM ${MODULE_IMAGE}\n" in files["Dockerfile.entered"].decode()
    assert "MODULE_IMAGE" not in document["services"]["worker-n1-0"]["build"]["args"]


def test_what_its_entry_point_executes_is_in_the_folder() -> None:
    files = files_of(shouting(), "/script.sh", "--loud")
    service = yaml.safe_load(files[DOCUMENT])["services"]["shout-n1-0"]
    entry = files[service["build"]["args"]["ENTRY"]]
    assert json.loads(entry) == ["/script.sh", "--loud"]
    other = yaml.safe_load(files_of(shouting())[DOCUMENT])["services"]["shout-n1-0"]
    assert other["image"] != service["image"]


def test_the_controller_is_in_no_image_of_a_module() -> None:
    files = files_of(shouting())
    service = yaml.safe_load(files[DOCUMENT])["services"]["controller"]
    assert "dockerfile" not in service["build"]
    assert files["requirements.txt"].decode().startswith("# For controller.\n")


def test_without_such_a_module_nothing_is_said_of_one() -> None:
    files = compose_files(example("wordcount"), {}, BASE)
    assert "Dockerfile.entered" not in files
    assert not [path for path in files if path.startswith("entries/")]


def test_an_entry_point_of_the_base_image_does_not_take_the_place_of_ours() -> None:
    text = compose_files(example("wordcount"), {}, BASE)["Dockerfile"].decode()
    assert "\nENTRYPOINT []\n" in text.partition("\nFROM ${BASE_IMAGE}\n")[2]
