"""What is noted beside a run for whoever looks after it: its base image, its transport."""

from __future__ import annotations

from pathlib import Path

from swarmdsl.control.base_images import base_image_of, keep_images, registry_of
from swarmdsl.control.home import RunFolder
from swarmdsl.control.transports import access_of, keep_transport
from swarmdsl.deploy.engine import DEFAULT_BASE_IMAGE
from tests.handmade import chain

HOST = "172.18.0.1"


def test_the_base_image_of_a_run_is_kept(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert (base_image_of(folder), registry_of(folder)) == (DEFAULT_BASE_IMAGE, "")
    keep_images("science:3.12", "example.org:5000/swarms", "docker-swarm", folder)
    assert base_image_of(folder) == "science:3.12"
    assert registry_of(folder) == "example.org:5000/swarms"


def test_the_usual_one_leaves_no_file(tmp_path: Path) -> None:
    keep_images(DEFAULT_BASE_IMAGE, "", "docker", RunFolder(tmp_path))
    assert not [*tmp_path.iterdir()]


def test_processes_have_none_whatever_is_set_for_containers(tmp_path: Path) -> None:
    keep_images("science:3.12", "example.org:5000/swarms", "process", RunFolder(tmp_path))
    assert not [*tmp_path.iterdir()]


def test_daemons_that_are_elsewhere_encrypt_and_find_the_controller_there(tmp_path: Path) -> None:
    access = access_of(chain(), RunFolder(tmp_path), HOST)
    assert (access.transport, access.host) == ("tcp", HOST)
    assert access.keys["controller"].public


def test_plaintext_is_used_there_if_the_user_said_so(tmp_path: Path) -> None:
    keep_transport("tcp-plaintext", RunFolder(tmp_path))
    access = access_of(chain(), RunFolder(tmp_path), HOST)
    assert (access.transport, access.host, access.keys) == ("tcp-plaintext", HOST, {})


def test_a_host_that_the_user_named_stays(tmp_path: Path) -> None:
    keep_transport("tcp://10.0.0.5", RunFolder(tmp_path))
    assert access_of(chain(), RunFolder(tmp_path), HOST).host == "10.0.0.5"


def test_on_this_machine_nothing_changes(tmp_path: Path) -> None:
    assert access_of(chain(), RunFolder(tmp_path)).transport == "unix"
