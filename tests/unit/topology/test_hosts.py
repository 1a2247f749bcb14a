from __future__ import annotations

import pytest

from swarmdsl.topology.hosts import canonical_host, is_host, nodes_by_host
from swarmdsl.topology.inventory import Node


@pytest.mark.parametrize(
    "value",
    ["a", "node_1", "lst1.example.org", "lst1.example.org.", "10.0.0.7", "::1", "fe80::1%eth0"],
)
def test_names_and_addresses_are_hosts(value: str) -> None:
    assert is_host(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a b",
        "lst1:3391",
        "http://lst1",
        "-a",
        "a-",
        "a..b",
        "10.0.0",
        "10.0.0.256",
        "0x7f",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "a" * 64,
        "a." * 127 + "a",
        "a\n",
        7,
        None,
        b"a",
    ],
)
def test_what_names_no_single_machine_is_no_host(value: object) -> None:
    assert not is_host(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, "localhost"),
        ("LOCALHOST", "127.0.0.1"),
        ("127.0.1.1", "::1"),
        ("LST1.example.org.", "lst1.example.org"),
        ("fe80:0::0:1", "fe80::1"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
    ],
)
def test_spellings_of_one_machine_are_one(one: str | None, other: str) -> None:
    assert canonical_host(one) == canonical_host(other)


def test_a_name_and_an_address_are_two_hosts_since_nobody_is_asked() -> None:
    assert canonical_host("lst1.example.org") != canonical_host("10.0.0.7")


def test_nodes_are_found_by_any_spelling_of_their_host() -> None:
    nodes = [Node(name="a"), Node(name="b", host="LST1"), Node(name="c", host="127.0.0.1")]
    assert nodes_by_host(nodes) == {"localhost": ["a", "c"], "lst1": ["b"]}


def test_node_whose_host_is_none_is_on_no_host() -> None:
    assert nodes_by_host([Node(name="a", host="a b")]) == {}
