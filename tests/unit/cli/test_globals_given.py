import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl import Swarm, Task
from swarmdsl.cli.exits import UsageError
from swarmdsl.cli.globals_given import globals_given, misspelt, set_globals, value_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("0x10", 16),
        ("true", True),
        ("null", None),
        ('"10"', "10"),
        ("'a b'", "a b"),
        ("[1, 2]", [1, 2]),
        ('{"a": 1}', {"a": 1}),
        ("plain text", "plain text"),
        ("", ""),
        ("a=b", "a=b"),
        ("2026-11-21", "2026-11-21"),
        ("1\nother = 2", "1\nother = 2"),
    ],
)
def test_value_is_read_as_toml_or_json_or_text(text: str, value: object) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


@given(st.text())
def test_any_text_has_a_value(text: str) -> None:
    value_of(text)


def test_last_value_of_a_key_counts() -> None:
    assert globals_given(["a=1", "a=2", "b==x"]) == {"a": 2, "b": "=x"}


@pytest.mark.parametrize("pair", ["rounds", "=3", " =3"])
def test_pair_without_key_or_value_is_refused(pair: str) -> None:
    with pytest.raises(UsageError, match="write it as key=value"):
        globals_given([pair])


def test_globals_are_set_without_a_line_to_blame() -> None:
    swarm = Swarm()
    swarm.set_global("rounds", 1)
    set_globals(swarm, {"rounds": 2, "new": "x"})
    assert swarm.globals == {"rounds": 2, "new": "x"}
    assert swarm.global_spans == {"rounds": None, "new": None}


class Rounds(Swarm):
    def __init__(self) -> None:
        super().__init__()
        self.set_global("rounds", 10)

    def execute(self) -> list[Task]:
        self.set_global("rate", 0.5)
        return []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"rouns": 3}, ["rounds"]),
        ({"rat": 1}, ["rate"]),
        ({"rouns": 3, "rat": 1}, ["rounds", "rate"]),
        ({"rounds": 3}, []),
        ({"rate": 0.1}, []),
        ({"something": 1}, []),
    ],
)
def test_a_name_much_like_one_that_the_swarm_sets_is_told(
    given: dict[str, object], meant: list[str]
) -> None:
    swarm = Rounds()
    own = tuple(swarm.globals)
    set_globals(swarm, given)
    swarm.execute()
    told = [line.rpartition("did you mean ")[2] for line in misspelt(swarm, given, own)]
    assert told == [f"{name!r}?" for name in meant]
