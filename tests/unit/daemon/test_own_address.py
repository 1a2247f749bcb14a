"""A container in several networks tells the others its address in that of the run."""

from __future__ import annotations

from swarmdsl.daemon.own_address import address_of_run, addresses_of, source_towards

CONTROLLER = "tcp://172.18.0.1:4711"


def test_of_several_addresses_it_is_the_one_towards_the_controller() -> None:
    asked: list[str] = []

    def source(host: str) -> str:
        asked.append(host)
        return "172.18.0.3"

    assert address_of_run(["172.19.0.3", "172.18.0.3"], CONTROLLER, source) == "172.18.0.3"
    assert asked == ["172.18.0.1"]


def test_the_only_address_is_not_asked_for_twice() -> None:
    def refuse(_host: str) -> str:
        raise AssertionError("there is nothing to choose")

    assert address_of_run(["10.0.1.3"], CONTROLLER, refuse) == "10.0.1.3"


def test_a_way_that_no_name_knows_is_not_taken() -> None:
    assert (
        address_of_run(["10.0.1.3", "10.0.2.3"], CONTROLLER, lambda _: "172.20.0.5") == "10.0.1.3"
    )


def test_this_machine_speaks_with_itself_from_its_loopback_address() -> None:
    assert source_towards("127.0.0.1") == "127.0.0.1"


def test_all_addresses_of_a_name_are_found_and_no_comment() -> None:
    hosts = "127.0.0.1\tlocalhost\n\n# 10.0.0.1 d1\n172.19.0.2\td1\n172.20.0.2 d1 # eth1\n::1 d12\n"
    assert addresses_of("d1", hosts) == ["172.19.0.2", "172.20.0.2"]
    assert addresses_of("d2", hosts) == []
