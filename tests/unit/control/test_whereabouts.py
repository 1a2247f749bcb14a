"""Where daemons listen: only who is fed does, and what a daemon says counts for more."""

from __future__ import annotations

from collections.abc import Mapping

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
