"""Where daemons listen: only who is fed does, and what a daemon says counts for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from swarmdsl.control.whereabouts import Whereabouts
from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.deploy.engine import StartDaemon
from tests.handmade import chain


def commands(*names: str) -> Mapping[str, StartDaemon]:
    """To start these daemons, each at an address of its own."""
    return {
        name: StartDaemon(
            name=name,
            arguments=DaemonArguments(
                run="r",
                name=name,
                incarnation=0,
                address=f"memory://{name}",
                controller="memory://c",
                run_folder="",
            ),
            cause="a test",
        )
        for name in names
    }


ALL = commands("worker@n1#0", "double@n2#0", "worker@n2#0")


def test_a_daemon_that_nobody_feeds_is_nowhere() -> None:
    assert Whereabouts(chain()).of_fed(ALL) == {
        "double@n2#0": "memory://double@n2#0",
        "worker@n2#0": "memory://worker@n2#0",
    }


def test_what_a_daemon_has_said_counts_for_more_than_what_it_was_told() -> None:
    whereabouts = Whereabouts(chain())
    whereabouts.introduced("double@n2#0", "memory://elsewhere")
    assert whereabouts.of_fed(ALL)["double@n2#0"] == "memory://elsewhere"


def test_only_who_has_introduced_itself_is_counted_as_introduced() -> None:
    whereabouts = Whereabouts(chain())
    whereabouts.introduced("worker@n1#0", "")
    assert whereabouts.introductions == ["worker@n1#0"]
    assert whereabouts.of_fed({}) == {}


def test_one_that_is_where_it_was_told_to_be_has_not_moved() -> None:
    whereabouts = Whereabouts(chain())
    assert not whereabouts.introduced("double@n2#0", "memory://a", told="memory://a")
    assert not whereabouts.introduced("double@n2#0", "memory://a", told="memory://a")


def test_one_that_listens_elsewhere_than_others_believe_has_moved() -> None:
    whereabouts = Whereabouts(chain())
    assert whereabouts.introduced("double@n2#0", "tcp://h:1", told="tcp://h:*")
    assert whereabouts.introduced("double@n2#0", "tcp://h:2", told="tcp://h:*")


def test_where_nobody_dials_it_does_not_matter_where_that_is() -> None:
    assert not Whereabouts(chain()).introduced("worker@n1#0", "memory://b", told="memory://a")


def test_a_place_that_is_yet_to_be_chosen_is_told_to_nobody() -> None:
    whereabouts, name = Whereabouts(chain()), "double@n2#0"
    arguments = replace(ALL[name].arguments, address="tcp://127.0.0.1:*")
    chosen = {name: replace(ALL[name], arguments=arguments)}
    assert whereabouts.of_fed(chosen) == {}
    whereabouts.introduced(name, "tcp://127.0.0.1:4711")
    assert whereabouts.of_fed(chosen) == {name: "tcp://127.0.0.1:4711"}
