"""From a text that is no code to the one that was meant."""

from __future__ import annotations

import pytest

from swarmdsl.compiler.codes import CODES, near_code


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("101", "SW101"),
        ("sw 101".replace(" ", ""), "SW101"),
        ("SW1O1", "SW101"),
        ("SW20l", "SW201"),
        ("SW360", "SW306"),
        ("SW630", "SW603"),
        ("SW1011", "SW101"),
        ("SW0001", "SW001"),
        ("SW90", "SW9"),
    ],
)
def test_code_that_was_meant_is_named(given: str, meant: str) -> None:
    assert meant in near_code(given)


@pytest.mark.parametrize(("given", "family"), [("SW999", "SW9"), ("SW1", "SW1"), ("SW45", "SW4")])
def test_codes_of_the_family_are_named_if_none_is_near(given: str, family: str) -> None:
    codes = [code for code in CODES if code.startswith(family)]
    assert near_code(given) == f"those that begin with {family} are {', '.join(codes)}"


@pytest.mark.parametrize("given", ["", "foo", "SW8", "SW"])
def test_all_codes_are_named_if_there_is_no_family(given: str) -> None:
    assert near_code(given) == f"the codes are {', '.join(CODES)}"
