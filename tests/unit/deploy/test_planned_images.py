"""What images will be called is known before they are made, where their base is here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from swarmdsl.deploy.images import building
from swarmdsl.deploy.images.building import bundles_within, images_of
from swarmdsl.deploy.images.planned import planned_images
from swarmdsl.deploy.observed import PlannedImage
from swarmdsl.topology.model import Topology
from tests.handmade import task, topology
from tests.unit.deploy.test_images import BASE, BUNDLE, DIGEST, Shelf, with_module

SIDE = "science:3.12"
STORE = "postgres:17"


@dataclass
class Here:
    """Which base images are here."""

    ids: dict[str, str] = field(default_factory=lambda: {BASE: "sha256:base"})

    def image_id(self, name: str) -> str | None:
        return self.ids.get(name)


def swarm(image: str | None = None, code: str = DIGEST) -> Topology:
    one = with_module(task("a", "daemon"), bundle=code, encoding="zip", entry="a:a")
    other = with_module(task("b", "daemon"), image=image)
    return topology([one, other], [])


def planned(made: Topology, here: Here | None = None) -> Mapping[str, PlannedImage]:
    bundles = {DIGEST: BUNDLE, hashlib.sha256(b"other").hexdigest(): b"other"}
    return planned_images(made, bundles, BASE, here or Here())


def no_wheels(folder: Path, *_: object) -> None:
    folder.mkdir()


def test_they_are_called_as_they_are_when_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "fill_wheelhouse", no_wheels)
    shelf = Shelf()
    before = planned(swarm(), Here(shelf.images))
    made = images_of(swarm(), {DIGEST: BUNDLE}, BASE, {}, shelf, lambda _: None)
    assert {daemon: one.name for daemon, one in before.items()} == made
    assert {one.environment for one in before.values()} <= {*shelf.images}


def test_daemons_of_one_environment_share_an_image() -> None:
    assert len({*planned(swarm()).values()}) == 1


def storing() -> Topology:
    """A swarm of which one module is an image."""
    store = with_module(task("b", "daemon"), kind="image", image=STORE)
    return topology([with_module(task("a", "daemon"), bundle=DIGEST, encoding="zip"), store], [])


def test_a_module_that_is_an_image_is_called_as_it_is_when_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(building, "fill_wheelhouse", no_wheels)
    shelf = Shelf()
    shelf.images[STORE], shelf.commands["sha256:store"] = "sha256:store", ["/entry.sh"]
    before = planned(storing(), Here(shelf.images))
    made = images_of(storing(), {DIGEST: BUNDLE}, BASE, {}, shelf, lambda _: None)
    assert {daemon: one.name for daemon, one in before.items()} == made
    assert len({*made.values()}) == 2


def test_of_the_image_of_a_module_that_is_not_here_the_name_of_ours_is_not_known() -> None:
    images = planned(storing())
    assert (images["b@n1#0"].name, images["b@n1#0"].entered) == ("", STORE)
    assert images["b@n1#0"].environment == images["a@n1#0"].environment


def test_the_image_of_a_module_that_was_made_anew_gives_it_alone_another_name() -> None:
    names = [
        {one: image.name for one, image in planned(storing(), Here(ids)).items()}
        for ids in ({BASE: "sha256:base", STORE: "sha256:1"}, {BASE: "sha256:base", STORE: "2"})
    ]
    assert {daemon for daemon in names[0] if names[0][daemon] != names[1][daemon]} == {"b@n1#0"}


def test_of_a_base_that_is_not_here_nothing_is_known_but_its_name() -> None:
    images = planned(swarm(SIDE))
    assert images["b@n1#0"] == PlannedImage(base=SIDE)
    assert images["a@n1#0"].name.startswith("swarm-handmade:")


def test_another_image_of_one_module_leaves_the_names_of_the_others() -> None:
    here = Here({BASE: "sha256:base", SIDE: "sha256:side"})
    before, after = planned(swarm(), here), planned(swarm(SIDE), here)
    assert before["a@n1#0"] == after["a@n1#0"]
    assert before["b@n1#0"] != after["b@n1#0"]


def test_a_base_that_was_made_anew_under_its_name_gives_other_names() -> None:
    before, after = planned(swarm()), planned(swarm(), Here({BASE: "sha256:newer"}))
    assert {one.name for one in before.values()}.isdisjoint(one.name for one in after.values())


def test_other_code_gives_other_names_on_the_same_environment() -> None:
    before = planned(swarm())["a@n1#0"]
    after = planned(swarm(code=hashlib.sha256(b"other").hexdigest()))["a@n1#0"]
    assert before.environment == after.environment
    assert before.name != after.name


def test_first_globals_are_in_no_image() -> None:
    made = replace(swarm(), globals={})
    assert bundles_within(made, {DIGEST: BUNDLE, "of a global": b"large"}) == {DIGEST: BUNDLE}
